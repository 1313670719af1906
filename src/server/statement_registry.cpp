#include "server/statement_registry.hpp"

#include "protocol/limits.hpp"

namespace skein {

struct StatementLease::Entry {
	explicit Entry(CallSigns signs_p) : signs(std::move(signs_p)), start(std::chrono::steady_clock::now()) {
	}

	CancelReason Cancelled() const {
		if (signs.token_replaced && signs.token_replaced()) {
			return CancelReason::TOKEN_REPLACED;
		}
		if (signs.session_ended()) {
			return CancelReason::SESSION_ENDED;
		}
		if (signs.is_gone()) {
			return CancelReason::CLIENT_GONE;
		}
		auto is_over = signs.seconds_max > 0 &&
		               std::chrono::steady_clock::now() - start >= std::chrono::seconds(signs.seconds_max);
		return is_over ? CancelReason::TIME_OVER : CancelReason::NONE;
	}

	const CallSigns signs;
	const std::chrono::steady_clock::time_point start;
	//! Guarded by the registry's mutex.
	std::function<void()> interrupt;
};

StatementLease::StatementLease() = default;

StatementLease::StatementLease(StatementRegistry &registry, std::unique_ptr<Entry> entry)
    : registry(&registry), entry(std::move(entry)) {
}

StatementLease::~StatementLease() {
	Release();
}

StatementLease::StatementLease(StatementLease &&other) noexcept
    : registry(other.registry), entry(std::move(other.entry)) {
}

StatementLease &StatementLease::operator=(StatementLease &&other) noexcept {
	Release();
	registry = other.registry;
	entry = std::move(other.entry);
	return *this;
}

void StatementLease::Release() {
	if (entry) {
		std::lock_guard<std::mutex> guard(registry->mutex);
		registry->entries.erase(entry.get());
	}
	entry.reset();
}

CancelReason StatementLease::Cancelled() const {
	if (!entry) {
		return CancelReason::NONE;
	}
	if (registry->shutdown) {
		return CancelReason::SHUTDOWN;
	}
	return entry->Cancelled();
}

void StatementLease::Check() const {
	ThrowIfCancelled(Cancelled(), entry ? entry->signs.seconds_max : 0);
}

CancelCheck StatementLease::Checker() const {
	// Whether the client is still there is asked of the transport, which takes locks for it.
	return [this, next = std::chrono::steady_clock::time_point()]() mutable {
		const auto now = std::chrono::steady_clock::now();
		if (now >= next) {
			next = now + std::chrono::microseconds(limits::cancel_check_interval_us);
			Check();
		}
	};
}

void StatementLease::SetInterrupt(std::function<void()> interrupt) {
	std::lock_guard<std::mutex> guard(registry->mutex);
	entry->interrupt = std::move(interrupt);
}

StatementLease StatementRegistry::Register(CallSigns signs) {
	auto entry = std::make_unique<StatementLease::Entry>(std::move(signs));
	std::lock_guard<std::mutex> guard(mutex);
	entries.insert(entry.get());
	return StatementLease(*this, std::move(entry));
}

uint64_t StatementRegistry::Count() const {
	std::lock_guard<std::mutex> guard(mutex);
	return entries.size();
}

void StatementRegistry::InterruptCancelled() {
	std::lock_guard<std::mutex> guard(mutex);
	for (auto entry : entries) {
		if (entry->interrupt && (shutdown || entry->Cancelled() != CancelReason::NONE)) {
			entry->interrupt();
		}
	}
}

void StatementRegistry::CancelAll() {
	shutdown = true;
	InterruptCancelled();
}

} // namespace skein
