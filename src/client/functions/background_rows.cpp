#include "client/functions/background_rows.hpp"

#include "protocol/limits.hpp"

namespace skein {

BackgroundRows::BackgroundRows(IdleThreads &threads, Work work)
    : threads(threads), thread(threads.Take()), task(thread->Start([this, work = std::move(work)]() { Run(work); })) {
}

BackgroundRows::~BackgroundRows() {
	cancelled = true;
	while (!task->WaitFor(limits::interrupt_poll_ms)) {
	}
	threads.Give(std::move(thread));
}

void BackgroundRows::Run(const Work &work) {
	Rows result;
	std::exception_ptr thrown;
	try {
		result = work([this]() { return cancelled.load(); });
	} catch (...) {
		thrown = std::current_exception();
	}
	duckdb::vector<duckdb::InterruptState> to_wake;
	{
		std::lock_guard<std::mutex> guard(lock);
		ended = true;
		rows = std::move(result);
		failure = thrown;
		to_wake.swap(parked);
	}
	changed.notify_all();
	for (auto &state : to_wake) {
		state.Callback();
	}
}

bool BackgroundRows::EndedOrPark(const duckdb::InterruptState &interrupt_state) {
	std::unique_lock<std::mutex> guard(lock);
	if (!was_asked) {
		was_asked = true;
		changed.wait_for(guard, std::chrono::milliseconds(limits::interrupt_poll_ms), [this]() { return ended; });
	}
	if (!ended) {
		parked.push_back(interrupt_state);
	}
	return ended;
}

void BackgroundRows::Wait(duckdb::ClientContext &context) {
	std::unique_lock<std::mutex> guard(lock);
	while (!ended) {
		changed.wait_for(guard, std::chrono::milliseconds(limits::interrupt_poll_ms));
		context.InterruptCheck();
	}
}

BackgroundRows::Rows BackgroundRows::Take() {
	if (failure) {
		std::rethrow_exception(failure);
	}
	return std::move(rows);
}

} // namespace skein
