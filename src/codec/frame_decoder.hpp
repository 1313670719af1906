//! Frames into chunks.
#pragma once

#include <memory>
#include <vector>

#include <arrow/record_batch.h>

#include "codec/frame_column_reader.hpp"
#include "duckdb/common/types/data_chunk.hpp"

namespace skein {

//! Reads one frame after the other. Treats them as hostile: every length, number and width is checked before it is
//! used, and a frame cannot make it take more memory than limits.hpp allows one batch. Belongs to one thread at a time.
class FrameDecoder {
public:
	explicit FrameDecoder(const duckdb::vector<duckdb::LogicalType> &types);

	//! Makes the frame of `batch` the one Read reads from: `row_count` rows from `first_row` on. Throws
	//! InvalidInputException for one that does not begin like a frame.
	void SetBatch(const arrow::RecordBatch &batch, idx_t first_row, idx_t row_count);
	//! The next rows, at most a block of the frame; 0 at the end. Texts lie in the frame's memory, which the vectors
	//! keep. Throws InvalidInputException.
	idx_t Read(duckdb::DataChunk &chunk);

private:
	void OpenFrame(std::shared_ptr<arrow::Buffer> frame);
	idx_t ReadBlock(duckdb::DataChunk &chunk);

	const duckdb::vector<duckdb::LogicalType> types;
	std::vector<std::unique_ptr<FrameColumnReader>> columns;
	FrameSource source;
	//! Of the frame.
	uint64_t rows_left = 0;
	//! Before the next one wanted, and those wanted.
	uint64_t rows_to_skip = 0;
	uint64_t rows_wanted = 0;
};

} // namespace skein
