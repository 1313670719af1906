//! Statements that do something to their connection and nothing else.
#pragma once

#include "duckdb/parser/sql_statement.hpp"

namespace skein {

//! True for SET of what belongs to a connection, USE, PREPARE, and CREATE of what is TEMPORARY.
bool ActsOnConnectionOnly(const duckdb::SQLStatement &statement);

//! Throws INVALID_REQUEST, saying what to do, for one that is the last on its connection: it would do nothing.
void RefuseLostEffect(const duckdb::SQLStatement &last);

} // namespace skein
