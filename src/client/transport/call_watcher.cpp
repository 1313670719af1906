#include "client/transport/call_watcher.hpp"

#include <chrono>

#include "protocol/limits.hpp"

namespace skein {

namespace {

//! Rounds without a call before the thread sleeps until the next: waking it for each batch of a scan would cost more
//! than looking.
constexpr uint64_t IDLE_ROUNDS_MAX = 50;

} // namespace

CallWatcher::~CallWatcher() {
	{
		std::lock_guard<std::mutex> guard(lock);
		stopping = true;
	}
	changed.notify_all();
	if (thread.joinable()) {
		thread.join();
	}
}

CallWatcher::Guard::Guard(CallWatcher &watcher_p, WatchedCall call) : watcher(watcher_p) {
	call.handle->Touch();
	std::lock_guard<std::mutex> guard(watcher.lock);
	entry = watcher.calls.insert(watcher.calls.end(), std::move(call));
	if (!watcher.thread.joinable()) {
		watcher.thread = std::thread([&watcher = watcher]() { watcher.Run(); });
	} else if (watcher.sleeping) {
		watcher.changed.notify_all();
	}
}

CallWatcher::Guard::~Guard() {
	std::lock_guard<std::mutex> guard(watcher.lock);
	watcher.calls.erase(entry);
}

void CallWatcher::Run() {
	std::unique_lock<std::mutex> guard(lock);
	uint64_t idle_rounds = 0;
	while (!stopping) {
		if (calls.empty() && ++idle_rounds > IDLE_ROUNDS_MAX) {
			sleeping = true;
			changed.wait(guard, [this]() { return stopping || !calls.empty(); });
			sleeping = false;
		}
		if (!calls.empty()) {
			idle_rounds = 0;
			Look();
		}
		changed.wait_for(guard, std::chrono::milliseconds(limits::interrupt_poll_ms), [this]() { return stopping; });
	}
}

void CallWatcher::Look() {
	for (auto &call : calls) {
		if (call.is_interrupted && call.is_interrupted()) {
			call.handle->Cancel(CallCancelReason::INTERRUPTED);
			continue;
		}
		if (call.idle_ms_max > 0 && call.is_server_alive) {
			LookAtLife(call);
		}
	}
}

void CallWatcher::LookAtLife(const WatchedCall &call) {
	auto idle_ms = call.handle->IdleMilliseconds();
	if (idle_ms > call.idle_ms_max) {
		call.handle->Cancel(CallCancelReason::SERVER_SILENT);
		return;
	}
	// Three questions fit into the time a call may stand still.
	if (idle_ms < call.idle_ms_max / 3 || (probe && !probe->WaitFor(0))) {
		return;
	}
	probe = prober.Start([handle = call.handle, is_server_alive = call.is_server_alive]() {
		if (is_server_alive()) {
			handle->Touch();
		}
	});
}

} // namespace skein
