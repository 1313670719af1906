//! Frames: rows as our own two sides send them to each other. docs/frames.md is the format, written to be implemented
//! from; this file names its numbers.
//!
//! A frame is a header and blocks of rows, each at most FRAME_BLOCK_ROWS_MAX, column by column, every column in the
//! encoding that its values make the smallest. All numbers are little-endian.
#pragma once

#include <cstdint>

#include "protocol/version.hpp"

namespace skein {

//! Version, codec, two zero bytes, row count, bytes of the blocks before compression.
constexpr uint64_t FRAME_HEADER_BYTES = 16;
//! A block becomes one chunk of the engine.
constexpr uint64_t FRAME_BLOCK_ROWS_MAX = 2048;

//! How the blocks behind the header are compressed.
enum class FrameCodec : uint8_t { NONE = 0, LZ4 = 1, ZSTD = 2 };

//! The first byte of a column of a block; FRAME_HAS_NULLS may be set in it.
enum class FrameEncoding : uint8_t {
	//! Every row is NULL; nothing follows.
	NULLS = 0,
	//! One value, of all rows.
	CONSTANT = 1,
	//! The values as they are.
	PLAIN = 2,
	//! The smallest value, then what each is above it, in 1, 2, 4 or 8 bytes.
	OFFSET_1 = 3,
	OFFSET_2 = 4,
	OFFSET_4 = 5,
	OFFSET_8 = 6,
	//! The first value, then what each is above the one before it.
	DELTA_1 = 7,
	DELTA_2 = 8,
	//! Texts: lengths in 1, 2 or 4 bytes, then the bytes.
	TEXT_1 = 9,
	TEXT_2 = 10,
	TEXT_4 = 11,
	//! Texts by their number in the column's dictionary. NEW begins one, MORE goes on with that of the block before.
	DICTIONARY_NEW = 12,
	DICTIONARY_MORE = 13,
	//! LIST and MAP: lengths, then the elements. ARRAY: the elements. STRUCT and all that is stored as one: the
	//! members.
	NESTED = 14
};

//! A bitmap of the rows that are not NULL follows the first byte, the lowest bit first.
constexpr uint8_t FRAME_HAS_NULLS = 0x80;

//! Entries of one dictionary: more are not worth it, and their numbers fit into two bytes.
constexpr uint64_t FRAME_DICTIONARY_ENTRIES_MAX = 65536;

} // namespace skein
