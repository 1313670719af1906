//! Whether a record batch from elsewhere is safe to read.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/status.h>

namespace skein {

//! Checks every length, offset and value as Arrow's ValidateFull does, but for times: DuckDB's day ends with 24:00:00,
//! which Arrow does not know.
arrow::Status CheckRecordBatch(const arrow::RecordBatch &batch);

} // namespace skein
