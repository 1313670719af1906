//! A call that may take long, on another thread, for table functions that park until it has ended.
//!
//! Clients look for Ctrl-C between an executor's tasks: a task that waits would not see it. Most calls are over before
//! a task has parked and was called back, so a task waits a moment first.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <condition_variable>

#include "client/transport/idle_threads.hpp"
#include "duckdb/common/types/value.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/parallel/interrupt.hpp"

namespace skein {

class BackgroundRows {
public:
	using Rows = duckdb::vector<duckdb::vector<duckdb::Value>>;
	//! Asks `is_cancelled` in every wait, and throws soon once it holds.
	using Work = std::function<Rows(const std::function<bool()> &is_cancelled)>;

	//! `threads` must outlive it.
	BackgroundRows(IdleThreads &threads, Work work);
	//! Cancels the work and waits for its end.
	~BackgroundRows();

	//! Whether the work has ended; if not, `interrupt_state` is called back when it has. The first to ask waits for up
	//! to limits::interrupt_poll_ms.
	bool EndedOrPark(const duckdb::InterruptState &interrupt_state);
	//! Waits for the end of the work, for callers that cannot park. Throws when `context` is interrupted.
	void Wait(duckdb::ClientContext &context);
	//! What the work returned or threw. Only once it has ended.
	Rows Take();

private:
	void Run(const Work &work);

	IdleThreads &threads;
	std::atomic<bool> cancelled {false};

	std::mutex lock;
	std::condition_variable changed;
	//! Guarded by lock.
	bool ended = false;
	bool was_asked = false;
	Rows rows;
	std::exception_ptr failure;
	duckdb::vector<duckdb::InterruptState> parked;

	std::unique_ptr<BackgroundThread> thread;
	std::shared_ptr<BackgroundTask> task;
};

} // namespace skein
