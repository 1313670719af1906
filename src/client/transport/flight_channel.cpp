#include "client/transport/flight_channel.hpp"

#include <arrow/ipc/dictionary.h>

#include "client/transport/cancellable_transport.hpp"
#include "protocol/answer_schema.hpp"
#include "protocol/errors.hpp"

namespace skein {

namespace flight = arrow::flight;
using arrow::Status;

FlightChannel::FlightChannel(std::unique_ptr<flight::FlightClient> client_p, std::string token_p, bool is_local)
    : client(std::move(client_p)), token(std::move(token_p)), is_local(is_local) {
}

flight::FlightClient &FlightChannel::Client() {
	return *client;
}

flight::FlightCallOptions FlightChannel::CallOptions(const std::string &session_id, uint64_t milliseconds_max) const {
	flight::FlightCallOptions options;
	if (milliseconds_max > 0) {
		options.timeout = flight::TimeoutDuration(static_cast<double>(milliseconds_max) / 1000.0);
	}
	if (!token.empty()) {
		options.headers.emplace_back(AUTHORIZATION_HEADER, "Bearer " + token);
	}
	if (!session_id.empty()) {
		options.headers.emplace_back(SESSION_HEADER, session_id);
	}
	return options;
}

static Status DecodeResponse(std::string_view bytes, DistributedResponse &response) {
	try {
		response = DistributedResponse::Decode(bytes);
		return Status::OK();
	} catch (const MalformedMessage &error) {
		return Status::SerializationError("The server's answer is damaged: ", error.what());
	}
}

Status FlightChannel::Call(const DistributedRequest &request, const std::string &session_id, uint64_t milliseconds_max,
                           DistributedResponse &response) {
	flight::Action action {RequestTypeName(request.type), arrow::Buffer::FromString(request.Encode())};
	ARROW_ASSIGN_OR_RAISE(auto results, client->DoAction(CallOptions(session_id, milliseconds_max), action));
	std::shared_ptr<arrow::Buffer> answer;
	while (true) {
		ARROW_ASSIGN_OR_RAISE(auto result, results->Next());
		if (!result) {
			break;
		}
		answer = result->body;
	}
	if (!answer) {
		return Status::SerializationError("The server ended the call without an answer");
	}
	return DecodeResponse(std::string_view(*answer), response);
}

Status FlightChannel::Exchange(const DistributedRequest &request, const std::string &session_id,
                               const std::shared_ptr<CallHandle> &handle, DistributedResponse &response) {
	CallScope scope(handle);
	auto options = CallOptions(session_id, 0);
	options.headers.emplace_back(ANSWER_HEADER, "1");
	ARROW_ASSIGN_OR_RAISE(auto reader, client->DoGet(options, flight::Ticket {request.Encode()}));
	ARROW_ASSIGN_OR_RAISE(auto schema, reader->GetSchema());
	// The status comes after the last message.
	while (true) {
		ARROW_ASSIGN_OR_RAISE(auto chunk, reader->Next());
		if (!chunk.data && !chunk.app_metadata) {
			break;
		}
	}
	return AnswerOf(*schema).Value(&response);
}

arrow::Result<std::shared_ptr<arrow::Schema>>
FlightChannel::GetSchema(const DistributedRequest &request, const std::string &session_id, uint64_t milliseconds_max) {
	auto descriptor = flight::FlightDescriptor::Command(request.Encode());
	ARROW_ASSIGN_OR_RAISE(auto result, client->GetSchema(CallOptions(session_id, milliseconds_max), descriptor));
	arrow::ipc::DictionaryMemo dictionaries;
	return result->GetSchema(&dictionaries);
}

bool FlightChannel::ShowsLife(const std::string &session_id, uint64_t milliseconds_max) {
	DistributedRequest request;
	// Either is answered at once and counted nowhere; only a session has a heartbeat.
	request.type = session_id.empty() ? RequestType::STATISTICS : RequestType::HEARTBEAT;
	DistributedResponse response;
	auto status = Call(request, session_id, milliseconds_max, response);
	return status.ok() || ErrorFromFlightStatus(status).has_value();
}

} // namespace skein
