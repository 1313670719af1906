//! Texts and bytes in a frame: lengths, then all bytes one behind the other.
#pragma once

#include <algorithm>
#include <cstdint>

#include "codec/frame_bytes.hpp"
#include "codec/frame_format.hpp"
#include "duckdb/common/types/string_type.hpp"

namespace skein {

//! Copies a text without a call for the sizes that texts mostly have: two moves that overlap, within its bounds.
inline void CopyText(uint8_t *target, const char *source, uint64_t size) {
	struct Half {
		char bytes[16];
	};
	if (size > 4 * sizeof(Half) || size < sizeof(uint64_t)) {
		std::memcpy(target, source, size);
		return;
	}
	if (size < sizeof(Half)) {
		std::memcpy(target, source, sizeof(uint64_t));
		std::memcpy(target + size - sizeof(uint64_t), source + size - sizeof(uint64_t), sizeof(uint64_t));
		return;
	}
	for (uint64_t i = 0; i + sizeof(Half) < size; i += sizeof(Half)) {
		std::memcpy(target + i, source + i, sizeof(Half));
	}
	std::memcpy(target + size - sizeof(Half), source + size - sizeof(Half), sizeof(Half));
}

//! What WriteText may write behind a text: short ones lie in the vector itself and are copied whole.
constexpr uint64_t TEXT_SLACK_BYTES = duckdb::string_t::INLINE_LENGTH;

//! Copies a text; behind it are at least TEXT_SLACK_BYTES.
inline void WriteText(uint8_t *target, const duckdb::string_t &text) {
	if (text.IsInlined()) {
		std::memcpy(target, text.GetData(), TEXT_SLACK_BYTES);
	} else {
		CopyText(target, text.GetData(), text.GetSize());
	}
}

template <class LENGTH, class TEXT_AT>
void WriteTextsOf(uint64_t count, uint64_t total, TEXT_AT &&text_at, FrameWriter &writer) {
	auto start = writer.Reserve(count * sizeof(LENGTH) + total + TEXT_SLACK_BYTES);
	auto target = start + count * sizeof(LENGTH);
	for (uint64_t i = 0; i < count; i++) {
		const duckdb::string_t &text = text_at(i);
		const auto size = text.GetSize();
		const auto length = static_cast<LENGTH>(size);
		std::memcpy(start + i * sizeof(LENGTH), &length, sizeof(LENGTH));
		WriteText(target, text);
		target += size;
	}
	writer.Advance(static_cast<uint64_t>(target - start));
}

//! Writes `count` texts without a first byte and returns the encoding it has to name. `text_at(i)` is the i-th.
template <class TEXT_AT>
FrameEncoding WriteTexts(uint64_t count, TEXT_AT &&text_at, FrameWriter &writer) {
	uint64_t total = 0;
	uint64_t longest = 0;
	for (uint64_t i = 0; i < count; i++) {
		const uint64_t size = text_at(i).GetSize();
		total += size;
		longest = std::max(longest, size);
	}
	if (longest <= 0xFF) {
		WriteTextsOf<uint8_t>(count, total, text_at, writer);
		return FrameEncoding::TEXT_1;
	}
	if (longest <= 0xFFFF) {
		WriteTextsOf<uint16_t>(count, total, text_at, writer);
		return FrameEncoding::TEXT_2;
	}
	WriteTextsOf<uint32_t>(count, total, text_at, writer);
	return FrameEncoding::TEXT_4;
}

} // namespace skein
