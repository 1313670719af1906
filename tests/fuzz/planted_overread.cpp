//! A decoder with a planted mistake: it believes a length that the message merely claims. The suite runs it to prove
//! that the harness finds such a mistake; a run that ends without a finding fails.
#include "driver.hpp"

//! "N", the number of bytes, the bytes. Nothing but the last byte claimed is looked at.
static void DecodeName(const uint8_t *data, size_t size) {
	if (size < 3 || data[0] != 'N') {
		return;
	}
	const size_t length = data[1];
	// Volatile: a byte that nobody needs would not be read.
	volatile uint8_t last = length == 0 ? 0 : data[1 + length];
	(void)last;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	DecodeName(data, size);
	return 0;
}
