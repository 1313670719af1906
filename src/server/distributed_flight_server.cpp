#include "server/distributed_flight_server.hpp"

#include <thread>

#include <arrow/buffer.h>

#include "protocol/answer_schema.hpp"
#include "protocol/errors.hpp"
#include "protocol/frame_batch.hpp"
#include "server/call.hpp"
#include "server/catalog_requests.hpp"
#include "server/describe.hpp"
#include "server/execute_sql.hpp"
#include "server/request_error.hpp"
#include "server/scan.hpp"
#include "server/shared_result.hpp"
#include "server/small_result.hpp"
#include "server/table_requests.hpp"
#include "server/transaction_requests.hpp"
#include "server/upload.hpp"

namespace skein {

namespace flight = arrow::flight;
using arrow::Status;

//===--------------------------------------------------------------------===//
// Actions
//===--------------------------------------------------------------------===//
namespace {

struct ActionHandler {
	RequestType type;
	const char *description;
	DistributedResponse (*handle)(Call &call);
};

constexpr ActionHandler ACTIONS[] = {
    {RequestType::EXECUTE_SQL, "Runs statements that return no rows, several as one transaction", HandleExecuteSQL},
    {RequestType::CREATE_TABLE, "Creates a table", HandleCreateTable},
    {RequestType::DROP_TABLE, "Drops a table", HandleDropTable},
    {RequestType::TABLE_EXISTS, "Says whether a table or view exists", HandleTableExists},
    {RequestType::DELETE_DATA, "Deletes the rows a condition is true for", HandleDeleteData},
    {RequestType::OPEN_SESSION, "Opens a session", HandleOpenSession},
    {RequestType::CLOSE_SESSION, "Closes the call's session", HandleCloseSession},
    {RequestType::BEGIN_TRANSACTION, "Begins a transaction of the session", HandleBeginTransaction},
    {RequestType::COMMIT_TRANSACTION, "Commits it", HandleCommitTransaction},
    {RequestType::ROLLBACK_TRANSACTION, "Rolls it back", HandleRollbackTransaction},
    {RequestType::HEARTBEAT, "Renews the session's lease", HandleHeartbeat},
    {RequestType::STATISTICS, "What was served so far", HandleStatistics},
    {RequestType::CATALOG, "What a database holds; makes the database where that is asked for", HandleCatalog},
    {RequestType::DROP_DATABASE, "Drops a database that was made on request", HandleDropDatabase},
};

const ActionHandler *FindAction(RequestType type) {
	for (auto &handler : ACTIONS) {
		if (handler.type == type) {
			return &handler;
		}
	}
	return nullptr;
}

//! Fields 1 and 2 of an Any are a type's name and its bytes; ours begin with a number.
bool IsFlightSql(std::string_view bytes) {
	static constexpr char ANY_FIRST_BYTE = '\x0a';
	return !bytes.empty() && bytes[0] == ANY_FIRST_BYTE;
}

//! One place for every command: a ticket's, a descriptor's, an action's.
DistributedRequest DecodeCommand(const ServerContext &server, std::string_view bytes) {
	if (IsFlightSql(bytes)) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "Flight SQL commands are not served; send a DistributedRequest");
	}
	return DecodeRequest(bytes, server.limits.request_bytes_max);
}

std::string_view CommandOf(const flight::FlightDescriptor &descriptor) {
	if (descriptor.type != flight::FlightDescriptor::CMD) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "Descriptors must carry a command, a DistributedRequest; paths are not served");
	}
	return descriptor.cmd;
}

std::string_view BodyOf(const flight::Action &action) {
	return action.body ? std::string_view(*action.body) : std::string_view();
}

//! Takes one call from its bytes to its status: `decode` gives the request, `serve` does the work and may keep the
//! call.
template <class DECODE, class SERVE>
Status ServeCall(ServerContext &server, const flight::ServerCallContext &context, CallMethod method, DECODE decode,
                 SERVE serve) {
	DistributedError error;
	std::unique_ptr<Call> call;
	auto type = RequestType::UNSPECIFIED;
	auto status = RunGuarded(
	    [&]() {
		    auto request = decode();
		    type = request.type;
		    call = std::make_unique<Call>(server, context, method, std::move(request));
		    serve(call);
	    },
	    error);
	if (!status.ok() && call) {
		call->SetError(error);
	} else if (!status.ok()) {
		Call::RecordRefusal(server, context, method, type, error);
	}
	return status;
}

DistributedRequest DecodeAction(const ServerContext &server, const flight::Action &action) {
	auto type = RequestTypeFromName(action.type);
	if (!FindAction(type)) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "There is no action \"" + action.type + "\"; ListActions names those there are");
	}
	auto request = DecodeCommand(server, BodyOf(action));
	if (request.type != type) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, "The action is " + action.type +
		                                                       ", but its request is of type " +
		                                                       std::to_string(static_cast<uint32_t>(request.type)));
	}
	return request;
}

//! What is here at once, or else a result that further calls may join.
std::unique_ptr<RowSource> StartRows(Call &call, std::unique_ptr<RowSource> source) {
	source = ReadSmallResult(call, std::move(source));
	const bool is_shared = call.Request().shares_result && source->can_be_shared && !source->is_complete;
	return is_shared ? ShareRows(call, std::move(source)) : std::move(source);
}

std::unique_ptr<RowSource> OpenTicket(Call &call) {
	switch (call.Request().type) {
	case RequestType::SCAN_TABLE:
		return StartRows(call, OpenScan(call));
	case RequestType::EXECUTE_SQL:
		return StartRows(call, OpenQuery(call));
	case RequestType::READ_RESULT:
		return JoinResult(call);
	default:
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "A ticket (DoGet) carries SCAN_TABLE, EXECUTE_SQL or READ_RESULT, not " +
		                       std::string(RequestTypeName(call.Request().type)));
	}
}

//! The rows a change returns, then its answer. The change is made, whatever becomes of the connection.
void SendReturnedRows(Call &call, RowSource &source, flight::FlightMessageWriter &writer) {
	auto schema = source.Schema();
	if (!writer.Begin(schema).ok()) {
		return;
	}
	DistributedResponse response;
	while (auto encoded = source.Next(call.Statement().Checker())) {
		if (!writer.WriteRecordBatch(*encoded->batch).ok()) {
			return;
		}
		auto rows = RecordBatchRows(*encoded->batch);
		response.rows_affected += rows;
		call.CountSent(rows, encoded->wire_bytes);
	}
	response.catalog_version = source.catalog_version;
	response.success = true;
	(void)writer.WriteMetadata(arrow::Buffer::FromString(response.Encode()));
}

//! A request of DoAction that came another way.
DistributedResponse RunAction(Call &call) {
	auto handler = FindAction(call.Request().type);
	if (!handler) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "DoExchange, and DoGet with header " + std::string(ANSWER_HEADER) +
		                       ", carry the requests of DoAction, and DoExchange uploads with returning_columns, not " +
		                       RequestTypeName(call.Request().type));
	}
	DistributedResponse response;
	call.Run([&]() { response = handler->handle(call); });
	return response;
}

//! Answered by one message.
void ServeAction(Call &call, flight::FlightMessageWriter &writer) {
	auto response = RunAction(call);
	// Done either way: a client that does not get this has to take the outcome for unknown.
	(void)writer.WriteMetadata(arrow::Buffer::FromString(response.Encode()));
}

} // namespace

//===--------------------------------------------------------------------===//
// Life
//===--------------------------------------------------------------------===//
DistributedFlightServer::DistributedFlightServer(Engine &engine, ServerLimits limits, ServerEvents &events)
    : server(std::make_unique<ServerContext>(engine, limits, events)) {
}

DistributedFlightServer::~DistributedFlightServer() {
	InterruptAll();
}

void DistributedFlightServer::StartDraining() {
	server->draining = true;
}

bool DistributedFlightServer::IsDraining() const {
	return server->draining;
}

uint64_t DistributedFlightServer::ActiveStatements() const {
	return server->statements.Count();
}

uint64_t DistributedFlightServer::OpenTransactions() const {
	return server->open_transactions;
}

bool DistributedFlightServer::WaitForIdle(std::chrono::steady_clock::time_point deadline) {
	while (ActiveStatements() > 0 || OpenTransactions() > 0) {
		if (std::chrono::steady_clock::now() >= deadline) {
			return false;
		}
		std::this_thread::sleep_for(CANCEL_POLL);
	}
	return true;
}

void DistributedFlightServer::InterruptAll() {
	server->draining = true;
	server->statements.CancelAll();
	server->sessions.EndAll("shutdown");
}

void DistributedFlightServer::EndSessions(const char *reason) {
	server->sessions.EndAll(reason);
}

//===--------------------------------------------------------------------===//
// Flight
//===--------------------------------------------------------------------===//
Status DistributedFlightServer::DoAction(const flight::ServerCallContext &context, const flight::Action &action,
                                         std::unique_ptr<flight::ResultStream> *result) {
	return ServeCall(
	    *server, context, CallMethod::DO_ACTION, [&]() { return DecodeAction(*server, action); },
	    [&](std::unique_ptr<Call> &call) {
		    DistributedResponse response;
		    call->Run([&]() { response = FindAction(call->Request().type)->handle(*call); });
		    std::vector<flight::Result> results(1);
		    results[0].body = arrow::Buffer::FromString(response.Encode());
		    *result = std::make_unique<flight::SimpleResultStream>(std::move(results));
	    });
}

Status DistributedFlightServer::DoExchange(const flight::ServerCallContext &context,
                                           std::unique_ptr<flight::FlightMessageReader> reader,
                                           std::unique_ptr<flight::FlightMessageWriter> writer) {
	return ServeCall(
	    *server, context, CallMethod::DO_EXCHANGE,
	    [&]() { return DecodeCommand(*server, CommandOf(reader->descriptor())); },
	    [&](std::unique_ptr<Call> &call) {
		    if (!IsReturningUpload(call->Request())) {
			    ServeAction(*call, *writer);
			    return;
		    }
		    call->Run([&]() {
			    auto source = OpenUpload(*call, *reader);
			    SendReturnedRows(*call, *source, *writer);
		    });
	    });
}

Status DistributedFlightServer::ListActions(const flight::ServerCallContext &context,
                                            std::vector<flight::ActionType> *actions) {
	for (auto &handler : ACTIONS) {
		actions->push_back(flight::ActionType {RequestTypeName(handler.type), handler.description});
	}
	return Status::OK();
}

//! Runs a request of DoAction that came as a ticket; an action to everything but Flight.
static Status AnswerTicket(ServerContext &server, const flight::ServerCallContext &context,
                           const flight::Ticket &ticket, std::unique_ptr<flight::FlightDataStream> *stream) {
	return ServeCall(
	    server, context, CallMethod::DO_ACTION, [&]() { return DecodeCommand(server, ticket.ticket); },
	    [&](std::unique_ptr<Call> &call) {
		    auto schema = AnswerSchema(RunAction(*call));
		    auto reader = arrow::RecordBatchReader::Make({}, std::move(schema));
		    *stream = std::make_unique<flight::RecordBatchStream>(ValueOrThrow(std::move(reader), "Answering"));
	    });
}

Status DistributedFlightServer::DoGet(const flight::ServerCallContext &context, const flight::Ticket &ticket,
                                      std::unique_ptr<flight::FlightDataStream> *stream) {
	if (context.incoming_headers().find(ANSWER_HEADER) != context.incoming_headers().end()) {
		return AnswerTicket(*server, context, ticket, stream);
	}
	return ServeCall(
	    *server, context, CallMethod::DO_GET, [&]() { return DecodeCommand(*server, ticket.ticket); },
	    [&](std::unique_ptr<Call> &call) {
		    std::unique_ptr<RowSource> source;
		    call->Run([&]() { source = OpenTicket(*call); });
		    *stream = MakeCallStream(std::move(call), std::move(source));
	    });
}

Status DistributedFlightServer::DoPut(const flight::ServerCallContext &context,
                                      std::unique_ptr<flight::FlightMessageReader> reader,
                                      std::unique_ptr<flight::FlightMetadataWriter> writer) {
	return ServeCall(
	    *server, context, CallMethod::DO_PUT, [&]() { return DecodeCommand(*server, CommandOf(reader->descriptor())); },
	    [&](std::unique_ptr<Call> &call) {
		    DistributedResponse response;
		    call->Run([&]() { response = HandleUpload(*call, *reader); });
		    // Done either way: a client that does not get this has to take the outcome for unknown.
		    auto ignored = writer->WriteMetadata(*arrow::Buffer::FromString(response.Encode()));
		    (void)ignored;
	    });
}

Status DistributedFlightServer::GetFlightInfo(const flight::ServerCallContext &context,
                                              const flight::FlightDescriptor &descriptor,
                                              std::unique_ptr<flight::FlightInfo> *info) {
	return ServeCall(
	    *server, context, CallMethod::GET_FLIGHT_INFO, [&]() { return DecodeCommand(*server, CommandOf(descriptor)); },
	    [&](std::unique_ptr<Call> &call) {
		    auto description = DescribeRequest(*call);
		    flight::FlightEndpoint endpoint;
		    endpoint.ticket.ticket = descriptor.cmd;
		    auto made =
		        flight::FlightInfo::Make(*description.schema, descriptor, {endpoint}, description.total_rows, -1,
				                         /*ordered=*/true);
		    *info = std::make_unique<flight::FlightInfo>(ValueOrThrow(std::move(made), "Describing the request"));
	    });
}

Status DistributedFlightServer::GetSchema(const flight::ServerCallContext &context,
                                          const flight::FlightDescriptor &descriptor,
                                          std::unique_ptr<flight::SchemaResult> *schema) {
	return ServeCall(
	    *server, context, CallMethod::GET_SCHEMA, [&]() { return DecodeCommand(*server, CommandOf(descriptor)); },
	    [&](std::unique_ptr<Call> &call) {
		    auto description = DescribeRequest(*call);
		    *schema = ValueOrThrow(flight::SchemaResult::Make(*description.schema), "Describing the request");
	    });
}

} // namespace skein
