//! What a client, its scans and its uploads share: the channel, how to wait, how to count, how to fail.
//!
//! Owned by the client, which outlives its scans and uploads. Any thread, but for what the members say.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <arrow/status.h>

#include "client/client_counters.hpp"
#include "client/distributed_flight_client.hpp"
#include "client/transport/call_watcher.hpp"
#include "client/transport/flight_channel.hpp"

namespace skein {

struct ClientConnection {
	ClientConnection(std::string uri, ClientOptions options);

	const std::string uri;
	//! `is_interrupted` changes with SetInterruptCheck; streams keep the one they were opened with.
	ClientOptions options;
	std::shared_ptr<ClientCounters> counters;
	//! Null until connected.
	std::shared_ptr<FlightChannel> channel;
	std::string session_id;
	std::atomic<bool> healthy {true};
	//! A call found the server gone or going: so it is for every other connection to it.
	std::atomic<bool> lost_server {false};
	CallWatcher watcher;

	//! A call of this handle as the watcher wants it, with today's session and interrupt question.
	WatchedCall Watched(std::shared_ptr<CallHandle> handle) const;
	//! The error users get for a failed call: what the server said; else why this side ended it; else what the
	//! transport says. Notes where the connection is not to be used again.
	arrow::Status Fail(const arrow::Status &status, CallCancelReason reason, bool write_in_flight);
};

//! Counts a statement as active while it lives.
class ActiveStatement {
public:
	explicit ActiveStatement(std::shared_ptr<ClientCounters> counters);
	~ActiveStatement();
	ActiveStatement(const ActiveStatement &) = delete;
	ActiveStatement &operator=(const ActiveStatement &) = delete;

private:
	std::shared_ptr<ClientCounters> counters;
};

} // namespace skein
