#include "protocol/utf8.hpp"

#include <cstdint>

namespace skein {

namespace {

bool IsContinuation(uint8_t byte) {
	return (byte & 0xC0) == 0x80;
}

//! The range the second byte of a sequence must lie in: excludes overlong forms, surrogates and values past U+10FFFF.
bool IsSecondByteValid(uint8_t first, uint8_t second) {
	switch (first) {
	case 0xE0:
		return second >= 0xA0 && second <= 0xBF;
	case 0xED:
		return second >= 0x80 && second <= 0x9F;
	case 0xF0:
		return second >= 0x90 && second <= 0xBF;
	case 0xF4:
		return second >= 0x80 && second <= 0x8F;
	default:
		return IsContinuation(second);
	}
}

size_t LengthFromFirstByte(uint8_t first) {
	if (first < 0x80) {
		return 1;
	}
	if (first >= 0xC2 && first <= 0xDF) {
		return 2;
	}
	if (first >= 0xE0 && first <= 0xEF) {
		return 3;
	}
	if (first >= 0xF0 && first <= 0xF4) {
		return 4;
	}
	return 0;
}

} // namespace

size_t Utf8SequenceLength(std::string_view text, size_t position) {
	auto byte_at = [&](size_t index) {
		return static_cast<uint8_t>(text[index]);
	};
	auto length = LengthFromFirstByte(byte_at(position));
	if (length == 0 || length > text.size() - position) {
		return 0;
	}
	if (length > 1 && !IsSecondByteValid(byte_at(position), byte_at(position + 1))) {
		return 0;
	}
	for (size_t i = 2; i < length; i++) {
		if (!IsContinuation(byte_at(position + i))) {
			return 0;
		}
	}
	return length;
}

bool IsText(std::string_view text) {
	for (size_t position = 0; position < text.size();) {
		auto length = Utf8SequenceLength(text, position);
		if (length == 0 || text[position] == '\0') {
			return false;
		}
		position += length;
	}
	return true;
}

std::string ToText(std::string_view text) {
	std::string result;
	result.reserve(text.size());
	for (size_t position = 0; position < text.size();) {
		auto length = Utf8SequenceLength(text, position);
		if (length == 0 || text[position] == '\0') {
			result += '?';
			position++;
			continue;
		}
		result.append(text.substr(position, length));
		position += length;
	}
	return result;
}

std::string CutText(const std::string &text, size_t bytes_max) {
	if (text.size() <= bytes_max) {
		return text;
	}
	constexpr std::string_view mark = "...";
	if (bytes_max < mark.size()) {
		return std::string();
	}
	auto end = bytes_max - mark.size();
	while (end > 0 && IsContinuation(static_cast<uint8_t>(text[end]))) {
		end--;
	}
	return text.substr(0, end).append(mark);
}

} // namespace skein
