#include "client/catalog/skein_transaction.hpp"

#include "client/skein_state.hpp"
#include "codec/duckdb_error.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/settings.hpp"
#include "protocol/errors.hpp"

namespace skein {

SkeinTransaction::SkeinTransaction(TransactionManager &manager, ClientContext &context, RemoteServer &server,
                                   string database)
    : Transaction(manager, context), server(server), database(std::move(database)) {
}

SkeinTransaction::~SkeinTransaction() = default;

SkeinTransaction &SkeinTransaction::Get(ClientContext &context, Catalog &catalog) {
	return Transaction::Get(context, catalog).Cast<SkeinTransaction>();
}

//===--------------------------------------------------------------------===//
// Joining and beginning
//===--------------------------------------------------------------------===//
RemoteTransaction SkeinTransaction::ForScan(ClientContext &context, bool shares_snapshot, idx_t readers_count) {
	// A statement that writes to this server and reads from it reads in the transaction it writes in.
	if (context.transaction.IsAutoCommit() && IsReadOnly() && !shares_snapshot) {
		return RemoteTransaction();
	}
	return Begin(context, readers_count);
}

RemoteTransaction SkeinTransaction::ForInsert(ClientContext &context) {
	{
		std::lock_guard<std::mutex> guard(lock);
		if (context.transaction.IsAutoCommit() && transaction_id == 0) {
			return RemoteTransaction();
		}
	}
	return Begin(context);
}

RemoteTransaction SkeinTransaction::ForRowIds(ClientContext &context) {
	return Begin(context);
}

RemoteTransaction SkeinTransaction::Begin(ClientContext &context, idx_t readers_count) {
	std::lock_guard<std::mutex> guard(lock);
	if (transaction_id == 0) {
		connection = server.Connect(&context);
		DistributedRequest request;
		request.type = RequestType::BEGIN_TRANSACTION;
		request.database = database;
		request.readers_count = readers_count;
		DistributedResponse response;
		session = server.OpenSession(*connection);
		connection->SetSession(session.Id());
		auto status = connection->Call(request, response);
		auto error = status.ok() ? std::nullopt : ErrorFromFlightStatus(status);
		if (error && error->category == ErrorCategory::SESSION_NOT_FOUND) {
			// A pooled session of a server that was restarted since; nothing has been done in it.
			connection->SetSession(std::string());
			session = SessionLease();
			session = server.OpenSession(*connection);
			connection->SetSession(session.Id());
			status = connection->Call(request, response);
		}
		ThrowIfFailed(status, *connection);
		transaction_id = response.transaction_id;
		SkeinState::Get(context).StartHeartbeat();
		SawCatalogVersion(response.catalog_version, /*in_transaction=*/true);
	}
	return RemoteTransaction {session.Id(), transaction_id};
}

RemoteTransaction SkeinTransaction::Current() {
	std::lock_guard<std::mutex> guard(lock);
	return transaction_id == 0 ? RemoteTransaction() : RemoteTransaction {session.Id(), transaction_id};
}

//===--------------------------------------------------------------------===//
// Ending
//===--------------------------------------------------------------------===//
void SkeinTransaction::Finish() {
	transaction_id = 0;
	session = SessionLease();
	connection = ConnectionLease();
}

ErrorData SkeinTransaction::Commit() {
	std::lock_guard<std::mutex> guard(lock);
	if (transaction_id == 0) {
		return ErrorData();
	}
	DistributedRequest request;
	request.type = RequestType::COMMIT_TRANSACTION;
	request.transaction_id = transaction_id;
	// The user may interrupt it, but a statement's max_execution_time must not make its outcome unknown.
	connection->SetInterruptCheck([user = context.lock()]() { return user && user->IsInterrupted(); });
	DistributedResponse response;
	auto status = connection->Call(std::move(request), response);
	ErrorData error;
	if (status.ok()) {
		session.MarkReusable();
		SawCatalogVersion(response.catalog_version, /*in_transaction=*/false);
	} else {
		error = DecodeErrorData(DescribeFailure(status, connection->Uri(), /*write_in_flight=*/true));
	}
	Finish();
	return error;
}

void SkeinTransaction::Rollback() {
	std::lock_guard<std::mutex> guard(lock);
	if (transaction_id == 0) {
		return;
	}
	// The statement that failed may have been interrupted; the rollback is not.
	connection->SetInterruptCheck(nullptr);
	DistributedRequest request;
	request.type = RequestType::ROLLBACK_TRANSACTION;
	request.transaction_id = transaction_id;
	DistributedResponse response;
	if (connection->Call(std::move(request), response).ok()) {
		session.MarkReusable();
	}
	Finish();
}

//===--------------------------------------------------------------------===//
// Managers
//===--------------------------------------------------------------------===//
SkeinTransactionManager::SkeinTransactionManager(AttachedDatabase &db, MakeTransaction make_transaction)
    : TransactionManager(db), make_transaction(std::move(make_transaction)) {
}

Transaction &SkeinTransactionManager::StartTransaction(ClientContext &context) {
	auto transaction = make_transaction(*this, context);
	auto &result = *transaction;
	if (!context.transaction.IsAutoCommit() && Settings::Get<ImmediateTransactionModeSetting>(context)) {
		// The snapshot is that of BEGIN.
		result.ForScan(context, /*shares_snapshot=*/true);
	}
	std::lock_guard<std::mutex> guard(lock);
	transactions.emplace(result, std::move(transaction));
	return result;
}

ErrorData SkeinTransactionManager::CommitTransaction(ClientContext &context, Transaction &transaction) {
	auto error = transaction.Cast<SkeinTransaction>().Commit();
	std::lock_guard<std::mutex> guard(lock);
	transactions.erase(transaction);
	return error;
}

void SkeinTransactionManager::RollbackTransaction(Transaction &transaction) {
	transaction.Cast<SkeinTransaction>().Rollback();
	std::lock_guard<std::mutex> guard(lock);
	transactions.erase(transaction);
}

void SkeinTransactionManager::Checkpoint(ClientContext &context, bool force) {
}

SkeinAliasTransactionManager::SkeinAliasTransactionManager(AttachedDatabase &db) : TransactionManager(db) {
}

Transaction &SkeinAliasTransactionManager::StartTransaction(ClientContext &context) {
	auto transaction = make_uniq<Transaction>(*this, context);
	auto &result = *transaction;
	std::lock_guard<std::mutex> guard(lock);
	transactions.emplace(result, std::move(transaction));
	return result;
}

ErrorData SkeinAliasTransactionManager::CommitTransaction(ClientContext &context, Transaction &transaction) {
	RollbackTransaction(transaction);
	return ErrorData();
}

void SkeinAliasTransactionManager::RollbackTransaction(Transaction &transaction) {
	std::lock_guard<std::mutex> guard(lock);
	transactions.erase(transaction);
}

void SkeinAliasTransactionManager::Checkpoint(ClientContext &context, bool force) {
}

} // namespace skein
