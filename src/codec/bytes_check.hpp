//! Whether bytes from elsewhere are what DuckDB stores for types that live in bytes.
#pragma once

#include <string_view>

namespace skein {

//! Each throws InvalidInputException for bytes that are no value of the type.
void CheckBit(std::string_view bytes);
void CheckBignum(std::string_view bytes);
//! Little-endian WKB of the kinds DuckDB stores.
void CheckGeometry(std::string_view bytes);

} // namespace skein
