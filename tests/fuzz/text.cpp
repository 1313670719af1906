//! Bytes as text: made well-formed, and cut between characters.
#include <string>

#include "driver.hpp"
#include "expect.hpp"
#include "protocol/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	const std::string_view bytes(reinterpret_cast<const char *>(data), size);
	for (size_t position = 0; position < bytes.size(); position++) {
		auto length = skein::Utf8SequenceLength(bytes, position);
		FUZZ_EXPECT(length <= 4 && position + length <= bytes.size());
	}
	auto text = skein::ToText(bytes);
	FUZZ_EXPECT(skein::IsText(text));
	FUZZ_EXPECT(skein::IsText(bytes) == (text == bytes));
	for (size_t bytes_max : {size_t(0), size_t(2), size_t(3), size / 2, size_t(400)}) {
		auto cut = skein::CutText(text, bytes_max);
		FUZZ_EXPECT(cut.size() <= bytes_max && skein::IsText(cut));
	}
	return 0;
}
