//! Connections to the engine that serve one statement after the other, of any session.
//!
//! A new one costs as much as a small statement does. Only one on which nothing is left comes back: its transaction has
//! ended, its statement made nothing that lives as long as a connection, and what requests have set on it is known.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "server/connection_setup.hpp"

namespace duckdb {
class Connection;
class DuckDB;
} // namespace duckdb

namespace skein {

//! A connection, and what requests have set on it; or none. For one thread at a time.
struct EngineConnection {
	explicit operator bool() const {
		return connection != nullptr;
	}

	std::unique_ptr<duckdb::Connection> connection;
	ConnectionState state;
};

//! Thread-safe. Holds at most limits::idle_connections_count_max, and must be gone before the database is.
class EngineConnections {
public:
	explicit EngineConnections(duckdb::DuckDB &database);
	~EngineConnections();

	//! One that waits, or a new one. Throws where the engine has been invalidated.
	EngineConnection Take();
	//! After a statement that came to its end, and read or changed rows of tables, no more. One whose transaction is
	//! still open is closed.
	void GiveBack(EngineConnection connection);

private:
	duckdb::DuckDB &database;
	std::mutex lock;
	//! Guarded by lock.
	std::vector<EngineConnection> idle;
};

} // namespace skein
