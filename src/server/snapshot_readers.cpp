#include "server/snapshot_readers.hpp"

#include <optional>

#include "server/database_manager.hpp"

#include "duckdb/main/attached_database.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/transaction/duck_transaction.hpp"
#include "duckdb/transaction/duck_transaction_manager.hpp"
#include "server/engine.hpp"
#include "server/request_error.hpp"

namespace skein {

//! Beginning takes microseconds: who is disturbed so often will be again.
static constexpr int ATTEMPTS_MAX = 10;

SnapshotReaders::SnapshotReaders(DatabaseUse database) : database(std::move(database)) {
}

SnapshotReaders::~SnapshotReaders() = default;

//! As SQL text, so that the engine's own defaults for transactions apply.
static void Run(duckdb::Connection &connection, const char *sql) {
	auto result = connection.Query(sql);
	if (result->HasError()) {
		ThrowEngineError(result->GetErrorObject());
	}
}

//! Has the connection's transaction look at the database, with which its snapshot of it begins. When that was, in
//! commits and starts of the database; nothing for a database that is not the engine's own. `last_commit` is asked for
//! afterwards.
static std::optional<uint64_t> StartTime(duckdb::Connection &connection, const std::string &name,
                                         uint64_t &last_commit) {
	std::optional<uint64_t> result;
	auto &context = *connection.context;
	context.RunFunctionInTransaction([&]() {
		auto attached = duckdb::DatabaseManager::Get(context).GetDatabase(context, duckdb::Identifier(name));
		if (!attached || !attached->GetTransactionManager().IsDuckTransactionManager()) {
			return;
		}
		result = duckdb::DuckTransaction::Get(context, *attached).start_time;
		last_commit = duckdb::DuckTransactionManager::Get(*attached).GetLastCommit();
	});
	return result;
}

void SnapshotReaders::BeginOne(duckdb::Connection &connection) {
	Run(connection, "BEGIN TRANSACTION");
}

void SnapshotReaders::Begin(Engine &engine, duckdb::Connection &main, uint64_t count) {
	std::vector<EngineConnection> readers;
	while (readers.size() < count) {
		readers.push_back({engine.Connect(), ConnectionState()});
	}
	BeginOne(main);
	for (int attempt = 0; count > 0 && attempt < ATTEMPTS_MAX; attempt++) {
		if (TryBegin(main, readers)) {
			idle = std::move(readers);
			return;
		}
		main.Rollback();
		BeginOne(main);
	}
}

bool SnapshotReaders::TryBegin(duckdb::Connection &main, std::vector<EngineConnection> &readers) const {
	uint64_t last_commit = 0;
	auto start = StartTime(main, database.Name(), last_commit);
	bool same = start.has_value();
	for (auto reader = readers.begin(); same && reader != readers.end(); ++reader) {
		auto &connection = *reader->connection;
		Run(connection, "BEGIN TRANSACTION READ ONLY");
		// A commit between the two starts would have a number between theirs.
		same = StartTime(connection, database.Name(), last_commit) && last_commit < *start;
	}
	if (same) {
		return true;
	}
	for (auto &reader : readers) {
		if (reader.connection->HasActiveTransaction()) {
			reader.connection->Rollback();
		}
	}
	return false;
}

const DatabaseUse &SnapshotReaders::Database() const {
	return database;
}

EngineConnection SnapshotReaders::Take() {
	std::lock_guard<std::mutex> guard(lock);
	if (idle.empty()) {
		return {};
	}
	auto reader = std::move(idle.back());
	idle.pop_back();
	return reader;
}

void SnapshotReaders::GiveBack(EngineConnection reader) {
	std::lock_guard<std::mutex> guard(lock);
	if (!closed) {
		idle.push_back(std::move(reader));
	}
}

void SnapshotReaders::Close() {
	std::vector<EngineConnection> closing;
	std::lock_guard<std::mutex> guard(lock);
	closed = true;
	closing.swap(idle);
}

} // namespace skein
