//! The numbers of an upload's batches: accepted where they are dense and their count ends them, refused otherwise.
//!
//! An input is a row of messages: one byte that says whether a batch comes (even) or the end (odd), one with the length
//! of the metadata, the metadata.
#include <algorithm>
#include <string>

#include "driver.hpp"
#include "expect.hpp"
#include "server/request_error.hpp"
#include "server/upload_batches.hpp"

static std::string Number(uint64_t number) {
	std::string bytes;
	for (int shift = 0; shift < 64; shift += 8) {
		bytes += static_cast<char>((number >> shift) & 0xff);
	}
	return bytes;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	skein::BatchIndexCheck check;
	uint64_t batches = 0;
	bool numbered = false;
	try {
		for (size_t position = 0; position + 2 <= size;) {
			const bool is_end = data[position] & 1;
			auto length = std::min<size_t>(data[position + 1], size - position - 2);
			const std::string_view metadata(reinterpret_cast<const char *>(data) + position + 2, length);
			position += 2 + length;
			if (is_end) {
				check.OnEnd(metadata);
				FUZZ_EXPECT(metadata == Number(batches));
				continue;
			}
			const bool ended = check.EndSeen();
			check.OnBatch(metadata);
			FUZZ_EXPECT(!ended);
			FUZZ_EXPECT(metadata.empty() || metadata == Number(batches));
			FUZZ_EXPECT(batches == 0 || numbered == !metadata.empty());
			numbered = !metadata.empty();
			batches++;
		}
		check.OnStreamEnd();
		FUZZ_EXPECT(!numbered || check.EndSeen());
	} catch (const skein::RequestError &refusal) {
		FUZZ_EXPECT(refusal.error.category == skein::ErrorCategory::INVALID_REQUEST ||
		            refusal.error.category == skein::ErrorCategory::CANCELLED);
	}
	return 0;
}
