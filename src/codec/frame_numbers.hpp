//! Values of one width in a frame: as narrow as a block of them allows.
#pragma once

#include "codec/frame_bytes.hpp"
#include "codec/frame_format.hpp"
#include "duckdb/common/types.hpp"

namespace skein {

//! Writes `count` values (at least one) of a type of fixed width that lie one behind the other, without the first byte,
//! and returns which encoding that byte has to name. Any thread.
FrameEncoding EncodeNumbers(duckdb::PhysicalType type, const uint8_t *values, uint64_t count, FrameWriter &writer);

//! Writes the one value at `value` as EncodeNumbers does for a block in which all are alike.
FrameEncoding EncodeConstant(duckdb::PhysicalType type, const uint8_t *value, FrameWriter &writer);

//! Reads `count` values into `target`, which has room for them. Throws InvalidInputException for an encoding that
//! values of the type do not have, and for bytes that end too early. Any thread.
void DecodeNumbers(duckdb::PhysicalType type, FrameEncoding encoding, FrameReader &reader, uint64_t count,
                   uint8_t *target);

} // namespace skein
