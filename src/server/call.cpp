#include "server/call.hpp"

#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "protocol/errors.hpp"
#include "server/catalog_version.hpp"
#include "server/connection_setup.hpp"
#include "server/access_control.hpp"
#include "server/peer_address.hpp"
#include "server/request_error.hpp"

namespace skein {

static const char *MethodName(CallMethod method) {
	switch (method) {
	case CallMethod::DO_ACTION:
		return "DoAction";
	case CallMethod::DO_EXCHANGE:
		return "DoExchange";
	case CallMethod::DO_GET:
		return "DoGet";
	case CallMethod::DO_PUT:
		return "DoPut";
	case CallMethod::GET_SCHEMA:
		return "GetSchema";
	case CallMethod::GET_FLIGHT_INFO:
		return "GetFlightInfo";
	}
	return "";
}

DistributedRequest DecodeRequest(std::string_view bytes, uint64_t bytes_max) {
	if (bytes.size() > bytes_max) {
		throw RequestError(ErrorCategory::LIMIT_REACHED, "The request has " + std::to_string(bytes.size()) +
		                                                     " bytes, more than the server takes (" +
		                                                     std::to_string(bytes_max) + ", --max-request-bytes)");
	}
	auto request = DistributedRequest::Decode(bytes);
	if (request.protocol_version < PROTOCOL_VERSION_MIN || request.protocol_version > PROTOCOL_VERSION) {
		throw RequestError(ErrorCategory::UNSUPPORTED_VERSION,
		                   "The request is of protocol version " + std::to_string(request.protocol_version) +
		                       "; this server (" + SKEIN_VERSION + ") serves versions " +
		                       std::to_string(PROTOCOL_VERSION_MIN) + " to " + std::to_string(PROTOCOL_VERSION));
	}
	return request;
}

//! The rules of server_counters.hpp.
static bool IsStatement(RequestType type) {
	switch (type) {
	case RequestType::EXECUTE_SQL:
	case RequestType::CREATE_TABLE:
	case RequestType::DROP_TABLE:
	case RequestType::INSERT_DATA:
	case RequestType::SCAN_TABLE:
	case RequestType::DELETE_DATA:
	case RequestType::TABLE_EXISTS:
	case RequestType::UPDATE_DATA:
		return true;
	default:
		return false;
	}
}

//! A further stream of a result counts once the result was found: one that comes too late moves nothing.
static bool IsCounted(RequestType type) {
	return type != RequestType::READ_RESULT && type != RequestType::OPEN_SESSION && type != RequestType::STATISTICS &&
	       type != RequestType::HEARTBEAT;
}

bool IsReturningUpload(const DistributedRequest &request) {
	return !request.returning_columns.empty() &&
	       (request.type == RequestType::INSERT_DATA || request.type == RequestType::UPDATE_DATA ||
	        request.type == RequestType::DELETE_DATA);
}

//! While the server drains, work that was begun may be ended.
static bool ServedWhileDraining(const DistributedRequest &request) {
	switch (request.type) {
	case RequestType::CLOSE_SESSION:
	case RequestType::HEARTBEAT:
	case RequestType::STATISTICS:
		return true;
	default:
		return request.transaction_id != 0;
	}
}

static RequestRecord MakeRecord(const arrow::flight::ServerCallContext &context, CallMethod method, RequestType type) {
	RequestRecord record;
	record.type = type;
	record.method = MethodName(method);
	record.peer = context.peer();
	return record;
}

static void SetRecordError(RequestRecord &record, const DistributedError &error) {
	record.category = error.category;
	record.exception_type = error.exception_type;
}

//===--------------------------------------------------------------------===//
// Call
//===--------------------------------------------------------------------===//
Call::Call(ServerContext &server, const arrow::flight::ServerCallContext &context, CallMethod method,
           DistributedRequest request_p)
    : server(server), method(method), request(std::move(request_p)), start(std::chrono::steady_clock::now()),
      record(MakeRecord(context, method, request.type)) {
	if (server.draining && !ServedWhileDraining(request)) {
		throw RequestError(ErrorCategory::SERVER_UNAVAILABLE, "The server is shutting down and takes no new work");
	}
	AcquireSession(context);
	Register(context);
	Admit();
}

void Call::Register(const arrow::flight::ServerCallContext &context) {
	CallSigns signs;
	signs.is_gone = [&context]() {
		return context.is_cancelled();
	};
	signs.session_ended = [shared = session.Share()]() {
		return shared->HasEnded();
	};
	if (auto admitted = dynamic_cast<AdmittedCall *>(context.GetMiddleware(ACCESS_MIDDLEWARE))) {
		// Flight asks the middleware before a client has sent its request, which may be long ago.
		if (admitted->TokenReplaced()) {
			ThrowIfCancelled(CancelReason::TOKEN_REPLACED);
		}
		signs.token_replaced = [admitted]() {
			return admitted->TokenReplaced();
		};
	}
	signs.seconds_max = IsStatement(request.type) ? server.limits.statement_seconds_max : 0;
	statement = server.statements.Register(std::move(signs));
}

void Call::AcquireSession(const arrow::flight::ServerCallContext &context) {
	auto header = context.incoming_headers().find(SESSION_HEADER);
	if (header != context.incoming_headers().end()) {
		session = server.sessions.Acquire(std::string(header->second));
	} else if (request.type == RequestType::OPEN_SESSION) {
		session = server.sessions.Open();
		server.events.OnSessionOpened(session->number, record.peer);
	} else {
		session = server.sessions.OpenForOneCall();
	}
	record.session_number = session->number;
	counters.emplace(server.counters, session->counters);
}

void Call::Admit() {
	if (IsCounted(request.type)) {
		counters->Add(&ServerCounters::round_trips, 1);
	}
	const bool is_exchange = method == CallMethod::DO_EXCHANGE;
	const bool is_stream =
	    method == CallMethod::DO_GET || method == CallMethod::DO_PUT || (is_exchange && IsReturningUpload(request));
	const bool is_action = method == CallMethod::DO_ACTION || is_exchange;
	const bool is_statement = IsStatement(request.type) && (is_stream || is_action);
	if (is_statement) {
		counters->Add(&ServerCounters::statements, 1);
	}
	// Further streams of a result are done without before a scan or an upload is.
	const bool is_further_stream = request.type == RequestType::READ_RESULT;
	const auto streams_max = server.limits.streams_count_max / (is_further_stream ? 2 : 1);
	if (is_stream && ++server.streams > streams_max) {
		server.streams--;
		throw RequestError(ErrorCategory::LIMIT_REACHED,
		                   "The server has " + std::to_string(server.limits.streams_count_max) +
		                       " scans and uploads under way and takes no more (--max-streams); try again later");
	}
	holds_stream = is_stream;
	counts_statement = is_statement;
	if (is_statement) {
		counters->Add(&ServerCounters::active_statements, 1);
	}
}

Call::~Call() {
	statement = StatementLease();
	if (counts_statement) {
		counters->Subtract(&ServerCounters::active_statements, 1);
	}
	if (holds_stream) {
		server.streams--;
	}
	session = SessionLease();
	auto elapsed = std::chrono::steady_clock::now() - start;
	record.microseconds = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count());
	server.events.OnRequest(record);
	auto failure = server.engine.InvalidatedReason();
	if (!failure.empty() && !server.engine_failure_reported.exchange(true)) {
		server.events.OnEngineFailed(failure);
	}
}

ServerContext &Call::Server() const {
	return server;
}

const DistributedRequest &Call::Request() const {
	return request;
}

Session &Call::GetSession() const {
	return *session;
}

bool Call::IsLocal() const {
	return IsLoopbackPeer(record.peer);
}

bool Call::HasOwnSession() const {
	return !session->id.empty();
}

StatementLease &Call::Statement() {
	return statement;
}

const DatabaseUse &Call::UseDatabase() {
	if (!database) {
		const bool create = request.type == RequestType::CATALOG && request.create_database;
		database = server.engine.GetDatabases().Use(request.database, create, statement.Checker());
	}
	return *database;
}

CallCounters &Call::Counters() {
	return *counters;
}

void Call::CountSent(uint64_t rows, uint64_t bytes) {
	counters->Add(&ServerCounters::rows_sent, rows);
	counters->Add(&ServerCounters::bytes_sent, bytes);
	record.rows_sent += rows;
	record.bytes_sent += bytes;
}

void Call::CountReceived(uint64_t rows, uint64_t bytes) {
	counters->Add(&ServerCounters::rows_received, rows);
	counters->Add(&ServerCounters::bytes_received, bytes);
	record.rows_received += rows;
	record.bytes_received += bytes;
}

void Call::SetError(const DistributedError &error) {
	SetRecordError(record, error);
}

void Call::Run(const std::function<void()> &work) {
	try {
		work();
	} catch (...) {
		auto error = DescribeCurrentException();
		if (error.category == ErrorCategory::CANCELLED) {
			statement.Check();
		}
		throw RequestError(std::move(error));
	}
}

void Call::RecordRefusal(ServerContext &server, const arrow::flight::ServerCallContext &context, CallMethod method,
                         RequestType type, const DistributedError &error) {
	auto record = MakeRecord(context, method, type);
	SetRecordError(record, error);
	server.events.OnRequest(record);
}

//===--------------------------------------------------------------------===//
// CallConnection
//===--------------------------------------------------------------------===//
CallConnection::CallConnection(Call &call, UnreadRows unread_rows)
    : call(call), only_reads(unread_rows == UnreadRows::LEAVE) {
	const auto transaction_id = call.Request().transaction_id;
	if (transaction_id == 0) {
		auto &database = call.UseDatabase();
		own = call.Server().engine.Connections().Take();
		// Ends with the first statement, as if that had begun it.
		own.connection->context->transaction.BeginTransaction();
		SetUpConnection(*own.connection, database, call.Request(), own.state);
	} else {
		transaction = call.GetSession().FindTransaction(transaction_id);
		lease.emplace(transaction->Acquire(call.Statement().Checker(), unread_rows));
		lease->SetUp(call.Request());
	}
	auto &connection = **this;
	RequireCatalogVersion(connection, Database().Name(), call.Request().catalog_version);
	call.Statement().SetInterrupt([&connection]() { connection.Interrupt(); });
}

CallConnection::~CallConnection() {
	call.Statement().SetInterrupt({});
	if (lease && !only_reads) {
		lease->CloseReaders();
	}
	if (own && leaves_nothing) {
		call.Server().engine.Connections().GiveBack(std::move(own));
	}
}

void CallConnection::MarkRead() {
	only_reads = true;
}

duckdb::Connection &CallConnection::operator*() {
	return lease ? lease->Connection() : *own.connection;
}

duckdb::Connection *CallConnection::operator->() {
	return &**this;
}

TransactionLease *CallConnection::InTransaction() {
	return lease ? &*lease : nullptr;
}

const DatabaseUse &CallConnection::Database() {
	return lease ? lease->Database() : call.UseDatabase();
}

uint64_t CallConnection::Version() {
	return CatalogVersion(**this, Database().Name());
}

EngineConnection CallConnection::TakeOwn() {
	call.Statement().SetInterrupt({});
	return std::move(own);
}

void CallConnection::LeaveNothing() {
	leaves_nothing = true;
}

} // namespace skein
