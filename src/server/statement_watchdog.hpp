//! The thread that interrupts statements nobody waits for any more, so that handlers may call the engine and block.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/statement_registry.hpp"

namespace skein {

class StatementWatchdog {
public:
	//! Looks at `registry` every `interval`, until destroyed.
	StatementWatchdog(StatementRegistry &registry, std::chrono::milliseconds interval);
	~StatementWatchdog();
	StatementWatchdog(const StatementWatchdog &) = delete;
	StatementWatchdog &operator=(const StatementWatchdog &) = delete;

private:
	void Run();

	StatementRegistry &registry;
	const std::chrono::milliseconds interval;
	std::mutex mutex;
	std::condition_variable stopping;
	bool stop = false;
	std::thread thread;
};

} // namespace skein
