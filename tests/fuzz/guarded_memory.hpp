//! Copies of bytes that end where the process may not read on: one byte too far is a crash, whoever reads it, also a
//! library that was compiled without instrumentation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

namespace skein_fuzz {

class GuardedMemory {
public:
	explicit GuardedMemory(size_t bytes_max) : page(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
		usable = (bytes_max + page - 1) / page * page;
		auto mapped = mmap(nullptr, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (mapped == MAP_FAILED) {
			std::abort();
		}
		begin = static_cast<uint8_t *>(mapped);
		if (mprotect(begin + usable, page, PROT_NONE) != 0) {
			std::abort();
		}
	}
	~GuardedMemory() {
		munmap(begin, usable + page);
	}
	GuardedMemory(const GuardedMemory &) = delete;
	GuardedMemory &operator=(const GuardedMemory &) = delete;

	size_t Capacity() const {
		return usable;
	}

	//! A copy whose start is a multiple of `alignment`, and whose end is at most alignment - 1 bytes before the guard.
	//! Valid until the next one. At most Capacity() bytes.
	uint8_t *Copy(std::string_view bytes, size_t alignment = 1) {
		auto taken = (bytes.size() + alignment - 1) / alignment * alignment;
		auto copy = begin + usable - taken;
		if (!bytes.empty()) {
			std::memcpy(copy, bytes.data(), bytes.size());
		}
		return copy;
	}

private:
	const size_t page;
	size_t usable;
	uint8_t *begin;
};

} // namespace skein_fuzz
