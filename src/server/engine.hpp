//! The embedded DuckDB that one server serves, with all its databases.
//!
//! Thread-safe once constructed. Connections it hands out belong to their holder and must be gone before the engine is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/database_name.hpp"

namespace duckdb {
class Connection;
class DuckDB;
class DatabaseInstance;
} // namespace duckdb

namespace skein {

class Databases;
class EngineConnections;

struct EngineOptions {
	//! The database file. Empty: in memory, gone with the server, unless there are named ones.
	std::string database_path;
	bool read_only = false;
	//! As DuckDB writes sizes: '4GB', '80%'. Empty: DuckDB's default.
	std::string memory_limit;
	//! Worker threads. 0: as many as the machine has processors.
	uint64_t threads = 0;
	//! Instead of the one database; the first is the default.
	std::vector<NamedDatabase> named_databases;
	//! Where databases are made on request. Empty: nowhere.
	std::string database_dir;
};

class Engine {
public:
	//! Opens the databases, creating files where there are none. Throws DuckDB exceptions: for a file that is locked,
	//! corrupt, of another format or in a folder that is not there (the message names the file), and for a memory limit
	//! that is none.
	explicit Engine(const EngineOptions &options);
	~Engine();
	Engine(const Engine &) = delete;
	Engine &operator=(const Engine &) = delete;

	//! A new engine connection, for one thread at a time, which works in the default database. Throws where the
	//! engine has been invalidated.
	std::unique_ptr<duckdb::Connection> Connect();
	//! Those that serve one statement after the other.
	EngineConnections &Connections();
	Databases &GetDatabases();
	//! Writes what was committed into the database files; does nothing in memory or when read only. Call when idle:
	//! waits for nobody, throws where transactions are open.
	void Checkpoint();
	//! Non-empty once the engine has failed for good (a FATAL or INTERNAL error): nothing can be served any more.
	std::string InvalidatedReason() const;

	duckdb::DatabaseInstance &Database();
	const EngineOptions &Options() const;
	//! "v2.0.0".
	static std::string Version();

private:
	const EngineOptions options;
	std::unique_ptr<duckdb::DuckDB> database;
	std::unique_ptr<Databases> databases;
	std::unique_ptr<EngineConnections> connections;
};

} // namespace skein
