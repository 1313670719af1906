#include "server/process_memory.hpp"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace skein {

//! Memory that one thread frees stays in the arena it came from. With an arena for each of Flight's threads, every one
//! of them grows to what its busiest stream needed.
static constexpr int ARENAS_MAX = 2;

void ConfigureProcessMemory() {
#ifdef __GLIBC__
	if (!std::getenv("MALLOC_ARENA_MAX")) {
		mallopt(M_ARENA_MAX, ARENAS_MAX);
	}
#endif
	// Arrow keeps its own allocator: with the C library's, a scan's batches lie between what lives longer, and the same
	// scan took a tenth more memory.
}

} // namespace skein
