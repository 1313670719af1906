#include "server/statement_watchdog.hpp"

namespace skein {

StatementWatchdog::StatementWatchdog(StatementRegistry &registry, std::chrono::milliseconds interval)
    : registry(registry), interval(interval), thread([this]() { Run(); }) {
}

StatementWatchdog::~StatementWatchdog() {
	{
		std::lock_guard<std::mutex> guard(mutex);
		stop = true;
	}
	stopping.notify_one();
	thread.join();
}

void StatementWatchdog::Run() {
	std::unique_lock<std::mutex> guard(mutex);
	while (!stop) {
		stopping.wait_for(guard, interval);
		guard.unlock();
		registry.InterruptCancelled();
		guard.lock();
	}
}

} // namespace skein
