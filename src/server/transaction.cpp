#include "server/transaction.hpp"

#include "duckdb/common/exception/transaction_exception.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/main/valid_checker.hpp"
#include "duckdb/transaction/meta_transaction.hpp"
#include "protocol/identifier.hpp"
#include "server/engine.hpp"
#include "server/request_error.hpp"

namespace skein {

Transaction::Transaction(Engine &engine, uint64_t id, std::atomic<uint64_t> &open_count, DatabaseUse database_p,
                         std::shared_ptr<SnapshotReaders> readers_p, uint64_t readers_count)
    : id(id), open_count(open_count), database(std::move(database_p)), connection(engine.Connect()),
      readers(std::move(readers_p)) {
	if (readers) {
		readers->Begin(engine, *connection, readers_count);
	} else {
		SnapshotReaders::BeginOne(*connection);
	}
	open_count++;
}

Transaction::~Transaction() {
	RollbackOpen();
}

uint64_t Transaction::Id() const {
	return id;
}

TransactionLease Transaction::Acquire(const CancelCheck &check, UnreadRows unread_rows) {
	turn.Lock(check);
	TransactionLease lease(*this);
	if (finished || ending) {
		throw RequestError(ErrorCategory::SESSION_NOT_FOUND,
		                   "Transaction " + std::to_string(id) + " has ended; begin a new one");
	}
	if (unread_rows == UnreadRows::SPOOL && open_result) {
		open_result->Spool(check);
		open_result.reset();
	} else if (unread_rows == UnreadRows::DROP) {
		AbandonOpenResult();
	}
	return lease;
}

void Transaction::End() {
	ending = true;
	// Else whoever has the turn rolls back, and the watchdog interrupts it until it does.
	if (turn.TryLock()) {
		Release();
	}
}

void Transaction::Release() {
	if (ending) {
		RollbackOpen();
	}
	turn.Unlock();
	// An End that came while the turn was held but after the question above found it taken.
	if (ending && turn.TryLock()) {
		RollbackOpen();
		turn.Unlock();
	}
}

void Transaction::Finish() {
	if (!finished) {
		finished = true;
		open_count--;
		if (readers) {
			readers->Close();
		}
	}
}

void Transaction::RollbackOpen() {
	if (finished) {
		return;
	}
	AbandonOpenResult();
	// Rolls back; never throws.
	connection.reset();
	Finish();
	readers.reset();
	database = DatabaseUse();
}

void Transaction::AbandonOpenResult() {
	if (open_result) {
		open_result->Abandon("The transaction of this scan was rolled back");
		open_result.reset();
	}
}

TransactionLease::TransactionLease(Transaction &transaction) : transaction(&transaction) {
}

TransactionLease::~TransactionLease() {
	if (transaction) {
		transaction->Release();
	}
}

TransactionLease::TransactionLease(TransactionLease &&other) noexcept : transaction(other.transaction) {
	other.transaction = nullptr;
}

duckdb::Connection &TransactionLease::Connection() {
	return *transaction->connection;
}

const DatabaseUse &TransactionLease::Database() const {
	return transaction->database;
}

void TransactionLease::SetUp(const DistributedRequest &request) {
	auto &database = transaction->database;
	if (!request.database.empty() && FoldDatabaseName(request.database) != FoldDatabaseName(database.Name())) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "Transaction " + std::to_string(transaction->id) + " works in database " +
		                       QuoteIdentifier(database.Name()) + ", not in " + QuoteIdentifier(request.database));
	}
	SetUpConnection(*transaction->connection, database, request, transaction->state);
}

void TransactionLease::KeepOpen(std::shared_ptr<SpoolableResult> result) {
	transaction->open_result = std::move(result);
}

std::shared_ptr<SnapshotReaders> TransactionLease::Readers() {
	return transaction->readers;
}

void TransactionLease::CloseReaders() {
	if (transaction->readers) {
		transaction->readers->Close();
	}
}

void TransactionLease::Commit() {
	// Over either way: the engine rolls back what it cannot commit.
	transaction->Finish();
	auto &connection = *transaction->connection;
	auto &validity = duckdb::ValidChecker::Get(connection.context->ActiveTransaction());
	if (validity.IsInvalidated()) {
		auto reason = validity.InvalidatedMessage();
		connection.Rollback();
		throw duckdb::TransactionException("The transaction was rolled back, because an earlier error aborted it: %s",
		                                   reason);
	}
	connection.Commit();
}

void TransactionLease::Rollback() {
	transaction->Finish();
	transaction->connection->Rollback();
}

} // namespace skein
