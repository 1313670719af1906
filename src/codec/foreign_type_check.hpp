//! Types that the engine makes of a foreign schema without looking at their numbers.
#pragma once

#include "duckdb/common/types.hpp"

namespace skein {

//! Throws InvalidInputException for a type that holds, at any depth, a DECIMAL that cannot be: the engine divides by
//! what follows from its scale.
void CheckForeignType(const duckdb::LogicalType &type);

} // namespace skein
