#include "codec/frame_builder.hpp"

#include <arrow/array/data.h>

#include "codec/frame_compression.hpp"
#include "duckdb/common/allocator.hpp"
#include "protocol/limits.hpp"

namespace skein {

using duckdb::DataChunk;

//! A block has a cost of its own, here and where it is read: fewer rows wait for others.
static constexpr idx_t BLOCK_ROWS_MIN = FRAME_BLOCK_ROWS_MAX / 2;

FrameBuilder::FrameBuilder(duckdb::vector<duckdb::LogicalType> types_p, FrameCodec codec)
    : types(std::move(types_p)), codec(codec) {
	for (auto &type : types) {
		columns.push_back(FrameColumn::Make(type));
	}
}

void FrameBuilder::Append(const DataChunk &chunk, RowSelection rows) {
	row_count += rows.count;
	const auto pending_count = pending.size();
	if (rows.count >= BLOCK_ROWS_MIN || pending_count + rows.count > FRAME_BLOCK_ROWS_MAX) {
		WritePending();
	}
	if (rows.count >= BLOCK_ROWS_MIN) {
		WriteBlock(chunk, rows);
		return;
	}
	if (pending.ColumnCount() == 0) {
		pending.Initialize(duckdb::Allocator::DefaultAllocator(), types);
	}
	duckdb::SelectionVector selection(rows.count);
	for (idx_t i = 0; i < rows.count; i++) {
		selection.set_index(i, rows[i]);
	}
	pending.Append(chunk, selection, rows.count);
}

void FrameBuilder::WritePending() {
	if (pending.size() > 0) {
		WriteBlock(pending, RowSelection {nullptr, 0, pending.size()});
		pending.Reset();
	}
}

void FrameBuilder::WriteBlock(const DataChunk &chunk, RowSelection rows) {
	if (writer.Size() == 0) {
		std::memset(writer.Reserve(FRAME_HEADER_BYTES), 0, FRAME_HEADER_BYTES);
		writer.Advance(FRAME_HEADER_BYTES);
		for (auto &column : columns) {
			column->StartFrame();
		}
	}
	for (idx_t written = 0; written < rows.count;) {
		RowSelection block = rows;
		block.count = duckdb::MinValue<idx_t>(rows.count - written, FRAME_BLOCK_ROWS_MAX);
		block.begin = rows.begin + written;
		writer.WriteNumber(static_cast<uint32_t>(block.count));
		for (idx_t i = 0; i < columns.size(); i++) {
			columns[i]->Write(chunk.data[i], block, writer);
		}
		written += block.count;
	}
}

idx_t FrameBuilder::RowCount() const {
	return row_count;
}

bool FrameBuilder::IsFull() const {
	return row_count >= limits::frame_rows_max || writer.Size() >= limits::frame_bytes_max;
}

std::shared_ptr<arrow::Buffer> FrameBuilder::Seal() {
	const auto blocks_bytes = static_cast<uint64_t>(writer.Size() - FRAME_HEADER_BYTES);
	auto header = writer.At(0);
	header[0] = FRAME_VERSION;
	header[1] = static_cast<uint8_t>(FrameCodec::NONE);
	const auto rows = static_cast<uint32_t>(row_count);
	std::memcpy(header + 4, &rows, sizeof(rows));
	std::memcpy(header + 8, &blocks_bytes, sizeof(blocks_bytes));
	auto frame = writer.Finish();
	return codec == FrameCodec::NONE ? frame : CompressFrame(*frame, codec);
}

std::shared_ptr<arrow::RecordBatch> FrameBuilder::Finish(const std::shared_ptr<arrow::Schema> &schema) {
	WritePending();
	if (row_count == 0) {
		return nullptr;
	}
	auto frame = Seal();
	row_count = 0;
	return MakeFrameBatch(schema, std::move(frame));
}

std::shared_ptr<arrow::RecordBatch> MakeFrameBatch(const std::shared_ptr<arrow::Schema> &schema,
                                                   std::shared_ptr<arrow::Buffer> frame) {
	const int64_t offsets[] = {0, frame->size()};
	auto offsets_buffer = ValueOrThrow(arrow::AllocateBuffer(sizeof(offsets)), "encoding rows");
	std::memcpy(offsets_buffer->mutable_data(), offsets, sizeof(offsets));
	auto data = arrow::ArrayData::Make(arrow::large_binary(), 1, {nullptr, std::move(offsets_buffer), std::move(frame)},
	                                   /*null_count=*/0);
	return arrow::RecordBatch::Make(schema, 1, {std::move(data)});
}

} // namespace skein
