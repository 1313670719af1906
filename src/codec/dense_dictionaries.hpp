//! Record batches without dictionaries inside of nested columns.
#pragma once

#include <memory>

#include <arrow/record_batch.h>
#include <arrow/result.h>

namespace skein {

//! The schema with dictionaries below the top level replaced by what they hold; the same one where there are none. The
//! engine's conversion of Arrow expects elements of its own types where a list has none.
std::shared_ptr<arrow::Schema> WithoutNestedDictionaries(const std::shared_ptr<arrow::Schema> &schema);

//! The batch's rows in such a schema. The batch must be valid by Arrow's full check.
arrow::Result<std::shared_ptr<arrow::RecordBatch>>
WithoutNestedDictionaries(const arrow::RecordBatch &batch, const std::shared_ptr<arrow::Schema> &dense_schema);

} // namespace skein
