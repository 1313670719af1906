#include "client/distributed_flight_client.hpp"

#include <random>

#include <arrow/ipc/writer.h>

#include "client/transport/abandonable_call.hpp"
#include "client/transport/channel_connector.hpp"
#include "client/transport/client_connection.hpp"
#include "client/transport/flight_scan_reader.hpp"
#include "client/transport/flight_upload_writer.hpp"
#include "client/transport/server_address.hpp"
#include "protocol/errors.hpp"

namespace skein {

using arrow::Status;

struct DistributedFlightClient::State {
	State(std::string uri, ClientOptions options) : connection(std::move(uri), std::move(options)) {
	}

	//! By DoGet, which can be cancelled at any moment.
	Status CallWithoutLimit(const DistributedRequest &request, DistributedResponse &response);
	//! By DoAction, which cannot: an interrupted caller leaves it to its time limit.
	Status CallWithLimit(DistributedRequest request, DistributedResponse &response);
	//! Runs a call on the thread; what it returned, or that it was left alone.
	Status RunLimited(std::function<Status()> work, bool changes_data);

	ClientConnection connection;
	//! Runs the calls that cannot be cancelled.
	std::unique_ptr<BackgroundThread> thread;
};

namespace {

//! As the server counts; see server_counters.hpp. READ_RESULT counts when it was answered.
bool IsRoundTrip(RequestType type) {
	return type != RequestType::READ_RESULT && type != RequestType::OPEN_SESSION && type != RequestType::STATISTICS &&
	       type != RequestType::HEARTBEAT;
}

bool IsStatement(RequestType type) {
	return type >= RequestType::EXECUTE_SQL && type <= RequestType::UPDATE_DATA;
}

//! Calls that may rightly take long.
bool IsUnlimited(RequestType type) {
	return type == RequestType::EXECUTE_SQL || type == RequestType::DELETE_DATA ||
	       type == RequestType::COMMIT_TRANSACTION;
}

//! Calls that may have changed data for good although no answer came.
bool ChangesData(const DistributedRequest &request) {
	switch (request.type) {
	case RequestType::COMMIT_TRANSACTION:
		return true;
	case RequestType::EXECUTE_SQL:
	case RequestType::CREATE_TABLE:
	case RequestType::DROP_TABLE:
	case RequestType::DELETE_DATA:
		return request.transaction_id == 0;
	default:
		return false;
	}
}

void Count(ClientCounters &counters, RequestType type) {
	counters.round_trips += IsRoundTrip(type) ? 1 : 0;
	counters.statements += IsStatement(type) ? 1 : 0;
}

std::string RandomInsertId() {
	std::random_device device;
	std::string id;
	while (id.size() < 16) {
		auto word = device();
		id.append(reinterpret_cast<const char *>(&word), sizeof(word));
	}
	return id;
}

//! The response of a failed call says so itself.
Status WithResponse(Status status, DistributedResponse &response) {
	if (status.ok()) {
		return status;
	}
	response = DistributedResponse();
	response.error = ErrorFromFlightStatus(status);
	response.error_message = response.error ? response.error->message : status.message();
	return status;
}

Status CheckRequest(const DistributedRequest &request, const FlightChannel *channel) {
	if (!channel) {
		return MakeFlightStatus(ErrorCategory::INVALID_REQUEST, "The client is not connected: call Connect() first");
	}
	auto bytes = request.sql.size() + request.filter.size() + request.row_schema.size();
	if (bytes > limits::request_bytes_max) {
		return MakeFlightStatus(ErrorCategory::LIMIT_REACHED,
		                        "A request of " + std::to_string(bytes) + " bytes cannot be sent: at most " +
		                            std::to_string(limits::request_bytes_max) + " are accepted");
	}
	return Status::OK();
}

//! A request about a table named as SQL names it.
arrow::Result<DistributedRequest> TableRequest(RequestType type, const std::string &table) {
	DistributedRequest request;
	request.type = type;
	ARROW_RETURN_NOT_OK(SetTableName(table, request));
	return request;
}

} // namespace

//===--------------------------------------------------------------------===//
// Connection
//===--------------------------------------------------------------------===//
DistributedFlightClient::DistributedFlightClient(std::string uri, ClientOptions options)
    : state(std::make_unique<State>(std::move(uri), std::move(options))) {
}

DistributedFlightClient::~DistributedFlightClient() = default;

Status DistributedFlightClient::Connect() {
	auto &connection = state->connection;
	if (connection.channel) {
		return Status::OK();
	}
	ARROW_ASSIGN_OR_RAISE(auto address, ParseServerAddress(connection.uri));
	ChannelConnector connector(std::move(address), connection.options, state->thread);
	ARROW_ASSIGN_OR_RAISE(connection.channel, connector.Connect());
	return Status::OK();
}

const std::string &DistributedFlightClient::Uri() const {
	return state->connection.uri;
}

void DistributedFlightClient::SetSession(std::string session_id) {
	state->connection.session_id = std::move(session_id);
}

const std::string &DistributedFlightClient::Session() const {
	return state->connection.session_id;
}

void DistributedFlightClient::SetInterruptCheck(std::function<bool()> is_interrupted) {
	state->connection.options.is_interrupted = std::move(is_interrupted);
}

void DistributedFlightClient::SetIdleLimit(uint64_t idle_ms_max) {
	state->connection.options.idle_ms_max = idle_ms_max;
}

bool DistributedFlightClient::IsHealthy() const {
	return state->connection.healthy;
}

bool DistributedFlightClient::HasLostServer() const {
	return state->connection.lost_server;
}

bool DistributedFlightClient::IsLocal() const {
	auto &channel = state->connection.channel;
	return channel && channel->IsLocal();
}

//===--------------------------------------------------------------------===//
// Calls
//===--------------------------------------------------------------------===//
Status DistributedFlightClient::Call(DistributedRequest request, DistributedResponse &response) {
	auto &connection = state->connection;
	auto checked = CheckRequest(request, connection.channel.get());
	if (!checked.ok()) {
		return WithResponse(checked, response);
	}
	Count(*connection.counters, request.type);
	std::unique_ptr<ActiveStatement> active;
	if (IsStatement(request.type)) {
		active = std::make_unique<ActiveStatement>(connection.counters);
	}
	if (IsUnlimited(request.type)) {
		return WithResponse(state->CallWithoutLimit(request, response), response);
	}
	return WithResponse(state->CallWithLimit(std::move(request), response), response);
}

Status DistributedFlightClient::State::CallWithoutLimit(const DistributedRequest &request,
                                                        DistributedResponse &response) {
	auto handle = std::make_shared<CallHandle>();
	Status status;
	{
		CallWatcher::Guard guard(connection.watcher, connection.Watched(handle));
		status = connection.channel->Exchange(request, connection.session_id, handle, response);
	}
	return connection.Fail(status, handle->Reason(), ChangesData(request));
}

Status DistributedFlightClient::State::CallWithLimit(DistributedRequest request, DistributedResponse &response) {
	auto changes_data = ChangesData(request);
	auto answer = std::make_shared<DistributedResponse>();
	auto status = RunLimited([channel = connection.channel, session = connection.session_id,
	                          limit_ms = connection.options.idle_ms_max, request = std::move(request),
	                          answer]() { return channel->Call(request, session, limit_ms, *answer); },
	                         changes_data);
	if (status.ok()) {
		response = std::move(*answer);
	}
	return status;
}

Status DistributedFlightClient::State::RunLimited(std::function<Status()> work, bool changes_data) {
	Status status;
	auto patience = RunAbandonable(thread, CallPatience(connection.options.is_interrupted, 0), std::move(work), status);
	if (patience == PatienceState::INTERRUPTED) {
		// The call goes on without us: this connection is busy with it.
		connection.healthy = false;
		return connection.Fail(Status::Cancelled("interrupted"), CallCancelReason::INTERRUPTED, changes_data);
	}
	return connection.Fail(status, CallCancelReason::NONE, changes_data);
}

arrow::Result<std::unique_ptr<ScanReader>> DistributedFlightClient::Scan(DistributedRequest request) {
	auto &connection = state->connection;
	ARROW_RETURN_NOT_OK(CheckRequest(request, connection.channel.get()));
	Count(*connection.counters, request.type);
	auto active = IsStatement(request.type) ? std::make_unique<ActiveStatement>(connection.counters) : nullptr;
	auto opened = FlightScanReader::Open(connection, request, std::move(active));
	if (opened.ok() && request.type == RequestType::READ_RESULT) {
		connection.counters->round_trips++;
	}
	return opened;
}

arrow::Result<std::unique_ptr<UploadWriter>>
DistributedFlightClient::Upload(DistributedRequest request, const std::shared_ptr<arrow::Schema> &schema) {
	auto &connection = state->connection;
	ARROW_RETURN_NOT_OK(CheckRequest(request, connection.channel.get()));
	if (request.type == RequestType::INSERT_DATA && request.insert_id.empty()) {
		request.insert_id = RandomInsertId();
	}
	Count(*connection.counters, request.type);
	return FlightUploadWriter::Open(connection, request, schema);
}

arrow::Result<std::shared_ptr<arrow::Schema>> DistributedFlightClient::GetSchema(DistributedRequest request) {
	auto &connection = state->connection;
	ARROW_RETURN_NOT_OK(CheckRequest(request, connection.channel.get()));
	connection.counters->round_trips++;
	auto schema = std::make_shared<std::shared_ptr<arrow::Schema>>();
	ARROW_RETURN_NOT_OK(
	    state->RunLimited([channel = connection.channel, session = connection.session_id,
		                   limit_ms = connection.options.idle_ms_max, request = std::move(request),
		                   schema]() { return channel->GetSchema(request, session, limit_ms).Value(schema.get()); },
		                  /*changes_data=*/false));
	return *schema;
}

//===--------------------------------------------------------------------===//
// Operations by name
//===--------------------------------------------------------------------===//
Status DistributedFlightClient::ExecuteSQL(const std::string &sql, DistributedResponse &response) {
	DistributedRequest request;
	request.type = RequestType::EXECUTE_SQL;
	request.sql = sql;
	return Call(std::move(request), response);
}

Status DistributedFlightClient::Query(const std::string &sql, std::shared_ptr<arrow::RecordBatchReader> &reader) {
	DistributedRequest request;
	request.type = RequestType::EXECUTE_SQL;
	request.sql = sql;
	return Scan(std::move(request)).Value(&reader);
}

Status DistributedFlightClient::CreateTable(const std::string &table,
                                            const std::vector<RemoteColumnDefinition> &columns,
                                            DistributedResponse &response, bool if_not_exists) {
	auto request = TableRequest(RequestType::CREATE_TABLE, table);
	if (!request.ok()) {
		return WithResponse(request.status(), response);
	}
	request->column_definitions = columns;
	request->if_not_exists = if_not_exists;
	return Call(request.MoveValueUnsafe(), response);
}

Status DistributedFlightClient::CreateTable(const std::string &table, const std::shared_ptr<arrow::Schema> &schema,
                                            DistributedResponse &response, bool if_not_exists) {
	auto request = TableRequest(RequestType::CREATE_TABLE, table);
	if (!request.ok()) {
		return WithResponse(request.status(), response);
	}
	auto serialized = arrow::ipc::SerializeSchema(*schema);
	if (!serialized.ok()) {
		return WithResponse(state->connection.Fail(serialized.status(), CallCancelReason::NONE, false), response);
	}
	request->row_schema = (*serialized)->ToString();
	request->if_not_exists = if_not_exists;
	return Call(request.MoveValueUnsafe(), response);
}

Status DistributedFlightClient::DropTable(const std::string &table, DistributedResponse &response, bool if_exists) {
	auto request = TableRequest(RequestType::DROP_TABLE, table);
	if (!request.ok()) {
		return WithResponse(request.status(), response);
	}
	request->if_exists = if_exists;
	return Call(request.MoveValueUnsafe(), response);
}

Status DistributedFlightClient::TableExists(const std::string &table, DistributedResponse &response) {
	auto request = TableRequest(RequestType::TABLE_EXISTS, table);
	if (!request.ok()) {
		return WithResponse(request.status(), response);
	}
	return Call(request.MoveValueUnsafe(), response);
}

Status DistributedFlightClient::InsertData(const std::string &table, const std::shared_ptr<arrow::RecordBatch> &batch,
                                           DistributedResponse &response) {
	auto reader = arrow::RecordBatchReader::Make({batch}, batch->schema());
	if (!reader.ok()) {
		return WithResponse(state->connection.Fail(reader.status(), CallCancelReason::NONE, false), response);
	}
	return InsertData(table, *reader, response);
}

Status DistributedFlightClient::InsertData(const std::string &table,
                                           const std::shared_ptr<arrow::RecordBatchReader> &batches,
                                           DistributedResponse &response) {
	auto insert = [&]() -> Status {
		ARROW_ASSIGN_OR_RAISE(auto request, TableRequest(RequestType::INSERT_DATA, table));
		ARROW_ASSIGN_OR_RAISE(auto upload, Upload(std::move(request), batches->schema()));
		while (true) {
			std::shared_ptr<arrow::RecordBatch> batch;
			auto read = batches->ReadNext(&batch);
			if (!read.ok()) {
				return state->connection.Fail(read, CallCancelReason::NONE, false);
			}
			if (!batch) {
				return upload->Finish(response);
			}
			ARROW_RETURN_NOT_OK(upload->Write(*batch));
		}
	};
	return WithResponse(insert(), response);
}

Status DistributedFlightClient::ScanTable(const std::string &table, uint64_t limit, uint64_t offset,
                                          std::shared_ptr<arrow::RecordBatchReader> &reader) {
	ARROW_ASSIGN_OR_RAISE(auto request, TableRequest(RequestType::SCAN_TABLE, table));
	request.limit = limit;
	request.offset = offset;
	return Scan(std::move(request)).Value(&reader);
}

Status DistributedFlightClient::ScanTable(const std::string &table, std::shared_ptr<arrow::RecordBatchReader> &reader) {
	ARROW_ASSIGN_OR_RAISE(auto request, TableRequest(RequestType::SCAN_TABLE, table));
	return Scan(std::move(request)).Value(&reader);
}

Status DistributedFlightClient::DeleteData(const std::string &table, const std::string &condition,
                                           DistributedResponse &response) {
	auto request = TableRequest(RequestType::DELETE_DATA, table);
	if (!request.ok()) {
		return WithResponse(request.status(), response);
	}
	request->filter = condition;
	return Call(request.MoveValueUnsafe(), response);
}

} // namespace skein
