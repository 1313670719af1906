//! Counts what a program copies: a library for LD_PRELOAD that stands before the C library's memcpy and memmove.
//!
//! The bytes of each call are added to a table by the address it returns to. The table is a file that is mapped, named
//! by the process id, in the folder that COPY_COUNTS names: whoever reads it (copy_counts.py) takes the difference of
//! two moments, so nothing is asked of the program and no signal disturbs it. Any thread counts, without locks. Where
//! no folder is named, or its file cannot be made, nothing is counted and everything is copied as ever.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

//! One place that copies.
struct CopySite {
	//! Where the call returns to; 0: free.
	std::atomic<uint64_t> address;
	std::atomic<uint64_t> bytes;
	std::atomic<uint64_t> calls;
};

constexpr size_t SITES_BITS = 16;
constexpr size_t SITES = size_t(1) << SITES_BITS;
constexpr size_t PROBES_MAX = 64;

using Copy = void *(*)(void *, const void *, size_t);

std::atomic<CopySite *> sites {nullptr};
std::atomic<Copy> real_memcpy {nullptr};
std::atomic<Copy> real_memmove {nullptr};

//! The place of an address. The first of the table takes what found none.
CopySite &SiteOf(CopySite *table, uint64_t address) {
	auto index = static_cast<size_t>(address * 0x9E3779B97F4A7C15ULL >> (64 - SITES_BITS));
	for (size_t probe = 0; probe < PROBES_MAX; probe++) {
		index = (index + 1) % SITES;
		if (index == 0) {
			continue;
		}
		auto known = table[index].address.load(std::memory_order_relaxed);
		if (known == 0 && table[index].address.compare_exchange_strong(known, address, std::memory_order_relaxed)) {
			return table[index];
		}
		if (known == address) {
			return table[index];
		}
	}
	return table[0];
}

void Count(size_t bytes, void *address) {
	auto table = sites.load(std::memory_order_acquire);
	if (!table) {
		return;
	}
	auto &site = SiteOf(table, reinterpret_cast<uint64_t>(address));
	site.bytes.fetch_add(bytes, std::memory_order_relaxed);
	site.calls.fetch_add(1, std::memory_order_relaxed);
}

//! Until the C library's own are known. The compiler makes no call of memmove of it: see SkeinBench.cmake.
void *CopyByBytes(void *to, const void *from, size_t count) {
	auto target = static_cast<unsigned char *>(to);
	auto source = static_cast<const unsigned char *>(from);
	if (target <= source || target >= source + count) {
		for (size_t i = 0; i < count; i++) {
			target[i] = source[i];
		}
	} else {
		for (size_t i = count; i > 0; i--) {
			target[i - 1] = source[i - 1];
		}
	}
	return to;
}

void *CopyBy(const std::atomic<Copy> &real, void *to, const void *from, size_t count) {
	auto copy = real.load(std::memory_order_acquire);
	return copy ? copy(to, from, count) : CopyByBytes(to, from, count);
}

CopySite *MapTable() {
	auto folder = std::getenv("COPY_COUNTS");
	if (!folder) {
		return nullptr;
	}
	char path[4096];
	auto length = std::snprintf(path, sizeof(path), "%s/%d.copies", folder, static_cast<int>(getpid()));
	if (length < 0 || static_cast<size_t>(length) >= sizeof(path)) {
		return nullptr;
	}
	// A program that replaced itself by another begins anew.
	auto file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file < 0) {
		return nullptr;
	}
	void *memory = MAP_FAILED;
	if (ftruncate(file, sizeof(CopySite) * SITES) == 0) {
		memory = mmap(nullptr, sizeof(CopySite) * SITES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	}
	close(file);
	return memory == MAP_FAILED ? nullptr : static_cast<CopySite *>(memory);
}

__attribute__((constructor)) void Start() {
	real_memcpy = reinterpret_cast<Copy>(dlsym(RTLD_NEXT, "memcpy"));
	real_memmove = reinterpret_cast<Copy>(dlsym(RTLD_NEXT, "memmove"));
	sites = MapTable();
}

} // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED void *memcpy(void *__restrict to, const void *__restrict from, size_t count) noexcept {
	Count(count, __builtin_return_address(0));
	return CopyBy(real_memcpy, to, from, count);
}

EXPORTED void *memmove(void *to, const void *from, size_t count) noexcept {
	Count(count, __builtin_return_address(0));
	return CopyBy(real_memmove, to, from, count);
}

// What programs call that were compiled with _FORTIFY_SOURCE, with the size of the target where it is known.
EXPORTED void *__memcpy_chk(void *__restrict to, const void *__restrict from, size_t count, size_t room) noexcept {
	if (count > room) {
		std::abort();
	}
	Count(count, __builtin_return_address(0));
	return CopyBy(real_memcpy, to, from, count);
}

EXPORTED void *__memmove_chk(void *to, const void *from, size_t count, size_t room) noexcept {
	if (count > room) {
		std::abort();
	}
	Count(count, __builtin_return_address(0));
	return CopyBy(real_memmove, to, from, count);
}
