//! Whether values from elsewhere are values of their DuckDB type.
#pragma once

#include "duckdb/common/types/vector.hpp"

namespace skein {

using duckdb::idx_t;

//! Whether values of the type can be wrong although their Arrow array is valid.
bool NeedsValueCheck(const duckdb::LogicalType &type);

//! Checks the vector's values at every depth: positions of ENUMs, tags of UNIONs, bytes of BOOLEANs, times of the day,
//! ranges of timestamps, keys of MAPs, and the insides of BIT, BIGNUM, GEOMETRY and VARIANT. Throws
//! InvalidInputException. The engine trusts its vectors: one that was not checked can make it read memory that is not
//! its own.
void CheckValues(const duckdb::Vector &vector, idx_t count);

} // namespace skein
