#include "server/session_manager.hpp"

#include "server/random_id.hpp"
#include "server/request_error.hpp"

namespace skein {

//===--------------------------------------------------------------------===//
// SessionLease
//===--------------------------------------------------------------------===//
SessionLease::SessionLease(SessionManager &manager, std::shared_ptr<Session> session)
    : manager(&manager), session(std::move(session)) {
}

SessionLease::~SessionLease() {
	Release();
}

SessionLease::SessionLease(SessionLease &&other) noexcept : manager(other.manager), session(std::move(other.session)) {
}

SessionLease &SessionLease::operator=(SessionLease &&other) noexcept {
	Release();
	manager = other.manager;
	session = std::move(other.session);
	return *this;
}

void SessionLease::Release() {
	if (session) {
		manager->Release(session);
	}
	session.reset();
}

Session &SessionLease::operator*() const {
	return *session;
}

Session *SessionLease::operator->() const {
	return session.get();
}

std::shared_ptr<Session> SessionLease::Share() const {
	return session;
}

SessionLease::operator bool() const {
	return session != nullptr;
}

//===--------------------------------------------------------------------===//
// SessionManager
//===--------------------------------------------------------------------===//
SessionManager::SessionManager(std::chrono::milliseconds lease, uint64_t sessions_max,
                               std::chrono::milliseconds reap_interval, EndedCallback on_ended)
    : lease(lease), sessions_max(sessions_max), reap_interval(reap_interval), on_ended(std::move(on_ended)),
      reaper([this]() { RunReaper(); }) {
}

SessionManager::~SessionManager() {
	{
		std::lock_guard<std::mutex> guard(mutex);
		stop = true;
	}
	stopping.notify_one();
	reaper.join();
	EndAll("shutdown");
}

SessionLease SessionManager::Open() {
	auto id = MakeRandomId();
	std::lock_guard<std::mutex> guard(mutex);
	if (sessions.size() >= sessions_max) {
		throw RequestError(ErrorCategory::LIMIT_REACHED,
		                   "The server has " + std::to_string(sessions_max) +
		                       " sessions open and opens no more (--max-sessions); close some or try again later");
	}
	auto session = std::make_shared<Session>(next_number++, id);
	sessions.emplace(id, Entry {session, Clock::now() + lease, 1});
	return SessionLease(*this, std::move(session));
}

SessionLease SessionManager::OpenForOneCall() {
	std::lock_guard<std::mutex> guard(mutex);
	one_call_sessions++;
	return SessionLease(*this, std::make_shared<Session>(0, std::string()));
}

SessionLease SessionManager::Acquire(const std::string &id) {
	if (!IsRandomId(id)) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, std::string("Header ") + SESSION_HEADER +
		                                                       " is not a session id: 32 hexadecimal digits, "
		                                                       "lower case");
	}
	std::lock_guard<std::mutex> guard(mutex);
	auto entry = sessions.find(id);
	if (entry == sessions.end()) {
		throw RequestError(ErrorCategory::SESSION_NOT_FOUND,
		                   "The session is not open here: it was closed, lapsed after " +
		                       std::to_string(lease.count()) +
		                       " ms without a call, ended with the token it was opened with, or belongs to another "
		                       "server process");
	}
	entry->second.calls_under_way++;
	return SessionLease(*this, entry->second.session);
}

void SessionManager::Release(const std::shared_ptr<Session> &session) {
	if (session->id.empty()) {
		session->End();
		std::lock_guard<std::mutex> guard(mutex);
		one_call_sessions--;
		return;
	}
	std::lock_guard<std::mutex> guard(mutex);
	auto entry = sessions.find(session->id);
	if (entry != sessions.end()) {
		entry->second.calls_under_way--;
		entry->second.deadline = Clock::now() + lease;
	}
}

void SessionManager::Close(const std::string &id) {
	std::shared_ptr<Session> session;
	{
		std::lock_guard<std::mutex> guard(mutex);
		auto entry = sessions.find(id);
		if (entry == sessions.end()) {
			return;
		}
		session = std::move(entry->second.session);
		sessions.erase(entry);
	}
	session->End();
	on_ended(session->number, "closed");
}

void SessionManager::EndAll(const char *reason) {
	std::unordered_map<std::string, Entry> ended;
	{
		std::lock_guard<std::mutex> guard(mutex);
		ended.swap(sessions);
	}
	for (auto &entry : ended) {
		entry.second.session->End();
		on_ended(entry.second.session->number, reason);
	}
}

void SessionManager::Reap() {
	std::vector<std::shared_ptr<Session>> lapsed;
	{
		std::lock_guard<std::mutex> guard(mutex);
		const auto now = Clock::now();
		for (auto entry = sessions.begin(); entry != sessions.end();) {
			if (entry->second.calls_under_way == 0 && entry->second.deadline <= now) {
				lapsed.push_back(std::move(entry->second.session));
				entry = sessions.erase(entry);
			} else {
				++entry;
			}
		}
	}
	for (auto &session : lapsed) {
		session->End();
		on_ended(session->number, "lapsed");
	}
}

void SessionManager::RunReaper() {
	std::unique_lock<std::mutex> guard(mutex);
	while (!stop) {
		stopping.wait_for(guard, reap_interval);
		guard.unlock();
		Reap();
		guard.lock();
	}
}

uint64_t SessionManager::Count() const {
	std::lock_guard<std::mutex> guard(mutex);
	return sessions.size() + one_call_sessions;
}

std::chrono::milliseconds SessionManager::Lease() const {
	return lease;
}

} // namespace skein
