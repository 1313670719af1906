//! A decoder with a planted mistake that only UndefinedBehaviorSanitizer sees: a signed sum that overflows. The suite
//! runs it under sanitizers to prove that they are on; a run that ends without a finding fails.
#include <cstring>

#include "driver.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	volatile int32_t sum;
	int32_t parts[2];
	if (size < sizeof(parts)) {
		return 0;
	}
	std::memcpy(parts, data, sizeof(parts));
	sum = parts[0] + parts[1];
	(void)sum;
	return 0;
}
