//! How bytes are counted, the same on both sides of the wire.
#pragma once

#include <cstdint>

#include <arrow/record_batch.h>

namespace skein {

//! The size of the batch as an Arrow IPC message: metadata and body, without dictionaries and the envelope of Flight
//! and gRPC. Safe for a batch from elsewhere that nobody has checked: of one that cannot be written, what it holds.
uint64_t RecordBatchWireBytes(const arrow::RecordBatch &batch);

} // namespace skein
