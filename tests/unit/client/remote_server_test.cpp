#include "client/pool/remote_server.hpp"

#include <latch>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "client/skein_settings.hpp"
#include "duckdb.hpp"
#include "protocol/errors.hpp"
#include "protocol/flight_peer.hpp"

namespace skein {
namespace {

constexpr int THREADS = 8;
constexpr int ROUNDS = 60;
constexpr int SESSION_ROUNDS = 300;
constexpr const char *FAILING = "fail";

//! Runs `work` in all threads at once; the argument is the thread's number.
void RunThreads(const std::function<void(int)> &work) {
	std::latch together(THREADS);
	std::vector<std::thread> threads;
	for (int i = 0; i < THREADS; i++) {
		threads.emplace_back([&, i]() {
			together.arrive_and_wait();
			work(i);
		});
	}
	for (auto &thread : threads) {
		thread.join();
	}
}

//! Things that one thread at a time may have.
template <class T>
class Exclusive {
public:
	void Take(const T &thing) {
		std::lock_guard<std::mutex> guard(lock);
		EXPECT_TRUE(taken.insert(thing).second) << "two have it at once";
		EXPECT_FALSE(gone.count(thing)) << "it was dropped";
	}
	void Give(const T &thing, bool drop) {
		std::lock_guard<std::mutex> guard(lock);
		EXPECT_EQ(taken.erase(thing), 1U);
		if (drop) {
			gone.insert(thing);
		}
	}

private:
	std::mutex lock;
	std::set<T> taken;
	std::set<T> gone;
};

//! A server that opens sessions s1, s2, ..., and answers EXECUTE_SQL with what it was asked, or as one that goes down.
class Peer {
public:
	Peer() {
		peer.on_hello = [this, answer = peer.on_hello](auto &context, auto &request) {
			connections++;
			return answer(context, request);
		};
		peer.on_action = [this](auto &context, auto &request) {
			return Answer(context, request);
		};
		peer.Start();
	}

	std::string Uri() const {
		return peer.Uri();
	}
	//! How often each session showed life since it was last asked.
	std::map<std::string, int> TakeHeartbeats() {
		std::lock_guard<std::mutex> guard(lock);
		return std::exchange(heartbeats, {});
	}

	//! Connections that said hello, sessions that were opened.
	std::atomic<int> connections {0};
	std::atomic<int> sessions {0};
	std::atomic<uint64_t> lease_milliseconds {60000};

private:
	arrow::Result<DistributedResponse> Answer(const flight::ServerCallContext &context,
	                                          const DistributedRequest &request) {
		auto header = context.incoming_headers().find("x-skein-session");
		auto session = header == context.incoming_headers().end() ? std::string() : std::string(header->second);
		DistributedResponse response;
		response.success = true;
		response.protocol_version = PROTOCOL_VERSION;
		if (request.type == RequestType::OPEN_SESSION) {
			response.session_id = "s" + std::to_string(++sessions);
			response.lease_milliseconds = lease_milliseconds;
		} else if (request.type == RequestType::HEARTBEAT) {
			std::lock_guard<std::mutex> guard(lock);
			heartbeats[session]++;
		} else if (request.sql == FAILING) {
			return MakeFlightStatus(ErrorCategory::SERVER_UNAVAILABLE, "going down");
		} else {
			response.session_id = session + "/" + request.sql;
		}
		return response;
	}

	std::mutex lock;
	std::map<std::string, int> heartbeats;
	FlightPeer peer;
};

arrow::Status Ask(DistributedFlightClient &connection, const std::string &sql, std::string &answer) {
	DistributedRequest request;
	request.type = RequestType::EXECUTE_SQL;
	request.sql = sql;
	DistributedResponse response;
	auto status = connection.Call(std::move(request), response);
	answer = response.session_id;
	return status;
}

class RemoteServerTest : public ::testing::Test {
protected:
	RemoteServerTest() {
		SkeinSettings::Register(*database.instance);
	}
	//! A DuckDB connection whose leases keep that many connections.
	std::unique_ptr<duckdb::Connection> WithPool(int count) {
		auto result = std::make_unique<duckdb::Connection>(database);
		auto set = result->Query("SET skein_pool_connections_count = " + std::to_string(count));
		EXPECT_FALSE(set->HasError()) << set->GetError();
		return result;
	}
	//! How many of `wanted` leases at once are of connections that were idle.
	int CountIdle(int wanted) {
		auto before = peer.connections.load();
		std::vector<ConnectionLease> leases;
		for (int i = 0; i < wanted; i++) {
			leases.push_back(server.Connect(nullptr));
		}
		return wanted - (peer.connections - before);
	}

	Peer peer;
	duckdb::DuckDB database {nullptr};
	RemoteServer server {peer.Uri(), {}};
};

//===--------------------------------------------------------------------===//
// Connections
//===--------------------------------------------------------------------===//
TEST_F(RemoteServerTest, AConnectionIsOneThreadsAndUnhealthyOnesAreDropped) {
	Exclusive<DistributedFlightClient *> connections;
	std::atomic<int> dropped {0};
	RunThreads([&](int number) {
		std::mt19937 random(number);
		auto pool = WithPool(THREADS);
		for (int i = 0; i < ROUNDS; i++) {
			auto lease = server.Connect(pool->context.get());
			auto *connection = &*lease;
			connections.Take(connection);
			EXPECT_TRUE(connection->IsHealthy());
			const auto mine = std::to_string(number) + "." + std::to_string(i);
			connection->SetSession(mine);
			std::string answer;
			EXPECT_TRUE(Ask(*connection, mine, answer).ok());
			EXPECT_EQ(answer, mine + "/" + mine);
			if (random() % 8 == 0) {
				EXPECT_FALSE(Ask(*connection, FAILING, answer).ok());
				dropped++;
			}
			// Not as dropped: a later connection may lie at the same address.
			connections.Give(connection, false);
		}
	});
	ASSERT_GT(dropped, 0);
	EXPECT_GE(peer.connections, dropped) << "each was opened";
	EXPECT_LE(peer.connections, (dropped + 1) * THREADS) << "a lost server costs those there are, once each";
	// The sessions of those before do not stay with them.
	std::string answer;
	EXPECT_TRUE(Ask(*server.Connect(nullptr), "last", answer).ok());
	EXPECT_EQ(answer, "/last");
}

TEST_F(RemoteServerTest, WhatWasConnectedToALostServerIsNotKept) {
	std::string answer;
	auto given_back_late = server.Connect(nullptr);
	{
		auto given_back_early = server.Connect(nullptr);
		auto failing = server.Connect(nullptr);
		given_back_early = ConnectionLease();
		EXPECT_FALSE(Ask(*failing, FAILING, answer).ok());
	}
	const int before = peer.connections;
	EXPECT_TRUE(given_back_late->IsHealthy());
	given_back_late = ConnectionLease();
	EXPECT_TRUE(Ask(*server.Connect(nullptr), "a", answer).ok());
	EXPECT_EQ(peer.connections, before + 1) << "neither of the others was used";
	EXPECT_TRUE(Ask(*server.Connect(nullptr), "b", answer).ok());
	EXPECT_EQ(peer.connections, before + 1) << "what came after it is kept";
}

TEST_F(RemoteServerTest, AsManyAreKeptAsTheSettingSays) {
	for (int kept : {0, 2, 5}) {
		RemoteServer own(peer.Uri(), {});
		std::latch all_have_one(THREADS);
		auto before = peer.connections.load();
		RunThreads([&](int) {
			auto pool = WithPool(kept);
			{
				auto lease = own.Connect(pool->context.get());
				all_have_one.arrive_and_wait();
			}
			for (int i = 0; i < 5; i++) {
				own.Connect(pool->context.get());
			}
		});
		EXPECT_GE(peer.connections, before + THREADS);
		std::vector<ConnectionLease> leases;
		before = peer.connections;
		for (int i = 0; i < THREADS; i++) {
			leases.push_back(own.Connect(nullptr));
		}
		EXPECT_EQ(peer.connections, before + THREADS - kept) << "idle ones are used first";
	}
}

TEST_F(RemoteServerTest, WhatOneLeaseAskedForDoesNotReachTheNext) {
	std::string answer;
	{
		auto lease = server.Connect(nullptr);
		lease->SetSession("mine");
		lease->SetInterruptCheck([]() { return true; });
	}
	auto lease = server.Connect(nullptr);
	EXPECT_EQ(peer.connections, 1);
	EXPECT_TRUE(Ask(*lease, "next", answer).ok());
	EXPECT_EQ(answer, "/next");
}

TEST_F(RemoteServerTest, AMovedConnectionLeavesNothingBehind) {
	auto first = server.Connect(nullptr);
	auto *connection = &*first;
	ConnectionLease second(std::move(first));
	EXPECT_FALSE(first);
	EXPECT_EQ(&*second, connection);
	auto third = server.Connect(nullptr);
	ASSERT_NE(&*third, connection);
	// What `third` had is idle, what `second` had is still in use.
	third = std::move(second);
	EXPECT_FALSE(second);
	EXPECT_EQ(&*third, connection);
	EXPECT_EQ(CountIdle(2), 1);
	second = ConnectionLease();
	EXPECT_FALSE(second);
	third = ConnectionLease();
	EXPECT_FALSE(third);
}

//===--------------------------------------------------------------------===//
// Sessions
//===--------------------------------------------------------------------===//
TEST_F(RemoteServerTest, ASessionIsOneTransactionsAndDroppedOnesNeverComeBack) {
	Exclusive<std::string> sessions;
	std::atomic<int> dropped {0};
	std::atomic<bool> done {false};
	std::atomic<int> rounds {0};
	auto connection = server.Connect(nullptr);
	auto held = server.OpenSession(*connection);
	std::thread heart([&]() {
		while (!done || rounds == 0) {
			server.KeepSessionsAlive();
			rounds++;
		}
	});
	RunThreads([&](int number) {
		std::mt19937 random(number);
		auto own = server.Connect(nullptr);
		for (int i = 0; i < SESSION_ROUNDS; i++) {
			auto session = server.OpenSession(*own);
			const auto id = session.Id();
			sessions.Take(id);
			// A chain of owners, as a transaction that changes hands.
			SessionLease moved(std::move(session));
			EXPECT_EQ(moved.Id(), id);
			const bool reusable = random() % 4 != 0;
			if (reusable) {
				moved.MarkReusable();
			} else {
				dropped++;
			}
			sessions.Give(id, !reusable);
		}
	});
	done = true;
	heart.join();
	ASSERT_GT(dropped, 0);
	EXPECT_LE(peer.sessions, 1 + dropped + THREADS) << "reusable ones were used again";
	EXPECT_GE(peer.TakeHeartbeats()[held.Id()], rounds) << "every round reached the one in use";
	server.KeepSessionsAlive();
	EXPECT_EQ(peer.TakeHeartbeats(), (std::map<std::string, int> {{held.Id(), 1}})) << "and now it alone";
}

TEST_F(RemoteServerTest, AMovedSessionLeavesNothingBehind) {
	auto connection = server.Connect(nullptr);
	auto first = server.OpenSession(*connection);
	first.MarkReusable();
	SessionLease second(std::move(first));
	EXPECT_EQ(first.Id(), "");
	EXPECT_EQ(second.Id(), "s1");
	auto third = server.OpenSession(*connection);
	EXPECT_EQ(third.Id(), "s2");
	// s2 was not marked: dropped here and now, not when `second` ends.
	third = std::move(second);
	EXPECT_EQ(second.Id(), "");
	EXPECT_EQ(third.Id(), "s1");
	server.KeepSessionsAlive();
	EXPECT_EQ(peer.TakeHeartbeats(), (std::map<std::string, int> {{"s1", 1}}));
	// The mark moved along.
	third = SessionLease();
	server.KeepSessionsAlive();
	EXPECT_EQ(peer.TakeHeartbeats().size(), 0U) << "an idle one may lapse";
	auto again = server.OpenSession(*connection);
	EXPECT_EQ(again.Id(), "s1");
	server.KeepSessionsAlive();
	EXPECT_EQ(peer.TakeHeartbeats(), (std::map<std::string, int> {{"s1", 1}}));
	EXPECT_EQ(server.OpenSession(*connection).Id(), "s3");
}

TEST_F(RemoteServerTest, AnIdleSessionThatMayLapseIsNotUsed) {
	auto connection = server.Connect(nullptr);
	peer.lease_milliseconds = 1;
	server.OpenSession(*connection).MarkReusable();
	EXPECT_EQ(server.HeartbeatInterval(), std::chrono::milliseconds(1));
	std::this_thread::sleep_for(std::chrono::milliseconds(2));
	EXPECT_EQ(server.OpenSession(*connection).Id(), "s2");
}

} // namespace
} // namespace skein
