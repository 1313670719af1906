//! The Arrow types that DuckDB's own layout lies in.
#pragma once

#include <memory>

#include <arrow/type.h>

#include "duckdb/common/types.hpp"

namespace skein {

//! The storage of a DuckDB type: integers, floats and binaries as wide as its vectors' values, lists and structs of
//! them. Throws NotImplementedException for types no vector holds.
std::shared_ptr<arrow::DataType> NativeArrowType(const duckdb::LogicalType &type);

//! Whether a stream's fields are native. Throws InvalidInputException where only some are, and where a field's Arrow
//! type is not the storage of the type it names: nothing of such a stream may be read.
bool HasNativeFields(const arrow::Schema &schema, const duckdb::vector<duckdb::LogicalType> &types);

} // namespace skein
