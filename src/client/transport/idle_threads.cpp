#include "client/transport/idle_threads.hpp"

#include "protocol/limits.hpp"

namespace skein {

std::unique_ptr<BackgroundThread> IdleThreads::Take() {
	std::lock_guard<std::mutex> guard(lock);
	if (threads.empty()) {
		return std::make_unique<BackgroundThread>();
	}
	auto thread = std::move(threads.back());
	threads.pop_back();
	return thread;
}

void IdleThreads::Give(std::unique_ptr<BackgroundThread> thread) {
	std::lock_guard<std::mutex> guard(lock);
	if (threads.size() < limits::idle_threads_count_max) {
		threads.push_back(std::move(thread));
	}
}

void IdleThreads::Forget() {
	for (auto &thread : threads) {
		(void)thread.release();
	}
	threads.clear();
}

} // namespace skein
