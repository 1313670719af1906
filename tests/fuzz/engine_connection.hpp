//! The DuckDB a target asks.
#pragma once

#include "duckdb/main/connection.hpp"
#include "duckdb/main/database.hpp"

namespace skein_fuzz {

//! A database in memory, and a connection to it. Neither is ever destroyed: a database reads what it keeps for each
//! thread as it ends, and at exit a thread's own data is gone before static data is.
inline duckdb::Connection &EngineConnection() {
	static auto &database = *new duckdb::DuckDB(nullptr);
	static auto &connection = *new duckdb::Connection(database);
	return connection;
}

} // namespace skein_fuzz
