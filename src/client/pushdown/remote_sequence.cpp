#include "client/pushdown/remote_sequence.hpp"

#include "client/attach/attached_catalog.hpp"
#include "client/attach/remote_query.hpp"
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
static constexpr const char *SET_FUNCTION_NAME = "__skein_set_sequence";

//===--------------------------------------------------------------------===//
// Asking
//===--------------------------------------------------------------------===//
//! One value for each row, of a query that has them.
static void Fetch(ClientContext &context, const string &catalog_name, const string &sql, idx_t count, Vector &result) {
	auto &catalog = Catalog::GetCatalog(context, Identifier(catalog_name)).Cast<AttachedCatalog>();
	idx_t row = 0;
	ForEachRemoteChunk(context, catalog, sql, [&](DataChunk &values) {
		for (idx_t i = 0; i < values.size() && row < count; i++) {
			result.SetValue(row++, values.data[0].GetValue(i));
		}
	});
	if (row != count) {
		throw IOException("Server %s sent %llu of %llu values of a sequence", catalog.Server().Uri(), row, count);
	}
}

//! nextval and currval: the database's name, the call.
static void Draw(DataChunk &arguments, ExpressionState &state, Vector &result) {
	Fetch(state.GetContext(), arguments.data[0].GetValue(0).ToString(),
	      "SELECT " + arguments.data[1].GetValue(0).ToString() + " FROM range(" + std::to_string(arguments.size()) +
	          ")",
	      arguments.size(), result);
}

//! setval: the database's name, the sequence, the value, whether it counts as drawn.
static void Set(DataChunk &arguments, ExpressionState &state, Vector &result) {
	string rows;
	for (idx_t i = 0; i < arguments.size(); i++) {
		rows += (i == 0 ? "(" : ", (") + arguments.data[2].GetValue(i).ToSQLString() + "::BIGINT, " +
		        arguments.data[3].GetValue(i).ToSQLString() + "::BOOLEAN)";
	}
	Fetch(state.GetContext(), arguments.data[0].GetValue(0).ToString(),
	      "SELECT setval(" + arguments.data[1].GetValue(0).ToSQLString() + ", v, c) FROM (VALUES " + rows + ") r(v, c)",
	      arguments.size(), result);
}

ScalarFunction RemoteSequence::GetFunction() {
	ScalarFunction function(Identifier(FUNCTION_NAME), {LogicalType::VARCHAR, LogicalType::VARCHAR},
	                        LogicalType::BIGINT, Draw);
	function.SetVolatile();
	return function;
}

ScalarFunction RemoteSequence::GetSetFunction() {
	ScalarFunction function(Identifier(SET_FUNCTION_NAME),
	                        {LogicalType::VARCHAR, LogicalType::VARCHAR, LogicalType::BIGINT, LogicalType::BOOLEAN},
	                        LogicalType::BIGINT, Set);
	function.SetVolatile();
	function.SetNullHandling(FunctionNullHandling::SPECIAL_HANDLING);
	return function;
}

//===--------------------------------------------------------------------===//
// Replacing
//===--------------------------------------------------------------------===//
static unique_ptr<Expression> Replace(ClientContext &context, BoundFunctionExpression &call,
                                      SequenceCatalogEntry &sequence) {
	auto &name = call.Function().GetName();
	auto path = sequence.schema.GetSchemaPath();
	path.push_back(sequence.name);
	string sequence_name;
	for (auto &part : path) {
		sequence_name += (sequence_name.empty() ? "" : ".") + QuoteIdentifier(part.GetIdentifierName());
	}
	vector<unique_ptr<Expression>> children;
	children.push_back(make_uniq<BoundConstantExpression>(Value(sequence.catalog.GetName().GetIdentifierName())));
	FunctionBinder binder(context);
	if (name != "setval") {
		auto remote_call = name.GetIdentifierName() + "(" + Value(sequence_name).ToSQLString() + ")";
		children.push_back(make_uniq<BoundConstantExpression>(Value(remote_call)));
		return binder.BindScalarFunction(RemoteSequence::GetFunction(), std::move(children));
	}
	children.push_back(make_uniq<BoundConstantExpression>(Value(sequence_name)));
	auto &arguments = call.GetChildrenMutable();
	children.push_back(std::move(arguments[1]));
	if (arguments.size() > 2) {
		children.push_back(std::move(arguments[2]));
	} else {
		children.push_back(make_uniq<BoundConstantExpression>(Value::BOOLEAN(true)));
	}
	return binder.BindScalarFunction(RemoteSequence::GetSetFunction(), std::move(children));
}

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
	auto alias = expression->GetAlias();
	expression = Replace(context, call, bind_data->sequence);
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
