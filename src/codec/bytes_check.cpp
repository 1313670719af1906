#include "codec/bytes_check.hpp"

#include "duckdb/common/exception.hpp"
#include "duckdb/common/types/geometry.hpp"
#include "duckdb/common/types/string_heap.hpp"

namespace skein {

void CheckBit(std::string_view bytes) {
	// The first byte counts the unused bits of the second.
	if (bytes.size() < 2 || static_cast<unsigned char>(bytes[0]) >= 8) {
		throw duckdb::InvalidInputException("A BIT value is not valid");
	}
}

void CheckBignum(std::string_view bytes) {
	constexpr size_t header_bytes = 3;
	if (bytes.size() <= header_bytes) {
		throw duckdb::InvalidInputException("A BIGNUM value is too short");
	}
	uint32_t header = 0;
	for (size_t i = 0; i < header_bytes; i++) {
		header = header << 8 | static_cast<unsigned char>(bytes[i]);
	}
	// Negative numbers are stored inverted; the highest bit is the sign.
	const bool is_negative = (header & 0x800000) == 0;
	const auto length = (is_negative ? ~header : header) & 0x7FFFFF;
	if (length != bytes.size() - header_bytes) {
		throw duckdb::InvalidInputException("A BIGNUM value says it has %d bytes, but has %d", length,
		                                    bytes.size() - header_bytes);
	}
}

void CheckGeometry(std::string_view bytes) {
	duckdb::string_t wkb(bytes.data(), static_cast<uint32_t>(bytes.size()));
	duckdb::StringHeap heap;
	duckdb::string_t geometry;
	duckdb::Geometry::FromBinary(wkb, geometry, heap, /*strict=*/true);
	if (geometry != wkb) {
		throw duckdb::InvalidInputException("A GEOMETRY value is not little-endian WKB");
	}
}

} // namespace skein
