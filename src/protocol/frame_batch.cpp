#include "protocol/frame_batch.hpp"

#include <cstring>

#include <arrow/array/array_binary.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "protocol/limits.hpp"
#include "protocol/version.hpp"

namespace skein {

bool IsFrameSchema(const arrow::Schema &schema) {
	if (schema.num_fields() != 1 || schema.field(0)->type()->id() != arrow::Type::LARGE_BINARY) {
		return false;
	}
	auto metadata = schema.field(0)->metadata();
	if (!metadata) {
		return false;
	}
	auto index = metadata->FindKey(FIELD_METADATA_LAYOUT);
	return index >= 0 && metadata->value(index) == FIELD_LAYOUT_FRAMES;
}

uint64_t RecordBatchRows(const arrow::RecordBatch &batch) {
	if (!IsFrameSchema(*batch.schema())) {
		return static_cast<uint64_t>(batch.num_rows());
	}
	if (batch.num_rows() != 1 || !batch.Validate().ok()) {
		return static_cast<uint64_t>(batch.num_rows());
	}
	auto &array = static_cast<const arrow::LargeBinaryArray &>(*batch.column(0));
	if (array.value_length(0) < FRAME_ROW_COUNT_END) {
		return 1;
	}
	uint32_t rows;
	std::memcpy(&rows, array.GetView(0).data() + FRAME_ROW_COUNT_END - sizeof(rows), sizeof(rows));
	return rows == 0 || rows > limits::frame_rows_max ? 1 : rows;
}

} // namespace skein
