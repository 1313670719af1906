//! A DuckDB transaction over one server, and the transaction over there that it may need.
//!
//! A statement in autocommit that reads one table needs none: it has a snapshot of its own. Everything in BEGIN ...
//! COMMIT, reads of several tables, and UPDATE and DELETE anywhere, runs in one remote transaction, begun at the first
//! need.
#pragma once

#include <functional>
#include <mutex>

#include "client/pool/remote_server.hpp"
#include "duckdb/common/reference_map.hpp"
#include "duckdb/transaction/transaction.hpp"
#include "duckdb/transaction/transaction_manager.hpp"

namespace skein {

using namespace duckdb;

//! How a call of a statement belongs to the statement's transaction.
struct RemoteTransaction {
	//! Empty and 0: the call is a transaction of its own.
	std::string session_id;
	uint64_t transaction_id = 0;
};

class SkeinTransaction : public Transaction {
public:
	//! `database`: the server's database it works in; empty: the server's own.
	SkeinTransaction(TransactionManager &manager, ClientContext &context, RemoteServer &server, string database);
	~SkeinTransaction() override;

	static SkeinTransaction &Get(ClientContext &context, Catalog &catalog);

	//! For a read: joins the remote transaction where the statement has or needs one. `shares_snapshot`: it reads more
	//! than one table of the server. `readers_count`: how many of its scans the server may run at the same time.
	RemoteTransaction ForScan(ClientContext &context, bool shares_snapshot, idx_t readers_count = 0);
	//! For an insert: joins it where there is one or the user began one.
	RemoteTransaction ForInsert(ClientContext &context);
	//! For a write by row ids: begins it where there is none.
	RemoteTransaction ForRowIds(ClientContext &context);

	//! For anything else: joins it where there is one or the user began one.
	RemoteTransaction ForStatement(ClientContext &context) {
		return ForInsert(context);
	}

	//! Commits the remote transaction, if any. The error is what the server says, or that the outcome is unknown.
	ErrorData Commit();
	//! Rolls it back. Failures do not matter: the session's lease ends it.
	void Rollback();

	//! The catalog version an answer carried; 0: it carried none. Any thread.
	virtual void SawCatalogVersion(uint64_t version, bool in_transaction) {
	}

protected:
	//! Begins the remote transaction where it is not open.
	RemoteTransaction Begin(ClientContext &context, idx_t readers_count = 0);
	//! The remote transaction, empty where none is open.
	RemoteTransaction Current();

	RemoteServer &server;
	const string database;

private:
	void Finish();

	std::mutex lock;
	//! Guarded by lock.
	ConnectionLease connection;
	SessionLease session;
	uint64_t transaction_id = 0;
};

class SkeinTransactionManager : public TransactionManager {
public:
	using MakeTransaction = std::function<unique_ptr<SkeinTransaction>(TransactionManager &, ClientContext &)>;

	SkeinTransactionManager(AttachedDatabase &db, MakeTransaction make_transaction);

	Transaction &StartTransaction(ClientContext &context) override;
	ErrorData CommitTransaction(ClientContext &context, Transaction &transaction) override;
	void RollbackTransaction(Transaction &transaction) override;
	void Checkpoint(ClientContext &context, bool force) override;

private:
	const MakeTransaction make_transaction;

	std::mutex lock;
	//! Guarded by lock.
	reference_map_t<Transaction, unique_ptr<SkeinTransaction>> transactions;
};

//! Alias catalogs hold nothing that a transaction could change.
class SkeinAliasTransactionManager : public TransactionManager {
public:
	explicit SkeinAliasTransactionManager(AttachedDatabase &db);

	Transaction &StartTransaction(ClientContext &context) override;
	ErrorData CommitTransaction(ClientContext &context, Transaction &transaction) override;
	void RollbackTransaction(Transaction &transaction) override;
	void Checkpoint(ClientContext &context, bool force) override;

private:
	std::mutex lock;
	//! Guarded by lock.
	reference_map_t<Transaction, unique_ptr<Transaction>> transactions;
};

} // namespace skein
