#include "server/execute_sql.hpp"

#include "duckdb/main/client_context.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/query_node/delete_query_node.hpp"
#include "duckdb/parser/query_node/insert_query_node.hpp"
#include "duckdb/parser/query_node/update_query_node.hpp"
#include "duckdb/parser/statement/call_statement.hpp"
#include "duckdb/parser/statement/delete_statement.hpp"
#include "duckdb/parser/statement/insert_statement.hpp"
#include "duckdb/parser/statement/update_statement.hpp"
#include "server/connection_statements.hpp"
#include "server/engine_statement.hpp"
#include "server/request_error.hpp"

namespace skein {

using duckdb::SQLStatement;
using duckdb::unique_ptr;
using Statements = duckdb::vector<unique_ptr<SQLStatement>>;

//! Every text that may hold transaction statements passes here: a session's transactions are the protocol's.
static Statements ParseStatements(duckdb::Connection &connection, const DistributedRequest &request) {
	auto statements = connection.ExtractStatements(request.sql);
	if (statements.empty()) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, "The request's sql holds no statement");
	}
	for (auto &statement : statements) {
		if (statement->type == duckdb::StatementType::TRANSACTION_STATEMENT) {
			throw RequestError(ErrorCategory::INVALID_REQUEST,
			                   "BEGIN, COMMIT and ROLLBACK are not taken as SQL: use the actions BEGIN_TRANSACTION, "
			                   "COMMIT_TRANSACTION and ROLLBACK_TRANSACTION; several statements in one request are one "
			                   "transaction anyway");
		}
	}
	return statements;
}

unique_ptr<SQLStatement> ParseOneStatement(duckdb::Connection &connection, const DistributedRequest &request) {
	auto statements = ParseStatements(connection, request);
	if (statements.size() != 1) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, "Rows are returned for one statement at a time, but the sql "
		                                                   "holds " +
		                                                       std::to_string(statements.size()));
	}
	return std::move(statements[0]);
}

[[noreturn]] static void RefuseRows(uint64_t number, uint64_t count) {
	auto which = count == 1 ? std::string("The statement") : "Statement " + std::to_string(number + 1);
	throw RequestError(ErrorCategory::INVALID_REQUEST,
	                   which + " returns rows: send it alone, as the ticket of a DoGet");
}

//! To the engine a CHECKPOINT is a call that returns its success as a row; to everybody else it is a command.
static bool IsCheckpoint(const SQLStatement &statement) {
	if (statement.type != duckdb::StatementType::CALL_STATEMENT) {
		return false;
	}
	auto &function = statement.Cast<duckdb::CallStatement>().function;
	if (function->GetExpressionClass() != duckdb::ExpressionClass::FUNCTION) {
		return false;
	}
	auto &name = function->Cast<duckdb::FunctionExpression>().FunctionName();
	return name == "checkpoint" || name == "force_checkpoint";
}

//! Known without binding it.
static bool ChangesRowsOnly(const SQLStatement &statement) {
	switch (statement.type) {
	case duckdb::StatementType::INSERT_STATEMENT:
		return statement.Cast<duckdb::InsertStatement>().node->returning_list.empty();
	case duckdb::StatementType::UPDATE_STATEMENT:
		return statement.Cast<duckdb::UpdateStatement>().node->returning_list.empty();
	case duckdb::StatementType::DELETE_STATEMENT:
		return statement.Cast<duckdb::DeleteStatement>().node->returning_list.empty();
	default:
		return false;
	}
}

static bool ReturnsRows(duckdb::ClientContext &context, const SQLStatement &statement,
                        const StatementParameters &parameters) {
	if (IsCheckpoint(statement)) {
		return false;
	}
	auto bound = Bind(context, statement, parameters);
	return !bound.is_deferred && bound.return_type == duckdb::StatementReturnType::QUERY_RESULT;
}

//! Refuses before anything has run. A statement that cannot be bound yet, because one before it makes what it names, is
//! looked at again when its turn comes.
static void RefuseRowsEarly(duckdb::ClientContext &context, const Statements &statements,
                            const StatementParameters &parameters) {
	for (uint64_t i = 0; i < statements.size(); i++) {
		bool returns_rows = false;
		try {
			returns_rows = ReturnsRows(context, *statements[i], parameters);
		} catch (const std::exception &) {
			if (i == 0) {
				throw;
			}
		}
		if (returns_rows) {
			RefuseRows(i, statements.size());
		}
	}
}

static StatementOutcome RunStatements(Call &call, duckdb::Connection &connection, Statements statements,
                                      StatementParameters parameters = {}) {
	StatementOutcome all;
	const uint64_t count = statements.size();
	for (uint64_t i = 0; i < count; i++) {
		call.Statement().Check();
		if (i > 0 && ReturnsRows(*connection.context, *statements[i], parameters)) {
			RefuseRows(i, count);
		}
		const bool is_checkpoint = IsCheckpoint(*statements[i]);
		auto outcome = RunToEnd(connection, std::move(statements[i]), parameters);
		if (!outcome.without_rows && !is_checkpoint) {
			RefuseRows(i, count);
		}
		all.rows_changed += outcome.rows_changed;
		all.did_nothing = outcome.did_nothing && count == 1;
	}
	return all;
}

//! All or none, on the call's own connection; what was begun is rolled back with it.
static StatementOutcome RunAsTransaction(Call &call, duckdb::Connection &connection, Statements statements) {
	auto begun = connection.Query("BEGIN TRANSACTION");
	if (begun->HasError()) {
		ThrowEngineError(begun->GetErrorObject());
	}
	auto outcome = RunStatements(call, connection, std::move(statements));
	connection.Commit();
	return outcome;
}

DistributedResponse HandleExecuteSQL(Call &call) {
	CallConnection connection(call);
	auto statements = ParseStatements(*connection, call.Request());
	auto parameters = DecodeParameters(*connection->context, call.Request().parameters);
	if (statements.size() > 1 && !parameters.empty()) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "Parameters are for one statement, but the sql holds " + std::to_string(statements.size()));
	}
	for (auto &statement : statements) {
		CheckParameters(*statement, parameters);
	}
	const bool is_alone = statements.size() == 1 && !connection.InTransaction();
	const bool is_change = is_alone && ChangesRowsOnly(*statements[0]);
	if (!is_change) {
		// Binding costs as much as a small change does.
		RefuseRowsEarly(*connection->context, statements, parameters);
	}
	if (!connection.InTransaction()) {
		RefuseLostEffect(*statements.back());
	}
	if (!connection.InTransaction() && statements.size() == 1 && IsCheckpoint(*statements[0])) {
		// It refuses to run in a transaction that has looked at the database.
		connection->context->transaction.Commit();
	}
	StatementOutcome outcome;
	if (statements.size() > 1 && !connection.InTransaction()) {
		outcome = RunAsTransaction(call, *connection, std::move(statements));
	} else {
		outcome = RunStatements(call, *connection, std::move(statements), std::move(parameters));
		if (is_change) {
			connection.LeaveNothing();
		}
	}
	DistributedResponse response;
	response.rows_affected = outcome.rows_changed;
	response.exists = outcome.did_nothing;
	response.catalog_version = connection.Version();
	response.success = true;
	return response;
}

std::unique_ptr<RowSource> OpenQuery(Call &call) {
	CallConnection connection(call);
	auto statement = ParseOneStatement(*connection, call.Request());
	auto parameters = DecodeParameters(*connection->context, call.Request().parameters);
	return OpenRows(call, connection, std::move(statement), std::move(parameters));
}

} // namespace skein
