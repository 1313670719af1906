#include "client/transport/call_patience.hpp"

#include <algorithm>

#include "protocol/limits.hpp"

namespace skein {

using Clock = std::chrono::steady_clock;

CallPatience::CallPatience(std::function<bool()> is_interrupted_p, uint64_t milliseconds_max)
    : is_interrupted(std::move(is_interrupted_p)), milliseconds_max(milliseconds_max) {
	if (milliseconds_max > 0) {
		deadline = Clock::now() + std::chrono::milliseconds(milliseconds_max);
	}
}

PatienceState CallPatience::Check() const {
	if (is_interrupted && is_interrupted()) {
		return PatienceState::INTERRUPTED;
	}
	if (deadline && Clock::now() >= *deadline) {
		return PatienceState::EXPIRED;
	}
	return PatienceState::WAITING;
}

uint64_t CallPatience::MillisecondsMax() const {
	return milliseconds_max;
}

std::optional<uint64_t> CallPatience::MillisecondsLeft() const {
	if (!deadline) {
		return std::nullopt;
	}
	auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
	return left > 0 ? static_cast<uint64_t>(left) : 0;
}

uint64_t CallPatience::PollMilliseconds() const {
	return std::min<uint64_t>(limits::interrupt_poll_ms, MillisecondsLeft().value_or(limits::interrupt_poll_ms));
}

} // namespace skein
