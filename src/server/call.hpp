//! One Flight call being served: its request, its session, what it counted.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <arrow/flight/server.h>

#include "protocol/distributed_protocol.hpp"
#include "server/engine_connections.hpp"
#include "server/server_context.hpp"
#include "server/transaction.hpp"

namespace skein {

enum class CallMethod { DO_ACTION, DO_EXCHANGE, DO_GET, DO_PUT, GET_SCHEMA, GET_FLIGHT_INFO };

//! Decodes and checks size, form and version. Throws RequestError, MalformedMessage.
DistributedRequest DecodeRequest(std::string_view bytes, uint64_t bytes_max);

//! Whether the request is an upload whose rows, once changed, are the answer.
bool IsReturningUpload(const DistributedRequest &request);

//! Belongs to one thread at a time. Its end is the call's: counters and the operator's record are settled then.
class Call {
public:
	//! Finds the session and admits the call. `context` must stay until the call's end. Throws RequestError.
	Call(ServerContext &server, const arrow::flight::ServerCallContext &context, CallMethod method,
	     DistributedRequest request);
	~Call();
	Call(const Call &) = delete;
	Call &operator=(const Call &) = delete;

	ServerContext &Server() const;
	const DistributedRequest &Request() const;
	Session &GetSession() const;
	//! Whether the client is on this host.
	bool IsLocal() const;
	//! True where the call came with a session id.
	bool HasOwnSession() const;
	StatementLease &Statement();
	//! The database the request names, in use until the call's end. Not for requests of a transaction. Throws as
	//! Databases::Use.
	const DatabaseUse &UseDatabase();
	CallCounters &Counters();

	void CountSent(uint64_t rows, uint64_t bytes);
	void CountReceived(uint64_t rows, uint64_t bytes);
	//! What the call failed with, for the record.
	void SetError(const DistributedError &error);
	//! Does a part of the call's work. An interrupt that was not the client's wish is rethrown as what it was: the end
	//! of the session or the server.
	void Run(const std::function<void()> &work);
	//! The record of a call that ended before it became one.
	static void RecordRefusal(ServerContext &server, const arrow::flight::ServerCallContext &context, CallMethod method,
	                          RequestType type, const DistributedError &error);

private:
	void Register(const arrow::flight::ServerCallContext &context);
	void AcquireSession(const arrow::flight::ServerCallContext &context);
	void Admit();

	ServerContext &server;
	const CallMethod method;
	const DistributedRequest request;
	const std::chrono::steady_clock::time_point start;
	SessionLease session;
	std::optional<CallCounters> counters;
	StatementLease statement;
	std::optional<DatabaseUse> database;
	bool counts_statement = false;
	bool holds_stream = false;
	RequestRecord record;
};

//! The engine connection a call's statements run on: the transaction's, whose turn is held until this is gone, or one
//! of the call's own. It works where the request says. While held, a cancelled call interrupts it.
class CallConnection {
public:
	//! On a connection of its own, all that is done up to the end of the first statement is one transaction. Throws
	//! RequestError: SESSION_NOT_FOUND for a transaction that is not open, CATALOG_CHANGED, CANCELLED, what
	//! SetUpConnection throws.
	explicit CallConnection(Call &call, UnreadRows unread_rows = UnreadRows::SPOOL);
	~CallConnection();
	CallConnection(const CallConnection &) = delete;
	CallConnection &operator=(const CallConnection &) = delete;

	duckdb::Connection &operator*();
	duckdb::Connection *operator->();
	//! Null outside a transaction.
	TransactionLease *InTransaction();
	//! Where it works.
	const DatabaseUse &Database();
	//! For the answer (CatalogVersion).
	uint64_t Version();
	//! The call only reads: what others see of its transaction stays as it is.
	void MarkRead();
	//! The call's own connection, to go on living elsewhere. Only outside a transaction; ends interruption.
	EngineConnection TakeOwn();
	//! The statement came to its end, and read or changed rows, no more: the call's own connection may serve others.
	void LeaveNothing();

private:
	Call &call;
	std::shared_ptr<Transaction> transaction;
	std::optional<TransactionLease> lease;
	//! Without a connection in a transaction.
	EngineConnection own;
	bool leaves_nothing = false;
	//! Of a transaction: it is left as it was.
	bool only_reads;
};

} // namespace skein
