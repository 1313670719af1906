//! The numbers that batches carry as their metadata: 8 bytes, little-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skein {

std::string EncodeBatchNumber(uint64_t number);
//! Nothing for bytes that are no number.
std::optional<uint64_t> DecodeBatchNumber(std::string_view bytes);

} // namespace skein
