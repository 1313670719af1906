#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "expect_refusal.hpp"
#include "server/statement_registry.hpp"
#include "server/statement_watchdog.hpp"
#include "waiting.hpp"

namespace skein {
namespace {

struct FakeCall {
	std::atomic<bool> gone {false};
	std::atomic<bool> session_ended {false};
	std::atomic<bool> token_replaced {false};
	uint64_t seconds_max = 0;
	std::atomic<int> interrupts {0};

	StatementLease Register(StatementRegistry &registry) {
		auto lease = registry.Register({[this]() { return gone.load(); }, [this]() { return session_ended.load(); },
		                                [this]() { return token_replaced.load(); }, seconds_max});
		lease.SetInterrupt([this]() { interrupts++; });
		return lease;
	}
};

TEST(StatementRegistry, TellsWhyACallIsCancelled) {
	StatementRegistry registry;
	FakeCall call;
	auto lease = call.Register(registry);
	EXPECT_EQ(lease.Cancelled(), CancelReason::NONE);
	EXPECT_NO_THROW(lease.Check());
	call.gone = true;
	EXPECT_EQ(lease.Cancelled(), CancelReason::CLIENT_GONE);
	EXPECT_REFUSAL(lease.Check(), ErrorCategory::CANCELLED, "client");
	call.session_ended = true;
	EXPECT_REFUSAL(lease.Check(), ErrorCategory::SESSION_NOT_FOUND, "session");
	call.token_replaced = true;
	EXPECT_REFUSAL(lease.Check(), ErrorCategory::NOT_AUTHENTICATED, "new token");
	registry.CancelAll();
	EXPECT_REFUSAL(lease.Check(), ErrorCategory::SERVER_UNAVAILABLE, "shutting down");
}

TEST(StatementRegistry, CountsLeasesThatMove) {
	StatementRegistry registry;
	FakeCall call;
	StatementLease outer;
	{
		auto lease = call.Register(registry);
		EXPECT_EQ(registry.Count(), 1u);
		outer = std::move(lease);
	}
	EXPECT_EQ(registry.Count(), 1u);
	outer = StatementLease();
	EXPECT_EQ(registry.Count(), 0u);
}

TEST(StatementRegistry, WatchdogInterruptsOnlyTheCancelled) {
	StatementRegistry registry;
	FakeCall cancelled;
	FakeCall running;
	auto first = cancelled.Register(registry);
	auto second = running.Register(registry);
	StatementWatchdog watchdog(registry, std::chrono::milliseconds(1));
	cancelled.gone = true;
	// Again and again: an interrupt may come just before the statement that it is for.
	EXPECT_TRUE(WaitUntil([&]() { return cancelled.interrupts > 3; }));
	EXPECT_EQ(running.interrupts, 0);
	running.session_ended = true;
	EXPECT_TRUE(WaitUntil([&]() { return running.interrupts > 0; }));
}

TEST(StatementRegistry, ACallWhoseTimeIsOverIsInterruptedAndToldWhy) {
	StatementRegistry registry;
	FakeCall limited;
	limited.seconds_max = 1;
	FakeCall unlimited;
	auto first = limited.Register(registry);
	auto second = unlimited.Register(registry);
	StatementWatchdog watchdog(registry, std::chrono::milliseconds(1));
	EXPECT_TRUE(WaitUntil([&]() { return limited.interrupts > 0; }));
	EXPECT_REFUSAL(first.Check(), ErrorCategory::LIMIT_REACHED, "1 seconds the server gives one");
	EXPECT_EQ(unlimited.interrupts, 0);
	EXPECT_NO_THROW(second.Check());
}

TEST(StatementRegistry, AnInterruptTakenBackRunsNoMore) {
	StatementRegistry registry;
	StatementWatchdog watchdog(registry, std::chrono::milliseconds(1));
	auto lease = registry.Register({[]() { return true; }, []() { return false; }, nullptr, 0});
	for (int i = 0; i < 200; i++) {
		auto alive = std::make_unique<std::atomic<int>>(0);
		auto counter = alive.get();
		InterruptScope scope(lease, [counter]() { (*counter)++; });
		lease.SetInterrupt({});
		// A watchdog that still called it would write into freed memory, which the sanitizers see.
		alive.reset();
	}
	EXPECT_EQ(registry.Count(), 1u);
}

TEST(StatementRegistry, CancelAllHoldsForCallsToCome) {
	StatementRegistry registry;
	registry.CancelAll();
	FakeCall call;
	auto lease = call.Register(registry);
	EXPECT_EQ(lease.Cancelled(), CancelReason::SHUTDOWN);
	registry.InterruptCancelled();
	EXPECT_EQ(call.interrupts, 1);
}

TEST(CancellableMutex, AWaiterGivesUp) {
	CancellableMutex mutex;
	mutex.Lock([]() {});
	EXPECT_FALSE(mutex.TryLock());
	int asked = 0;
	auto give_up = [&]() {
		if (++asked == 3) {
			ThrowIfCancelled(CancelReason::CLIENT_GONE);
		}
	};
	EXPECT_REFUSAL(mutex.Lock(give_up), ErrorCategory::CANCELLED, "client");
	mutex.Unlock();
	EXPECT_TRUE(mutex.TryLock());
	mutex.Unlock();
}

TEST(CancellableMutex, ExcludesOthers) {
	CancellableMutex mutex;
	int counter = 0;
	std::vector<std::thread> threads;
	for (int i = 0; i < 4; i++) {
		threads.emplace_back([&]() {
			for (int round = 0; round < 500; round++) {
				CancellableLock lock(mutex, []() {});
				counter++;
			}
		});
	}
	for (auto &thread : threads) {
		thread.join();
	}
	EXPECT_EQ(counter, 2000);
}

} // namespace
} // namespace skein
