//! An open connection to a server, and the calls that end with one answer.
//!
//! Shared by a client and the threads its calls block in, so that a call which was left alone keeps what it touches.
//! Every member may be called from any thread; calls block until their answer, a failure or their time limit.
#pragma once

#include <memory>
#include <string>

#include <arrow/flight/client.h>
#include <arrow/result.h>

#include "client/transport/call_handle.hpp"
#include "protocol/distributed_protocol.hpp"

namespace skein {

class FlightChannel {
public:
	//! `is_local`: the server is on this host.
	FlightChannel(std::unique_ptr<arrow::flight::FlightClient> client, std::string token, bool is_local);

	bool IsLocal() const {
		return is_local;
	}
	arrow::flight::FlightClient &Client();
	//! Headers and time limit of a call. `session_id` may be empty; `milliseconds_max` 0: no limit.
	arrow::flight::FlightCallOptions CallOptions(const std::string &session_id, uint64_t milliseconds_max) const;

	//! DoAction. Statuses are Flight's own.
	arrow::Status Call(const DistributedRequest &request, const std::string &session_id, uint64_t milliseconds_max,
	                   DistributedResponse &response);
	//! The same by DoGet, answered in the stream's schema: it can be cancelled through `handle` and needs no time
	//! limit.
	arrow::Status Exchange(const DistributedRequest &request, const std::string &session_id,
	                       const std::shared_ptr<CallHandle> &handle, DistributedResponse &response);
	arrow::Result<std::shared_ptr<arrow::Schema>> GetSchema(const DistributedRequest &request,
	                                                        const std::string &session_id, uint64_t milliseconds_max);
	//! True if the server answered at all, be it with a refusal.
	bool ShowsLife(const std::string &session_id, uint64_t milliseconds_max);

private:
	std::unique_ptr<arrow::flight::FlightClient> client;
	std::string token;
	const bool is_local;
};

} // namespace skein
