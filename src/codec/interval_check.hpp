//! Whether INTERVALs fit Arrow's type for them.
#pragma once

#include <string>

#include "codec/row_sizes.hpp"

namespace skein {

bool HasIntervals(const duckdb::LogicalType &type);

//! Arrow counts an interval's time in nanoseconds: throws InvalidInputException, naming the column and what to do, for
//! a value among the rows, at any depth, whose time is longer than that.
void CheckArrowIntervals(const duckdb::Vector &vector, RowSelection rows, const std::string &column);

} // namespace skein
