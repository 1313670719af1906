#include "client/transport/idle_threads.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "protocol/limits.hpp"

namespace skein {
namespace {

std::thread::id IdOf(BackgroundThread &thread) {
	std::thread::id id;
	auto task = thread.Start([&id]() { id = std::this_thread::get_id(); });
	while (!task->WaitFor(limits::interrupt_poll_ms)) {
	}
	return id;
}

TEST(IdleThreadsTest, AThreadServesOneAfterTheOther) {
	IdleThreads threads;
	auto first = threads.Take();
	auto id = IdOf(*first);
	threads.Give(std::move(first));
	auto second = threads.Take();
	EXPECT_EQ(IdOf(*second), id);
	auto other = threads.Take();
	EXPECT_NE(IdOf(*other), id);
}

TEST(IdleThreadsTest, WhatIsGivenBackOutlivesWhoUsedIt) {
	IdleThreads threads;
	bool done = false;
	auto thread = threads.Take();
	thread->Start([&done]() { done = true; });
	// Busy or not: what it has to do is done before its next task.
	threads.Give(std::move(thread));
	IdOf(*threads.Take());
	EXPECT_TRUE(done);
}

} // namespace
} // namespace skein
