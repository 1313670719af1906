//! Connections that see of a database what a transaction saw of it when it began.
//!
//! The engine runs one statement at a time on a connection, so that scans of one transaction would take turns. What a
//! transaction sees is decided by the commits before its start: transactions that start without a commit in between see
//! the same. So they are begun together, and begun again if somebody committed meanwhile. Nobody has to wait for it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/databases.hpp"
#include "server/engine_connections.hpp"

namespace duckdb {
class Connection;
} // namespace duckdb

namespace skein {

class Engine;

//! Each is a connection in such a transaction, which can only read, for one statement at a time. Thread-safe, but for
//! Begin. Shared by the transaction and those who read from its readers, which may outlive it.
class SnapshotReaders {
public:
	//! `database`: where they work; held until this is gone.
	explicit SnapshotReaders(DatabaseUse database);
	~SnapshotReaders();

	//! Begins a transaction that has no readers. Throws what the engine throws.
	static void BeginOne(duckdb::Connection &connection);
	//! Begins a transaction on `main`, and such a one on each of `count` new connections. Where commits come too thick
	//! and fast, and in a database that is not the engine's own, there are none. Throws what the engine throws.
	void Begin(Engine &engine, duckdb::Connection &main, uint64_t count);
	const DatabaseUse &Database() const;
	//! One that nobody reads from; no connection where there is none.
	EngineConnection Take();
	//! After a statement that came to its end.
	void GiveBack(EngineConnection reader);
	//! The transaction is about to see what they do not. Those taken go on to the end of their statements.
	void Close();

private:
	bool TryBegin(duckdb::Connection &main, std::vector<EngineConnection> &readers) const;

	const DatabaseUse database;

	std::mutex lock;
	//! Guarded by lock.
	std::vector<EngineConnection> idle;
	bool closed = false;
};

} // namespace skein
