//! Running one statement of the engine's to its end.
#pragma once

#include <cstdint>

#include "duckdb/common/enums/statement_type.hpp"
#include "duckdb/main/connection.hpp"
#include "server/bound_statement.hpp"

namespace skein {

struct StatementOutcome {
	//! False for a statement that returned rows: they were dropped.
	bool without_rows = true;
	//! Rows inserted, updated or deleted; 0 for other statements.
	uint64_t rows_changed = 0;
	//! A statement that tells how many rows it changed did not: CREATE TABLE IF NOT EXISTS … AS, where the table
	//! exists.
	bool did_nothing = false;
};

//! Throws RequestError with the engine's error.
StatementOutcome RunToEnd(duckdb::Connection &connection, duckdb::unique_ptr<duckdb::SQLStatement> statement);
StatementOutcome RunToEnd(duckdb::Connection &connection, duckdb::unique_ptr<duckdb::SQLStatement> statement,
                          StatementParameters &parameters);

//! The same for a statement that was submitted.
StatementOutcome CompleteResult(duckdb::QueryResult &result);

} // namespace skein
