//! Two planted races, for the proof that `make tsan` would see one: a member read and written by two threads, and one
//! that only looks guarded, by two different mutexes. Built and run by scripts/run_sanitized.py alone.
#include <cstdint>
#include <mutex>
#include <thread>

namespace skein {

struct Planted {
	uint64_t unguarded = 0;
	uint64_t guarded_twice = 0;
	std::mutex first;
	std::mutex second;

	void Count(std::mutex &lock) {
		unguarded++;
		std::lock_guard<std::mutex> guard(lock);
		guarded_twice++;
	}
};

} // namespace skein

int main() {
	skein::Planted planted;
	std::thread other([&]() { planted.Count(planted.first); });
	planted.Count(planted.second);
	other.join();
	return planted.unguarded == 0;
}
