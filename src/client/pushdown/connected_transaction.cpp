#include "client/pushdown/connected_transaction.hpp"

#include "duckdb/common/exception.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/valid_checker.hpp"
#include "duckdb/parser/parsed_data/transaction_info.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/parser_options.hpp"
#include "duckdb/parser/statement/transaction_statement.hpp"
#include "duckdb/planner/binder.hpp"
#include "duckdb/transaction/meta_transaction.hpp"

namespace skein {

using namespace duckdb;

struct TransactionBindData : public TableFunctionData {
	unique_ptr<TransactionInfo> info;

	bool SupportStatementCache() const override {
		return false;
	}
};

static unique_ptr<FunctionData> BindTransaction(ClientContext &context, TableFunctionBindInput &input,
                                                vector<LogicalType> &return_types, vector<Identifier> &names) {
	Parser parser(ParserOptions::Builtin());
	parser.ParseQuery(StringValue::Get(input.inputs[1]));
	if (parser.statements.size() != 1 || parser.statements[0]->type != StatementType::TRANSACTION_STATEMENT) {
		throw BinderException("Expected BEGIN, COMMIT or ROLLBACK");
	}
	auto result = make_uniq<TransactionBindData>();
	result->info = std::move(parser.statements[0]->Cast<TransactionStatement>().info);
	// As DuckDB's own: a transaction that failed can be ended.
	input.binder->GetStatementProperties().requires_valid_transaction =
	    result->info->type == TransactionType::BEGIN_TRANSACTION;
	names = {"Success"};
	return_types = {LogicalType::BOOLEAN};
	return std::move(result);
}

static void Begin(ClientContext &context, const TransactionInfo &info) {
	auto &transaction = context.transaction;
	if (!transaction.IsAutoCommit()) {
		throw TransactionException("cannot start a transaction within a transaction");
	}
	transaction.SetAutoCommit(false);
	if (info.modifier == TransactionModifierType::TRANSACTION_READ_ONLY) {
		transaction.SetReadOnly();
	}
	transaction.SetInvalidationPolicy(info.invalidation_policy);
	transaction.SetAutoRollback(info.auto_rollback);
}

static void Rollback(TransactionContext &transaction) {
	auto &valid_checker = ValidChecker::Get(transaction.ActiveTransaction());
	if (valid_checker.IsInvalidated()) {
		ErrorData error(ExceptionType::TRANSACTION, valid_checker.InvalidatedMessage());
		transaction.Rollback(error);
	} else {
		transaction.Rollback(nullptr);
	}
}

//! What DuckDB does for the statements themselves, which it does only where it parsed them.
static void RunTransaction(ClientContext &context, TableFunctionInput &input, DataChunk &output) {
	auto &info = *input.bind_data->Cast<TransactionBindData>().info;
	auto &transaction = context.transaction;
	if (info.type == TransactionType::BEGIN_TRANSACTION) {
		Begin(context, info);
		return;
	}
	const bool is_commit = info.type == TransactionType::COMMIT;
	if (transaction.IsAutoCommit()) {
		throw TransactionException("cannot %s - no transaction is active", is_commit ? "commit" : "rollback");
	}
	if (is_commit && !ValidChecker::IsInvalidated(transaction.ActiveTransaction())) {
		transaction.Commit();
	} else {
		Rollback(transaction);
	}
}

TableFunction ConnectedTransaction::GetFunction() {
	TableFunction function(Identifier(NAME), {LogicalType::VARCHAR, LogicalType::VARCHAR}, RunTransaction,
	                       BindTransaction);
	function.call_return_type = StatementReturnType::NOTHING;
	function.verify_serialization = false;
	return function;
}

} // namespace skein
