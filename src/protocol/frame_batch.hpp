//! Record batches that carry a frame (docs/frames.md), as whoever only passes them on sees them.
#pragma once

#include <cstdint>

#include <arrow/record_batch.h>

namespace skein {

//! Whether batches of this schema carry frames.
bool IsFrameSchema(const arrow::Schema &schema);

//! The rows a batch stands for: its own number, or what the frame in it says it holds. Whoever decodes the frame checks
//! the number; for one that says nothing, or nothing possible, it is 1, so that it is passed on and refused there.
uint64_t RecordBatchRows(const arrow::RecordBatch &batch);

} // namespace skein
