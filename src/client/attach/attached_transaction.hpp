//! A DuckDB transaction over an attached database: a SkeinTransaction that also knows which catalog it sees.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "client/attach/attached_catalog.hpp"
#include "client/catalog/skein_transaction.hpp"

namespace skein {

class AttachedTransaction : public SkeinTransaction {
public:
	AttachedTransaction(TransactionManager &manager, ClientContext &context, AttachedCatalog &catalog);
	~AttachedTransaction() override;

	static AttachedTransaction &Get(ClientContext &context, Catalog &catalog);

	//! The catalog this transaction sees, asked for where what is here is known to be old. Inside BEGIN ... COMMIT this
	//! begins the remote transaction. Its entries live as long as the transaction.
	CatalogSnapshot &Snapshot(ClientContext &context);
	//! The same, asked for anew if it changed on the server: for a name that is not there.
	CatalogSnapshot &VerifiedSnapshot(ClientContext &context);
	//! The version of the catalog that a plan made now is made for. Throws a TransactionException (IsCatalogChanged)
	//! when entries of an older one were handed out already.
	uint64_t VerifiedVersion(ClientContext &context);

	//! The statement is bound on the server, as a whole: what is here need not be the newest.
	void LeaveVersionToServer() {
		is_verified = true;
	}
	//! Runs a request of this transaction: in the remote one where that is open or the user began one. Throws the
	//! server's error; a change whose answer is lost has an unknown outcome.
	DistributedResponse Call(ClientContext &context, DistributedRequest request,
	                         const std::function<bool()> &is_cancelled = nullptr);

	void SawCatalogVersion(uint64_t version, bool in_transaction) override;

	//! Whether the error means that a statement has to be bound again.
	static bool IsCatalogChanged(const ErrorData &error);

private:
	CatalogSnapshot &Use(std::shared_ptr<CatalogSnapshot> snapshot);
	//! True where the remote transaction is, or now is, open: what it sees changes with its own statements only.
	bool IsOpen(ClientContext &context);

	AttachedCatalog &catalog;

	std::mutex lock;
	//! Guarded by lock. The last one is in use; older ones keep their entries for those who have them.
	std::vector<std::shared_ptr<CatalogSnapshot>> snapshots;
	//! What the remote transaction saw last; 0 while it is not open.
	uint64_t transaction_version = 0;
	std::atomic<bool> is_verified {false};
};

class AttachedTransactionManager : public SkeinTransactionManager {
public:
	AttachedTransactionManager(AttachedDatabase &db, AttachedCatalog &catalog);

	//! CHECKPOINT r: the server's database is.
	void Checkpoint(ClientContext &context, bool force) override;

private:
	AttachedCatalog &catalog;
};

} // namespace skein
