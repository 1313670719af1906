//! How long a caller is willing to wait, and whether it still wants to.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace skein {

enum class PatienceState { WAITING, INTERRUPTED, EXPIRED };

//! Belongs to one thread.
class CallPatience {
public:
	//! `milliseconds_max` counts from now; 0: no limit. `is_interrupted` may be empty.
	CallPatience(std::function<bool()> is_interrupted, uint64_t milliseconds_max);

	PatienceState Check() const;
	//! As given; 0: no limit.
	uint64_t MillisecondsMax() const;
	//! Time left; nothing without a limit.
	std::optional<uint64_t> MillisecondsLeft() const;
	//! The next wait between two looks at the interrupt, no longer than the time left.
	uint64_t PollMilliseconds() const;

private:
	std::function<bool()> is_interrupted;
	uint64_t milliseconds_max;
	std::optional<std::chrono::steady_clock::time_point> deadline;
};

} // namespace skein
