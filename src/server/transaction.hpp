//! A transaction of a session: one engine connection, on which statements take turns.
//!
//! Thread-safe. The session and the calls under way share it; who is last destroys it, which rolls back what is open.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "server/cancellation.hpp"
#include "server/connection_setup.hpp"
#include "server/databases.hpp"
#include "server/snapshot_readers.hpp"
#include "server/spoolable_result.hpp"

namespace duckdb {
class Connection;
} // namespace duckdb

namespace skein {

class Engine;
class StatementLease;
class TransactionLease;

//! What becomes of rows that another call has not read yet.
enum class UnreadRows {
	//! They stay on the connection: it can look things up and bind, but run nothing.
	LEAVE,
	//! They move into engine memory, and their reader goes on from there.
	SPOOL,
	//! They are dropped, and their reader fails.
	DROP
};

class Transaction {
public:
	//! Begins it, to work in `database`. Throws what the engine throws. `open_count` counts it while it is open, and
	//! outlives it. With `readers`, whose database is the same, scans need not take turns; it gets `readers_count` of
	//! them, if it can.
	Transaction(Engine &engine, uint64_t id, std::atomic<uint64_t> &open_count, DatabaseUse database = {},
	            std::shared_ptr<SnapshotReaders> readers = nullptr, uint64_t readers_count = 0);
	~Transaction();
	Transaction(const Transaction &) = delete;
	Transaction &operator=(const Transaction &) = delete;

	uint64_t Id() const;
	//! Waits for the statement before to end and gives the connection to the caller until the lease is gone. Throws
	//! RequestError: SESSION_NOT_FOUND once the transaction has ended, CANCELLED.
	TransactionLease Acquire(const CancelCheck &check, UnreadRows unread_rows);

	//! Ends it by force: interrupts the statement that runs; what is open is rolled back, now or as soon as the
	//! connection is free. Does not wait for clients.
	void End();

private:
	friend class TransactionLease;
	void Release();
	//! Call with the connection held.
	void Finish();
	void RollbackOpen();
	void AbandonOpenResult();

	const uint64_t id;
	std::atomic<uint64_t> &open_count;
	CancellableMutex turn;
	//! Set by End; who holds or gets the turn then rolls back.
	std::atomic<bool> ending {false};

	//! Guarded by the turn. The database outlives the connection that works in it.
	DatabaseUse database;
	std::unique_ptr<duckdb::Connection> connection;
	ConnectionState state;
	std::shared_ptr<SpoolableResult> open_result;
	//! Null where there are none.
	std::shared_ptr<SnapshotReaders> readers;
	bool finished = false;
};

//! The turn on a transaction's connection. Move-only.
class TransactionLease {
public:
	~TransactionLease();
	TransactionLease(TransactionLease &&other) noexcept;
	TransactionLease &operator=(TransactionLease &&) = delete;

	duckdb::Connection &Connection();
	const DatabaseUse &Database() const;
	//! Applies what the request says of where it works. Throws RequestError: also for one that works in another
	//! database.
	void SetUp(const DistributedRequest &request);
	//! The result that goes on living on the connection when this lease is gone.
	void KeepOpen(std::shared_ptr<SpoolableResult> result);
	//! Connections that see what the transaction sees; null where there are none.
	std::shared_ptr<SnapshotReaders> Readers();
	//! The transaction may see something else from now on.
	void CloseReaders();
	//! Ends the transaction, also where that fails. Throw what the engine throws. An aborted transaction is rolled
	//! back, and Commit says so.
	void Commit();
	void Rollback();

private:
	friend class Transaction;
	explicit TransactionLease(Transaction &transaction);

	//! Null once moved from. The holder of a lease holds the transaction as well.
	Transaction *transaction;
};

} // namespace skein
