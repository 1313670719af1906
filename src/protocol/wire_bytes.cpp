#include "protocol/wire_bytes.hpp"

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/ipc/writer.h>
#include <arrow/type.h>

namespace skein {

//! Types whose insides are followed when they are measured, and which Arrow's short check does not look into.
static bool IsFollowed(const arrow::DataType &type) {
	switch (type.id()) {
	case arrow::Type::DENSE_UNION:
	case arrow::Type::LIST_VIEW:
	case arrow::Type::LARGE_LIST_VIEW:
	case arrow::Type::STRING_VIEW:
	case arrow::Type::BINARY_VIEW:
	case arrow::Type::RUN_END_ENCODED:
	case arrow::Type::EXTENSION:
		return true;
	default:
		break;
	}
	for (auto &field : type.fields()) {
		if (IsFollowed(*field->type())) {
			return true;
		}
	}
	return false;
}

//! Arrow ends the process where offsets lead out of what it measures.
static bool CanBeMeasured(const arrow::RecordBatch &batch) {
	for (auto &field : batch.schema()->fields()) {
		if (IsFollowed(*field->type())) {
			return batch.ValidateFull().ok();
		}
	}
	return batch.Validate().ok();
}

static uint64_t BufferBytes(const arrow::ArrayData &data) {
	uint64_t result = 0;
	for (auto &buffer : data.buffers) {
		result += buffer ? static_cast<uint64_t>(buffer->size()) : 0;
	}
	for (auto &child : data.child_data) {
		result += BufferBytes(*child);
	}
	return result;
}

uint64_t RecordBatchWireBytes(const arrow::RecordBatch &batch) {
	int64_t size = 0;
	if (CanBeMeasured(batch) && arrow::ipc::GetRecordBatchSize(batch, &size).ok()) {
		return static_cast<uint64_t>(size);
	}
	uint64_t result = 0;
	for (auto &column : batch.column_data()) {
		result += BufferBytes(*column);
	}
	return result;
}

} // namespace skein
