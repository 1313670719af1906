#include "server/engine_statement.hpp"

#include "server/request_error.hpp"

namespace skein {

StatementOutcome CompleteResult(duckdb::QueryResult &result) {
	if (!result.HasError()) {
		result.Complete();
	}
	if (result.HasError()) {
		ThrowEngineError(result.GetErrorObject());
	}
	StatementOutcome outcome;
	auto return_type = result.GetStatementProperties().return_type;
	outcome.without_rows = return_type != duckdb::StatementReturnType::QUERY_RESULT;
	if (return_type == duckdb::StatementReturnType::CHANGED_ROWS) {
		auto &rows = result.Collection();
		outcome.did_nothing = rows.Count() == 0;
		if (rows.Count() == 1 && rows.ColumnCount() == 1) {
			outcome.rows_changed = rows.GetValue(0, 0).GetValue<uint64_t>();
		}
	}
	return outcome;
}

StatementOutcome RunToEnd(duckdb::Connection &connection, duckdb::unique_ptr<duckdb::SQLStatement> statement) {
	auto result = connection.Query(std::move(statement));
	return CompleteResult(*result);
}

StatementOutcome RunToEnd(duckdb::Connection &connection, duckdb::unique_ptr<duckdb::SQLStatement> statement,
                          StatementParameters &parameters) {
	if (parameters.empty()) {
		return RunToEnd(connection, std::move(statement));
	}
	auto result = connection.context->Submit(std::move(statement), parameters, duckdb::QueryParameters());
	return CompleteResult(*result);
}

} // namespace skein
