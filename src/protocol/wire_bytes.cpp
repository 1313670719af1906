#include "protocol/wire_bytes.hpp"

#include <arrow/ipc/writer.h>

namespace skein {

uint64_t RecordBatchWireBytes(const arrow::RecordBatch &batch) {
	int64_t size = 0;
	if (!arrow::ipc::GetRecordBatchSize(batch, &size).ok()) {
		return 0;
	}
	return static_cast<uint64_t>(size);
}

} // namespace skein
