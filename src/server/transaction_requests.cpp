#include "server/transaction_requests.hpp"

#include <algorithm>

#include "protocol/limits.hpp"
#include "server/catalog_version.hpp"
#include "server/request_error.hpp"

namespace skein {

static void RequireOwnSession(Call &call) {
	if (!call.HasOwnSession()) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, std::string(RequestTypeName(call.Request().type)) +
		                                                       " needs a session: send the id from "
		                                                       "OPEN_SESSION in the header " +
		                                                       SESSION_HEADER);
	}
}

static DistributedResponse Succeeded() {
	DistributedResponse response;
	response.success = true;
	return response;
}

static void SetVersions(DistributedResponse &response) {
	response.protocol_version = PROTOCOL_VERSION;
	response.server_version = SKEIN_VERSION;
	response.engine_version = Engine::Version();
}

//===--------------------------------------------------------------------===//
// Sessions
//===--------------------------------------------------------------------===//
DistributedResponse HandleOpenSession(Call &call) {
	auto response = Succeeded();
	response.session_id = call.GetSession().id;
	response.lease_milliseconds = static_cast<uint64_t>(call.Server().sessions.Lease().count());
	SetVersions(response);
	return response;
}

DistributedResponse HandleCloseSession(Call &call) {
	RequireOwnSession(call);
	call.Server().sessions.Close(call.GetSession().id);
	return Succeeded();
}

//! The call itself has renewed the lease.
DistributedResponse HandleHeartbeat(Call &call) {
	RequireOwnSession(call);
	auto response = Succeeded();
	response.lease_milliseconds = static_cast<uint64_t>(call.Server().sessions.Lease().count());
	return response;
}

DistributedResponse HandleStatistics(Call &call) {
	auto response = Succeeded();
	SetVersions(response);
	auto &server = call.Server();
	response.server_statistics = server.counters.Snapshot();
	response.server_statistics->sessions = server.sessions.Count();
	if (call.HasOwnSession()) {
		response.session_statistics = call.GetSession().counters.Snapshot();
		response.session_statistics->sessions = 1;
	} else {
		// The one this call has for itself.
		response.server_statistics->sessions--;
	}
	return response;
}

//===--------------------------------------------------------------------===//
// Transactions
//===--------------------------------------------------------------------===//
DistributedResponse HandleBeginTransaction(Call &call) {
	RequireOwnSession(call);
	auto &server = call.Server();
	auto &request = call.Request();
	auto id = server.next_transaction_id++;
	auto check = call.Statement().Checker();
	auto database = server.engine.GetDatabases().Use(request.database, false, check);
	std::shared_ptr<SnapshotReaders> readers;
	if (request.readers_count > 0) {
		readers = std::make_shared<SnapshotReaders>(server.engine.GetDatabases().Use(request.database, false, check));
	}
	const auto readers_count = std::min(request.readers_count, limits::snapshot_readers_count_max);
	auto transaction = std::make_shared<Transaction>(server.engine, id, server.open_transactions, std::move(database),
	                                                 std::move(readers), readers_count);
	auto response = Succeeded();
	{
		auto lease = transaction->Acquire(check, UnreadRows::LEAVE);
		lease.SetUp(request);
		RequireCatalogVersion(lease.Connection(), lease.Database().Name(), request.catalog_version);
		response.catalog_version = CatalogVersion(lease.Connection(), lease.Database().Name());
	}
	call.GetSession().SetTransaction(std::move(transaction));
	response.transaction_id = id;
	return response;
}

DistributedResponse HandleCommitTransaction(Call &call) {
	auto id = call.Request().transaction_id;
	auto transaction = call.GetSession().FindTransaction(id);
	auto lease = transaction->Acquire(call.Statement().Checker(), UnreadRows::SPOOL);
	call.GetSession().ForgetTransaction(id);
	lease.Commit();
	auto response = Succeeded();
	response.catalog_version = CatalogVersion(lease.Connection(), lease.Database().Name());
	return response;
}

DistributedResponse HandleRollbackTransaction(Call &call) {
	auto id = call.Request().transaction_id;
	auto transaction = call.GetSession().FindTransaction(id);
	auto lease = transaction->Acquire(call.Statement().Checker(), UnreadRows::DROP);
	call.GetSession().ForgetTransaction(id);
	lease.Rollback();
	return Succeeded();
}

} // namespace skein
