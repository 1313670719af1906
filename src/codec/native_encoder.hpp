//! DuckDB vectors into native columns.
#pragma once

#include <memory>
#include <vector>

#include <arrow/record_batch.h>

#include "codec/row_sizes.hpp"

namespace skein {

//! One column under construction; nested ones own those of their children. Belongs to one thread at a time.
class NativeColumn {
public:
	virtual ~NativeColumn() = default;
	//! Copies the rows. Values of NULLs are written as zeros: what lay there is nobody's business.
	virtual void Append(const duckdb::Vector &vector, RowSelection rows) = 0;
	//! What was collected; the column is of no use afterwards.
	virtual std::shared_ptr<arrow::ArrayData> Finish() = 0;

	//! Throws NotImplementedException for a type that has no native layout.
	static std::unique_ptr<NativeColumn> Make(const duckdb::LogicalType &type);
};

//! Rows on their way into one batch.
class NativeBatchBuilder {
public:
	explicit NativeBatchBuilder(const duckdb::vector<duckdb::LogicalType> &types);

	void Append(const duckdb::DataChunk &chunk, RowSelection rows);
	idx_t RowCount() const;
	//! The batch, whose schema holds NativeArrowType of each type.
	std::shared_ptr<arrow::RecordBatch> Finish(const std::shared_ptr<arrow::Schema> &schema);

private:
	std::vector<std::unique_ptr<NativeColumn>> columns;
	idx_t row_count = 0;
};

} // namespace skein
