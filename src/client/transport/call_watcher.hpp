//! Looks after calls that block in Flight: asks whether the user interrupted them, and whether the server still lives.
//!
//! A call that moves no byte may be a long query or a dead server; gRPC's keepalive could tell them apart only with a
//! server configured for it. So a call that stands still makes the watcher ask the server, over the same connection,
//! for a sign of life; when none came for as long as the client is willing to wait, the call is cancelled.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "client/transport/background_thread.hpp"
#include "client/transport/call_handle.hpp"

namespace skein {

struct WatchedCall {
	std::shared_ptr<CallHandle> handle;
	//! May be empty. Called while the watcher's lock is held: must not wait for anything.
	std::function<bool()> is_interrupted;
	//! Asks the server for a sign of life, blocking for a limited time; true if one came. Runs on a thread of its own
	//! and must own what it touches. Empty: not asked.
	std::function<bool()> is_server_alive;
	//! How long a call may stand still without a sign of life. 0: for ever.
	uint64_t idle_ms_max = 0;
};

//! One thread per client, started with the first call that is watched. Any thread may watch.
class CallWatcher {
public:
	CallWatcher() = default;
	~CallWatcher();
	CallWatcher(const CallWatcher &) = delete;
	CallWatcher &operator=(const CallWatcher &) = delete;

	//! Keeps a call watched while it lives. Once destroyed, the call's functions are not called any more.
	class Guard {
	public:
		Guard(CallWatcher &watcher, WatchedCall call);
		~Guard();
		Guard(const Guard &) = delete;
		Guard &operator=(const Guard &) = delete;

	private:
		CallWatcher &watcher;
		std::list<WatchedCall>::iterator entry;
	};

private:
	void Run();
	void Look();
	void LookAtLife(const WatchedCall &call);

	std::mutex lock;
	std::condition_variable changed;
	std::list<WatchedCall> calls;
	//! The thread waits for a call and wants to be woken.
	bool sleeping = false;
	bool stopping = false;
	std::thread thread;

	//! Used by the watcher's thread only.
	BackgroundThread prober;
	std::shared_ptr<BackgroundTask> probe;
};

} // namespace skein
