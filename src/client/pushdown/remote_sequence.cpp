#include "client/pushdown/remote_sequence.hpp"

#include "client/attach/attached_catalog.hpp"
#include "client/attach/attached_transaction.hpp"
#include "codec/arrow_codec.hpp"
#include "duckdb/catalog/catalog_entry/sequence_catalog_entry.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/execution/expression_executor_state.hpp"
#include "duckdb/function/function_binder.hpp"
#include "duckdb/function/scalar/sequence_utils.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/logical_operator.hpp"
#include "duckdb/planner/logical_operator_visitor.hpp"
#include "protocol/identifier.hpp"

namespace skein {

using namespace duckdb;

static constexpr const char *FUNCTION_NAME = "__skein_sequence";

//===--------------------------------------------------------------------===//
// Asking
//===--------------------------------------------------------------------===//
//! One value for each row, of `SELECT <call> FROM range(rows)`.
static void Draw(DataChunk &arguments, ExpressionState &state, Vector &result) {
	auto &context = state.GetContext();
	auto catalog_name = arguments.data[0].GetValue(0).ToString();
	auto &catalog = Catalog::GetCatalog(context, Identifier(catalog_name)).Cast<AttachedCatalog>();
	auto joined = AttachedTransaction::Get(context, catalog).ForStatement(context);
	auto request = catalog.MakeRequest(context, RequestType::EXECUTE_SQL);
	request.sql =
	    "SELECT " + arguments.data[1].GetValue(0).ToString() + " FROM range(" + std::to_string(arguments.size()) + ")";
	request.transaction_id = joined.transaction_id;
	auto connection = catalog.Server().Connect(&context);
	connection->SetSession(joined.session_id);
	auto opened = connection->Scan(std::move(request));
	ThrowIfFailed(opened.status(), *connection);
	auto reader = std::move(opened).ValueUnsafe();
	idx_t row = 0;
	while (true) {
		std::shared_ptr<arrow::RecordBatch> batch;
		ThrowIfFailed(reader->ReadNext(&batch), *connection);
		if (!batch) {
			break;
		}
		RecordBatchDecoder decoder(context, reader->schema());
		decoder.SetBatch(batch);
		DataChunk values;
		values.InitializeEmpty(decoder.Types());
		for (decoder.Read(values); values.size() > 0; decoder.Read(values)) {
			for (idx_t i = 0; i < values.size() && row < arguments.size(); i++) {
				result.SetValue(row++, values.data[0].GetValue(i));
			}
		}
	}
	if (row != arguments.size()) {
		throw IOException("Server %s sent %llu of %llu values of a sequence", catalog.Server().Uri(), row,
		                  arguments.size());
	}
}

ScalarFunction RemoteSequence::GetFunction() {
	ScalarFunction function(Identifier(FUNCTION_NAME), {LogicalType::VARCHAR, LogicalType::VARCHAR},
	                        LogicalType::BIGINT, Draw);
	function.SetVolatile();
	return function;
}

//===--------------------------------------------------------------------===//
// Replacing
//===--------------------------------------------------------------------===//
static void TakeFromExpression(ClientContext &context, unique_ptr<Expression> &expression) {
	ExpressionIterator::EnumerateChildren(*expression,
	                                      [&](unique_ptr<Expression> &child) { TakeFromExpression(context, child); });
	if (expression->GetExpressionClass() != ExpressionClass::BOUND_FUNCTION) {
		return;
	}
	auto &call = expression->Cast<BoundFunctionExpression>();
	auto bind_data = dynamic_cast<const NextvalBindData *>(call.BindInfo().get());
	if (!bind_data) {
		return;
	}
	auto catalog = dynamic_cast<AttachedCatalog *>(&bind_data->sequence.catalog);
	if (!catalog) {
		return;
	}
	auto &name = call.Function().GetName();
	if (name == "setval") {
		throw NotImplementedException("setval of a remote sequence: run it on the server with skein_query");
	}
	auto &schema = bind_data->sequence.schema;
	auto sequence =
	    QuoteQualifiedName(string(), schema.name.GetIdentifierName(), bind_data->sequence.name.GetIdentifierName());
	auto remote_call = name.GetIdentifierName() + "(" + Value(sequence).ToSQLString() + ")";
	vector<unique_ptr<Expression>> children;
	children.push_back(make_uniq<BoundConstantExpression>(Value(catalog->GetName().GetIdentifierName())));
	children.push_back(make_uniq<BoundConstantExpression>(Value(remote_call)));
	FunctionBinder binder(context);
	auto alias = expression->GetAlias();
	expression = binder.BindScalarFunction(RemoteSequence::GetFunction(), std::move(children));
	expression->SetAlias(alias);
}

void RemoteSequence::TakeFromOperator(ClientContext &context, LogicalOperator &plan) {
	LogicalOperatorVisitor::EnumerateExpressions(
	    plan, [&](unique_ptr<Expression> *expression) { TakeFromExpression(context, *expression); });
	for (auto &child : plan.children) {
		TakeFromOperator(context, *child);
	}
}

void RemoteSequence::TakeFromPlan(PlannerExtensionInput &input, BoundStatement &statement) {
	if (statement.plan) {
		TakeFromOperator(input.context, *statement.plan);
	}
}

} // namespace skein
