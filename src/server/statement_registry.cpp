#include "server/statement_registry.hpp"

namespace skein {

struct StatementLease::Entry {
	std::function<bool()> is_gone;
	std::function<bool()> session_ended;
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
	if (entry->session_ended()) {
		return CancelReason::SESSION_ENDED;
	}
	return entry->is_gone() ? CancelReason::CLIENT_GONE : CancelReason::NONE;
}

void StatementLease::Check() const {
	ThrowIfCancelled(Cancelled());
}

CancelCheck StatementLease::Checker() const {
	return [this]() {
		Check();
	};
}

void StatementLease::SetInterrupt(std::function<void()> interrupt) {
	std::lock_guard<std::mutex> guard(registry->mutex);
	entry->interrupt = std::move(interrupt);
}

StatementLease StatementRegistry::Register(std::function<bool()> is_gone, std::function<bool()> session_ended) {
	auto entry = std::make_unique<StatementLease::Entry>();
	entry->is_gone = std::move(is_gone);
	entry->session_ended = std::move(session_ended);
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
		if (entry->interrupt && (shutdown || entry->session_ended() || entry->is_gone())) {
			entry->interrupt();
		}
	}
}

void StatementRegistry::CancelAll() {
	shutdown = true;
	InterruptCancelled();
}

} // namespace skein
