//! The sessions of a server and their leases.
//!
//! Flight does not say when a client is gone: a session lives for its lease, which every call renews and which does not
//! run while a call of the session is under way. A lapsed session is ended within a watchdog interval.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "server/session.hpp"

namespace skein {

class SessionManager;

//! A call's hold on its session: the session does not lapse while it is held, and its lease is renewed when it ends. A
//! session of one call ends with it. Move-only.
class SessionLease {
public:
	SessionLease() = default;
	~SessionLease();
	SessionLease(SessionLease &&other) noexcept;
	SessionLease &operator=(SessionLease &&other) noexcept;

	Session &operator*() const;
	Session *operator->() const;
	//! For what outlives the call's own stack.
	std::shared_ptr<Session> Share() const;
	explicit operator bool() const;

private:
	friend class SessionManager;
	SessionLease(SessionManager &manager, std::shared_ptr<Session> session);
	void Release();

	SessionManager *manager = nullptr;
	std::shared_ptr<Session> session;
};

class SessionManager {
public:
	using Clock = std::chrono::steady_clock;
	//! Called without locks held when a session ended; `reason` is "closed", "lapsed" or
	//! the one given to EndAll.
	using EndedCallback = std::function<void(uint64_t session_number, const char *reason)>;

	//! `reap_interval`: how often lapsed sessions are looked for.
	SessionManager(std::chrono::milliseconds lease, uint64_t sessions_max, std::chrono::milliseconds reap_interval,
	               EndedCallback on_ended);
	//! Ends all sessions. Every SessionLease must be gone.
	~SessionManager();
	SessionManager(const SessionManager &) = delete;
	SessionManager &operator=(const SessionManager &) = delete;

	//! A session with an id of its own. Throws LIMIT_REACHED.
	SessionLease Open();
	//! A session for one call, without an id. Not limited: a full house must not turn away those who need no room.
	SessionLease OpenForOneCall();
	//! Throws INVALID_REQUEST for an id that is no id, SESSION_NOT_FOUND for one that is not (or no longer) open here.
	SessionLease Acquire(const std::string &id);
	//! Ends the session; calls it has under way are cancelled.
	void Close(const std::string &id);
	void EndAll(const char *reason);
	uint64_t Count() const;
	std::chrono::milliseconds Lease() const;

private:
	friend class SessionLease;
	struct Entry {
		std::shared_ptr<Session> session;
		Clock::time_point deadline;
		uint64_t calls_under_way = 0;
	};

	void Release(const std::shared_ptr<Session> &session);
	void Reap();
	void RunReaper();

	const std::chrono::milliseconds lease;
	const uint64_t sessions_max;
	const std::chrono::milliseconds reap_interval;
	const EndedCallback on_ended;

	mutable std::mutex mutex;
	std::unordered_map<std::string, Entry> sessions;
	uint64_t one_call_sessions = 0;
	uint64_t next_number = 1;
	std::condition_variable stopping;
	bool stop = false;
	std::thread reaper;
};

} // namespace skein
