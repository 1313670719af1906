#include "codec/record_batch_check.hpp"

#include <algorithm>
#include <cstring>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/type.h>

namespace skein {

using arrow::ArrayData;
using arrow::Result;
using arrow::Status;

//! A copy that has the last moment Arrow knows where DuckDB has the end of the day; all other memory is shared. Needs
//! an array whose buffers are as long as they should be.
static Result<std::shared_ptr<ArrayData>> WithoutMidnight(const ArrayData &data) {
	auto result = data.Copy();
	if (data.type->id() == arrow::Type::TIME64 && data.length > 0) {
		auto unit = static_cast<const arrow::Time64Type &>(*data.type).unit();
		const int64_t day = unit == arrow::TimeUnit::NANO ? 86400000000000 : 86400000000;
		auto count = data.offset + data.length;
		ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(count * static_cast<int64_t>(sizeof(int64_t))));
		auto target = buffer->mutable_data_as<int64_t>();
		// Received memory lies as it came: not where a number may be read.
		std::memcpy(target, data.buffers[1]->data(), static_cast<size_t>(buffer->size()));
		std::replace(target, target + count, day, day - 1);
		result->buffers[1] = std::move(buffer);
	}
	for (auto &child : result->child_data) {
		ARROW_ASSIGN_OR_RAISE(child, WithoutMidnight(*child));
	}
	return result;
}

Status CheckRecordBatch(const arrow::RecordBatch &batch) {
	auto status = batch.ValidateFull();
	if (status.ok()) {
		return status;
	}
	// Lengths first: only then may values be looked at.
	ARROW_RETURN_NOT_OK(batch.Validate());
	std::vector<std::shared_ptr<ArrayData>> columns;
	for (auto &column : batch.column_data()) {
		ARROW_ASSIGN_OR_RAISE(auto copy, WithoutMidnight(*column));
		columns.push_back(std::move(copy));
	}
	return arrow::RecordBatch::Make(batch.schema(), batch.num_rows(), std::move(columns))->ValidateFull();
}

} // namespace skein
