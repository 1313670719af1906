#include "client/transport/client_connection.hpp"

#include "protocol/errors.hpp"

namespace skein {

ClientConnection::ClientConnection(std::string uri_p, ClientOptions options_p)
    : uri(std::move(uri_p)), options(std::move(options_p)), counters(options.counters) {
	if (!counters) {
		counters = std::make_shared<ClientCounters>();
	}
}

WatchedCall ClientConnection::Watched(std::shared_ptr<CallHandle> handle) const {
	WatchedCall call;
	call.handle = std::move(handle);
	call.is_interrupted = options.is_interrupted;
	call.idle_ms_max = options.idle_ms_max;
	if (call.idle_ms_max > 0) {
		call.is_server_alive = [shared_channel = channel, session = session_id, limit = call.idle_ms_max]() {
			return shared_channel->ShowsLife(session, limit);
		};
	}
	return call;
}

arrow::Status ClientConnection::Fail(const arrow::Status &status, CallCancelReason reason, bool write_in_flight) {
	if (status.ok()) {
		return status;
	}
	auto server_error = ErrorFromFlightStatus(status);
	if (server_error && (reason == CallCancelReason::NONE || server_error->category != ErrorCategory::CANCELLED)) {
		if (server_error->category == ErrorCategory::SERVER_UNAVAILABLE) {
			healthy = false;
			lost_server = true;
		}
		return MakeFlightStatus(*server_error);
	}
	switch (reason) {
	case CallCancelReason::INTERRUPTED:
		return MakeFlightStatus(ErrorCategory::CANCELLED,
		                        write_in_flight ? "Interrupted while a change was under way: it may have been made or "
		                                          "not. Look at the data before repeating it"
		                                        : "Interrupted");
	case CallCancelReason::CANCELLED:
		return MakeFlightStatus(ErrorCategory::CANCELLED, "The call to " + uri + " was cancelled");
	case CallCancelReason::SERVER_SILENT:
		healthy = false;
		lost_server = true;
		return MakeFlightStatus(write_in_flight ? ErrorCategory::OUTCOME_UNKNOWN : ErrorCategory::SERVER_UNAVAILABLE,
		                        uri + " has shown no sign of life for " + std::to_string(options.idle_ms_max) +
		                            " ms. " +
		                            (write_in_flight ? "The change may have been made or not: look at the data before "
		                                               "repeating it"
		                                             : "Check that the server and the network work"));
	case CallCancelReason::NONE:
		break;
	}
	auto error = DescribeFailure(status, uri, write_in_flight);
	if (error.category != ErrorCategory::INVALID_REQUEST) {
		healthy = false;
		lost_server = true;
	}
	return MakeFlightStatus(error);
}

ActiveStatement::ActiveStatement(std::shared_ptr<ClientCounters> counters_p) : counters(std::move(counters_p)) {
	counters->active_statements++;
}

ActiveStatement::~ActiveStatement() {
	counters->active_statements--;
}

} // namespace skein
