//! Whether VARIANT values from elsewhere are well formed.
#pragma once

#include "duckdb/common/types/vector.hpp"

namespace skein {

//! Checks each row: every value's type and bytes, and that values form a tree from the first one down, not deeper than
//! limits::variant_depth_max. Throws InvalidInputException.
void CheckVariants(const duckdb::Vector &vector, duckdb::idx_t count);

} // namespace skein
