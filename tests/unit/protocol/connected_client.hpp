//! A connected client of a FlightPeer, for tests of its calls.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "client/client_counters.hpp"
#include "client/distributed_flight_client.hpp"
#include "protocol/errors.hpp"
#include "protocol/flight_peer.hpp"

namespace skein {

constexpr auto HANG_LIMIT = std::chrono::seconds(60);

//! Set once, waited for by others; a wait that hangs fails its test.
class Signal {
public:
	void Set() {
		std::lock_guard<std::mutex> guard(lock);
		is_set = true;
		changed.notify_all();
	}
	bool Wait() {
		std::unique_lock<std::mutex> guard(lock);
		return changed.wait_for(guard, HANG_LIMIT, [this]() { return is_set; });
	}

private:
	std::mutex lock;
	std::condition_variable changed;
	bool is_set = false;
};

//! Waits as a server's handler until its call is cancelled; false if that never happens.
inline bool WaitForCancel(const flight::ServerCallContext &context) {
	auto deadline = std::chrono::steady_clock::now() + HANG_LIMIT;
	while (!context.is_cancelled()) {
		if (std::chrono::steady_clock::now() > deadline) {
			return false;
		}
		std::this_thread::sleep_for(std::chrono::milliseconds(5));
	}
	return true;
}

inline ErrorCategory CategoryOf(const arrow::Status &status) {
	auto error = ErrorFromFlightStatus(status);
	EXPECT_TRUE(error.has_value()) << status.ToString();
	return error ? error->category : ErrorCategory::UNSPECIFIED;
}

class ConnectedClient : public ::testing::Test {
protected:
	void Connect() {
		peer.Start();
		options.counters = counters;
		client = std::make_unique<DistributedFlightClient>(peer.Uri(), options);
		auto status = client->Connect();
		ASSERT_TRUE(status.ok()) << status.ToString();
	}

	// What handlers use outlives the peer: it may still run one when a test is over.
	std::atomic<bool> interrupted {false};
	std::atomic<int> heartbeats {0};
	Signal may_return;
	Signal server_noticed;
	Signal waiting;
	Signal got_rows;
	FlightPeer peer;
	std::shared_ptr<ClientCounters> counters = std::make_shared<ClientCounters>();
	ClientOptions options;
	std::unique_ptr<DistributedFlightClient> client;
};

} // namespace skein
