#include "protocol/batch_number.hpp"

namespace skein {

std::string EncodeBatchNumber(uint64_t number) {
	std::string bytes;
	for (int shift = 0; shift < 64; shift += 8) {
		bytes += static_cast<char>((number >> shift) & 0xff);
	}
	return bytes;
}

std::optional<uint64_t> DecodeBatchNumber(std::string_view bytes) {
	if (bytes.size() != sizeof(uint64_t)) {
		return std::nullopt;
	}
	uint64_t result = 0;
	for (size_t i = 0; i < sizeof(result); i++) {
		result |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
	}
	return result;
}

} // namespace skein
