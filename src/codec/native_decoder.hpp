//! Native columns into DuckDB vectors.
#pragma once

#include <memory>

#include <arrow/record_batch.h>

#include "duckdb/common/types/vector.hpp"

namespace skein {

using duckdb::idx_t;

//! Reads rows of one column of a batch into `result`, a flat vector of the DuckDB type whose storage the column is
//! (HasNativeFields) and with room for them. The batch must be valid by Arrow's own full check; what Arrow cannot know
//! is checked by CheckValues (value_check.hpp). The vector shares the batch's memory and keeps it alive.
void ReadNativeColumn(const std::shared_ptr<arrow::RecordBatch> &batch, int column, idx_t offset, idx_t count,
                      duckdb::Vector &result);

} // namespace skein
