#include "client/attach/attached_transaction.hpp"

#include "client/statement_end.hpp"
#include "codec/duckdb_error.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/main/client_context.hpp"
#include "protocol/errors.hpp"

namespace skein {

static constexpr const char *CATALOG_CHANGED_KEY = "skein_catalog_changed";

AttachedTransaction::AttachedTransaction(TransactionManager &manager, ClientContext &context, AttachedCatalog &catalog)
    : SkeinTransaction(manager, context, catalog.Server(), catalog.Database()), catalog(catalog) {
}

AttachedTransaction::~AttachedTransaction() = default;

AttachedTransaction &AttachedTransaction::Get(ClientContext &context, Catalog &catalog) {
	return Transaction::Get(context, catalog).Cast<AttachedTransaction>();
}

bool AttachedTransaction::IsCatalogChanged(const ErrorData &error) {
	return error.ExtraInfo().find(CATALOG_CHANGED_KEY) != error.ExtraInfo().end();
}

//===--------------------------------------------------------------------===//
// Calls
//===--------------------------------------------------------------------===//
DistributedResponse AttachedTransaction::Call(ClientContext &context, DistributedRequest request,
                                              const std::function<bool()> &is_cancelled) {
	const bool changes = request.type != RequestType::CATALOG;
	auto transaction = changes ? ForStatement(context) : Current();
	auto connection = server.Connect(&context);
	if (is_cancelled) {
		connection->SetInterruptCheck([&context, is_cancelled]() { return MustEnd(context) || is_cancelled(); });
	}
	connection->SetSession(transaction.session_id);
	request.transaction_id = transaction.transaction_id;
	DistributedResponse response;
	auto status = connection->Call(std::move(request), response);
	if (!status.ok()) {
		context.BlockingInterruptCheck();
		auto failure = DescribeFailure(status, connection->Uri(), changes);
		if (failure.category == ErrorCategory::CATALOG_CHANGED) {
			failure.extra_info[CATALOG_CHANGED_KEY] = "1";
		}
		ThrowRemoteError(failure);
	}
	SawCatalogVersion(response.catalog_version, transaction.transaction_id != 0);
	return response;
}

void AttachedTransaction::SawCatalogVersion(uint64_t version, bool in_transaction) {
	if (version == 0) {
		return;
	}
	if (!in_transaction) {
		catalog.SawCommittedVersion(version);
		return;
	}
	std::lock_guard<std::mutex> guard(lock);
	transaction_version = version;
}

//===--------------------------------------------------------------------===//
// Catalog
//===--------------------------------------------------------------------===//
bool AttachedTransaction::IsOpen(ClientContext &context) {
	if (!context.transaction.IsAutoCommit()) {
		Begin(context);
		return true;
	}
	return Current().transaction_id != 0;
}

CatalogSnapshot &AttachedTransaction::Use(std::shared_ptr<CatalogSnapshot> snapshot) {
	std::lock_guard<std::mutex> guard(lock);
	// Parts of one statement may ask at the same time, and join what they were told by the entries' numbers.
	if (snapshots.empty() || snapshots.back()->Version() != snapshot->Version()) {
		snapshots.push_back(std::move(snapshot));
	}
	return *snapshots.back();
}

CatalogSnapshot &AttachedTransaction::Snapshot(ClientContext &context) {
	const bool open = IsOpen(context);
	uint64_t wanted;
	{
		std::lock_guard<std::mutex> guard(lock);
		wanted = open ? transaction_version : catalog.NewestVersion();
		if (!snapshots.empty() && snapshots.back()->Version() == wanted) {
			return *snapshots.back();
		}
	}
	auto latest = catalog.LatestSnapshot();
	if (latest->Version() == wanted) {
		return Use(std::move(latest));
	}
	return Use(catalog.FetchSnapshot(context, open ? Current() : RemoteTransaction()));
}

CatalogSnapshot &AttachedTransaction::VerifiedSnapshot(ClientContext &context) {
	if (!IsOpen(context) && !is_verified) {
		catalog.RefreshVersion(context);
		is_verified = true;
	}
	return Snapshot(context);
}

uint64_t AttachedTransaction::VerifiedVersion(ClientContext &context) {
	std::shared_ptr<CatalogSnapshot> used;
	{
		std::lock_guard<std::mutex> guard(lock);
		used = snapshots.empty() ? nullptr : snapshots.back();
	}
	auto &current = VerifiedSnapshot(context);
	if (used && used->Version() != current.Version()) {
		throw Exception({{CATALOG_CHANGED_KEY, "1"}}, ExceptionType::TRANSACTION,
		                "Catalog write-write conflict: the catalog of \"" + catalog.GetName().GetIdentifierName() +
		                    "\" changed while the statement was planned, run it again");
	}
	return current.Version();
}

//===--------------------------------------------------------------------===//
// Manager
//===--------------------------------------------------------------------===//
AttachedTransactionManager::AttachedTransactionManager(AttachedDatabase &db, AttachedCatalog &catalog)
    : SkeinTransactionManager(db,
	                          [&catalog](TransactionManager &manager, ClientContext &context) {
	                              return make_uniq<AttachedTransaction>(manager, context, catalog);
                              }),
      catalog(catalog) {
}

void AttachedTransactionManager::Checkpoint(ClientContext &context, bool force) {
	if (!AttachedTransaction::Get(context, catalog).IsReadOnly()) {
		throw TransactionException("Cannot CHECKPOINT: the current transaction has transaction local changes");
	}
	auto request = catalog.MakeRequest(context, RequestType::EXECUTE_SQL);
	request.sql = force ? "FORCE CHECKPOINT" : "CHECKPOINT";
	auto connection = catalog.Server().Connect(&context);
	CallOrThrow(*connection, std::move(request));
}

} // namespace skein
