//! Waiting in tests: until something is so, with a limit that only a hang reaches.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace skein {

//! How long anything may take before it counts as hung. Never a measure of speed.
constexpr std::chrono::seconds HANG_LIMIT {60};

inline bool WaitUntil(const std::function<bool()> &condition) {
	const auto deadline = std::chrono::steady_clock::now() + HANG_LIMIT;
	while (!condition()) {
		if (std::chrono::steady_clock::now() >= deadline) {
			return false;
		}
		std::this_thread::sleep_for(std::chrono::milliseconds(1));
	}
	return true;
}

} // namespace skein
