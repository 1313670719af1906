//! What a stream of frames says of the rows in it.
#pragma once

#include <memory>

#include <arrow/type.h>

#include "duckdb/common/types.hpp"

namespace skein {

//! The schema of a stream of frames: one binary field, whose metadata holds each column's name and DuckDB type.
std::shared_ptr<arrow::Schema> MakeFrameSchema(const duckdb::vector<duckdb::LogicalType> &types,
                                               const duckdb::vector<std::string> &names);

//! The columns of the rows that a stream of this schema carries: fields with their DuckDB types as metadata. Of frames,
//! those they stand for, of Arrow type null; of any other stream, the schema itself. Throws InvalidInputException for a
//! schema of frames that does not describe them.
std::shared_ptr<arrow::Schema> RowSchema(const std::shared_ptr<arrow::Schema> &schema);

} // namespace skein
