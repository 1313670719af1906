//! Record batches of one BIGINT column for tests.
#pragma once

#include <memory>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

namespace skein {

inline std::shared_ptr<arrow::Schema> NumberSchema() {
	return arrow::schema({arrow::field("i", arrow::int64())});
}

//! first, first + 1, ...
inline std::shared_ptr<arrow::RecordBatch> MakeNumberBatch(int64_t first, int64_t count) {
	arrow::Int64Builder builder;
	for (int64_t i = 0; i < count; i++) {
		ARROW_UNUSED(builder.Append(first + i));
	}
	return arrow::RecordBatch::Make(NumberSchema(), count, {builder.Finish().ValueOrDie()});
}

} // namespace skein
