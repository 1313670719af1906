//! What the server keeps for one connection of a client: its counters, its transaction, and how long it lives.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "server/server_counters.hpp"
#include "server/transaction.hpp"

namespace skein {

//! Thread-safe. Shared by the session manager and the calls under way; a call keeps an ended session's object alive.
class Session {
public:
	//! `number` counts sessions since the server's start, and is safe to log; the id is not. An empty id: of one call.
	Session(uint64_t number, std::string id);
	~Session();

	const uint64_t number;
	const std::string id;
	ServerCounters counters;

	bool HasEnded() const;
	//! Ends its transaction and cancels its calls. Does not wait for them.
	void End();

	//! The session's transaction from now on. Throws INVALID_REQUEST while another is open, CANCELLED when ended.
	void SetTransaction(std::shared_ptr<Transaction> transaction);
	//! Throws SESSION_NOT_FOUND when the session has no such transaction.
	std::shared_ptr<Transaction> FindTransaction(uint64_t transaction_id) const;
	//! After it was committed or rolled back.
	void ForgetTransaction(uint64_t transaction_id);
	bool HasTransaction() const;

private:
	mutable std::mutex mutex;
	std::atomic<bool> ended {false};
	std::shared_ptr<Transaction> transaction;
};

} // namespace skein
