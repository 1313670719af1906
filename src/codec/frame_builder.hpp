//! Chunks into frames.
#pragma once

#include <memory>
#include <vector>

#include <arrow/record_batch.h>

#include "codec/frame_column.hpp"
#include "duckdb/common/types/data_chunk.hpp"

namespace skein {

//! One frame after the other. Belongs to one thread at a time; remembers from frame to frame what paid off.
class FrameBuilder {
public:
	FrameBuilder(duckdb::vector<duckdb::LogicalType> types, FrameCodec codec);

	void Append(const duckdb::DataChunk &chunk, RowSelection rows);
	idx_t RowCount() const;
	//! True once a frame's worth of rows or bytes was collected.
	bool IsFull() const;
	//! The rows since the last one, null where there are none. `schema`: MakeFrameSchema of the rows.
	std::shared_ptr<arrow::RecordBatch> Finish(const std::shared_ptr<arrow::Schema> &schema);

private:
	void WriteBlock(const duckdb::DataChunk &chunk, RowSelection rows);
	void WritePending();
	std::shared_ptr<arrow::Buffer> Seal();

	const duckdb::vector<duckdb::LogicalType> types;
	const FrameCodec codec;
	std::vector<std::unique_ptr<FrameColumn>> columns;
	FrameWriter writer;
	//! Rows of chunks too small for a block of their own.
	duckdb::DataChunk pending;
	idx_t row_count = 0;
};

//! A batch that carries a frame.
std::shared_ptr<arrow::RecordBatch> MakeFrameBatch(const std::shared_ptr<arrow::Schema> &schema,
                                                   std::shared_ptr<arrow::Buffer> frame);

} // namespace skein
