//! The statements and streams under way, so that those whose clients are gone can be stopped from outside.
//!
//! Thread-safe. Leases must be gone before the registry is.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "server/cancellation.hpp"

namespace skein {

class StatementRegistry;

//! One call under way, from its first statement to its last row. Move-only: gone means ended.
class StatementLease {
public:
	StatementLease();
	~StatementLease();
	StatementLease(StatementLease &&other) noexcept;
	StatementLease &operator=(StatementLease &&other) noexcept;

	CancelReason Cancelled() const;
	//! Throws RequestError once the call is cancelled (ThrowIfCancelled).
	void Check() const;
	//! A function that does Check(); must not outlive the lease.
	CancelCheck Checker() const;
	//! Called by the watchdog, again and again while the call is cancelled: must be quick and must not throw. Replaces
	//! the one before; an empty function stands for nothing to interrupt. Once this returns the replaced one runs no
	//! more.
	void SetInterrupt(std::function<void()> interrupt);

private:
	friend class StatementRegistry;
	struct Entry;
	StatementLease(StatementRegistry &registry, std::unique_ptr<Entry> entry);
	void Release();

	StatementRegistry *registry = nullptr;
	std::unique_ptr<Entry> entry;
};

//! Sets an interrupt for a scope.
class InterruptScope {
public:
	InterruptScope(StatementLease &lease, std::function<void()> interrupt) : lease(lease) {
		lease.SetInterrupt(std::move(interrupt));
	}
	~InterruptScope() {
		lease.SetInterrupt({});
	}
	InterruptScope(const InterruptScope &) = delete;
	InterruptScope &operator=(const InterruptScope &) = delete;

private:
	StatementLease &lease;
};

//! How to find out that a call must end. Asked from other threads until the call's lease is gone.
struct CallSigns {
	//! The client has given the call up.
	std::function<bool()> is_gone;
	std::function<bool()> session_ended;
	//! The token it came with is not the server's any more. May be empty.
	std::function<bool()> token_replaced;
	//! How long it may take. 0: as long as it does.
	uint64_t seconds_max = 0;
};

class StatementRegistry {
public:
	//! The call's time begins now.
	StatementLease Register(CallSigns signs);
	uint64_t Count() const;
	//! Interrupts every call that is cancelled.
	void InterruptCancelled();
	//! From now on every call is cancelled with SHUTDOWN, those to come too.
	void CancelAll();

private:
	friend class StatementLease;

	mutable std::mutex mutex;
	std::unordered_set<StatementLease::Entry *> entries;
	std::atomic<bool> shutdown {false};
};

} // namespace skein
