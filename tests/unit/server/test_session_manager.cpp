#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "expect_refusal.hpp"
#include "server/session_manager.hpp"
#include "waiting.hpp"

namespace skein {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds LONG_LEASE {600000};
constexpr milliseconds SHORT_LEASE {20};
constexpr milliseconds REAP_INTERVAL {5};

class SessionManagerTest : public ::testing::Test {
protected:
	void Start(milliseconds lease, uint64_t sessions_max = 100) {
		manager = std::make_unique<SessionManager>(lease, sessions_max, REAP_INTERVAL,
		                                           [this](uint64_t number, const char *reason) {
			                                           std::lock_guard<std::mutex> guard(mutex);
			                                           ended.push_back(std::to_string(number) + " " + reason);
		                                           });
	}
	std::vector<std::string> Ended() {
		std::lock_guard<std::mutex> guard(mutex);
		return ended;
	}

	std::mutex mutex;
	std::vector<std::string> ended;
	std::unique_ptr<SessionManager> manager;
};

TEST_F(SessionManagerTest, IdsAreRandomAndFindTheirSession) {
	Start(LONG_LEASE);
	std::set<std::string> ids;
	for (int i = 0; i < 50; i++) {
		auto session = manager->Open();
		EXPECT_EQ(session->id.size(), 32u);
		EXPECT_EQ(session->id.find_first_not_of("0123456789abcdef"), std::string::npos);
		ids.insert(session->id);
		EXPECT_EQ(&*manager->Acquire(session->id), &*session);
	}
	EXPECT_EQ(ids.size(), 50u);
	EXPECT_EQ(manager->Count(), 50u);
}

TEST_F(SessionManagerTest, UnknownAndMalformedIdsAreToldApart) {
	Start(LONG_LEASE);
	EXPECT_REFUSAL(manager->Acquire(std::string(32, '0')), ErrorCategory::SESSION_NOT_FOUND, "not open here");
	for (auto &id : {std::string(), std::string("abc"), std::string(32, 'G'), std::string(33, '0'),
	                 std::string(32, 'A'), std::string(31, '0') + '\0'}) {
		EXPECT_REFUSAL(manager->Acquire(id), ErrorCategory::INVALID_REQUEST, "32 hexadecimal digits");
	}
}

TEST_F(SessionManagerTest, LapsesWhenNobodyCalls) {
	Start(SHORT_LEASE);
	auto session = manager->Open();
	auto id = session->id;
	auto kept = session.Share();
	session = SessionLease();
	ASSERT_TRUE(WaitUntil([&]() { return manager->Count() == 0; }));
	ASSERT_TRUE(WaitUntil([&]() { return !Ended().empty(); }));
	EXPECT_EQ(Ended(), std::vector<std::string>({"1 lapsed"}));
	EXPECT_TRUE(kept->HasEnded());
	EXPECT_REFUSAL(manager->Acquire(id), ErrorCategory::SESSION_NOT_FOUND, "lapsed");
}

TEST_F(SessionManagerTest, ACallUnderWayKeepsItsSession) {
	Start(SHORT_LEASE);
	auto held = manager->Open();
	auto id = held->id;
	auto other = manager->Open();
	other = SessionLease();
	// The other one, opened later, lapses; this one is held all the while.
	ASSERT_TRUE(WaitUntil([&]() { return manager->Count() == 1; }));
	std::this_thread::sleep_for(3 * SHORT_LEASE);
	EXPECT_FALSE(held->HasEnded());
	EXPECT_EQ(&*manager->Acquire(id), &*held);
	held = SessionLease();
	EXPECT_TRUE(WaitUntil([&]() { return manager->Count() == 0; }));
}

TEST_F(SessionManagerTest, CloseEndsASessionWithCallsUnderWay) {
	Start(LONG_LEASE);
	auto session = manager->Open();
	auto id = session->id;
	manager->Close(id);
	EXPECT_TRUE(session->HasEnded());
	EXPECT_EQ(manager->Count(), 0u);
	EXPECT_EQ(Ended(), std::vector<std::string>({"1 closed"}));
	EXPECT_REFUSAL(manager->Acquire(id), ErrorCategory::SESSION_NOT_FOUND, "closed");
	manager->Close(id);
	EXPECT_EQ(Ended().size(), 1u);
}

TEST_F(SessionManagerTest, ASessionOfOneCallEndsWithIt) {
	Start(LONG_LEASE);
	auto session = manager->OpenForOneCall();
	EXPECT_TRUE(session->id.empty());
	EXPECT_EQ(manager->Count(), 1u);
	auto kept = session.Share();
	session = SessionLease();
	EXPECT_EQ(manager->Count(), 0u);
	EXPECT_TRUE(kept->HasEnded());
	EXPECT_TRUE(Ended().empty());
}

TEST_F(SessionManagerTest, TheirNumberIsLimited) {
	Start(LONG_LEASE, 2);
	auto first = manager->Open();
	auto second = manager->Open();
	EXPECT_REFUSAL(manager->Open(), ErrorCategory::LIMIT_REACHED, "--max-sessions");
	// Those there go on, and calls that need no session are served.
	EXPECT_TRUE(manager->Acquire(first->id));
	EXPECT_TRUE(manager->OpenForOneCall());
	manager->Close(second->id);
	EXPECT_TRUE(manager->Open());
}

TEST_F(SessionManagerTest, ShutdownEndsAll) {
	Start(LONG_LEASE);
	auto first = manager->Open();
	auto second = manager->Open();
	manager->EndAll("shutdown");
	EXPECT_TRUE(first->HasEnded());
	EXPECT_TRUE(second->HasEnded());
	EXPECT_EQ(Ended().size(), 2u);
}

} // namespace
} // namespace skein
