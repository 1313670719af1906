//! The embedded DuckDB that one server serves.
//!
//! Thread-safe once constructed. Connections it hands out belong to their holder and must be gone before the engine is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace duckdb {
class Connection;
class DuckDB;
class DatabaseInstance;
} // namespace duckdb

namespace skein {

struct EngineOptions {
	//! The database file. Empty: in memory, gone with the server.
	std::string database_path;
	bool read_only = false;
	//! As DuckDB writes sizes: '4GB', '80%'. Empty: DuckDB's default.
	std::string memory_limit;
	//! Worker threads. 0: as many as the machine has processors.
	uint64_t threads = 0;
};

class Engine {
public:
	//! Opens the database, creating the file where there is none. Throws DuckDB exceptions: for a file that is locked,
	//! corrupt, of another format or in a folder that is not there (the message names the file), and for a memory limit
	//! that is none.
	explicit Engine(const EngineOptions &options);
	~Engine();
	Engine(const Engine &) = delete;
	Engine &operator=(const Engine &) = delete;

	//! A new engine connection, for one thread at a time. Throws where the database has been invalidated.
	std::unique_ptr<duckdb::Connection> Connect();
	//! Writes what was committed into the database file; does nothing in memory or when read only. Call when idle:
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
};

} // namespace skein
