#include "codec/frame_decoder.hpp"

#include <arrow/array/array_binary.h>

#include "codec/frame_compression.hpp"
#include "codec/value_check.hpp"
#include "protocol/limits.hpp"

namespace skein {

using duckdb::InvalidInputException;

FrameDecoder::FrameDecoder(const duckdb::vector<duckdb::LogicalType> &types_p) : types(types_p) {
	for (auto &type : types) {
		columns.push_back(FrameColumnReader::Make(type));
	}
}

static uint64_t CheckSize(uint64_t bytes) {
	if (bytes > limits::upload_batch_bytes_max) {
		throw InvalidInputException("A frame of %d bytes is larger than a batch may be (%d)", bytes,
		                            limits::upload_batch_bytes_max);
	}
	return bytes;
}

void FrameDecoder::SetBatch(const arrow::RecordBatch &batch, idx_t first_row, idx_t row_count) {
	if (batch.num_rows() != 1) {
		throw InvalidInputException("A record batch of frames holds one frame, not %d", batch.num_rows());
	}
	auto &array = static_cast<const arrow::LargeBinaryArray &>(*batch.column(0));
	OpenFrame(arrow::SliceBuffer(array.value_data(), array.value_offset(0), array.value_length(0)));
	rows_to_skip = first_row;
	rows_wanted = row_count;
	for (auto &column : columns) {
		column->StartFrame();
	}
}

void FrameDecoder::OpenFrame(std::shared_ptr<arrow::Buffer> frame) {
	FrameReader header(frame->data(), static_cast<uint64_t>(frame->size()));
	const auto version = header.TakeNumber<uint8_t>();
	if (version != FRAME_VERSION) {
		throw InvalidInputException("A frame has version %d; version %d is read here", version, FRAME_VERSION);
	}
	const auto codec = static_cast<FrameCodec>(header.TakeNumber<uint8_t>());
	header.Take(2);
	rows_left = header.TakeNumber<uint32_t>();
	if (rows_left == 0 || rows_left > limits::frame_rows_max) {
		throw InvalidInputException("A frame has between 1 and %d rows, not %d", limits::frame_rows_max, rows_left);
	}
	const auto blocks_bytes = CheckSize(header.TakeNumber<uint64_t>());
	const auto size = header.Remaining();
	auto blocks = header.Take(size);
	switch (codec) {
	case FrameCodec::NONE:
		if (size != blocks_bytes) {
			throw InvalidInputException("A frame has %d bytes where its header says %d", size, blocks_bytes);
		}
		source.memory = std::move(frame);
		break;
	case FrameCodec::LZ4:
	case FrameCodec::ZSTD:
		source.memory = DecompressBlocks(blocks, size, codec, blocks_bytes);
		blocks = source.memory->data();
		break;
	default:
		throw InvalidInputException("A frame is compressed by codec %d, which is not known", static_cast<int>(codec));
	}
	source.reader = FrameReader(blocks, blocks_bytes);
	source.bytes_left = limits::upload_batch_bytes_max;
}

idx_t FrameDecoder::ReadBlock(duckdb::DataChunk &chunk) {
	const auto count = source.reader.TakeNumber<uint32_t>();
	if (count == 0 || count > FRAME_BLOCK_ROWS_MAX || count > rows_left) {
		throw InvalidInputException("A block of %d rows does not fit into its frame, of which %d rows are left", count,
		                            rows_left);
	}
	chunk.Reset();
	for (idx_t i = 0; i < columns.size(); i++) {
		auto &column = chunk.data[i];
		if (!column.GetBufferRef() || column.GetVectorType() != duckdb::VectorType::FLAT_VECTOR) {
			// A chunk without memory of its own.
			column.Reference(duckdb::Vector(types[i]));
		}
		columns[i]->Read(source, count, column);
		CheckValues(column, count);
	}
	rows_left -= count;
	if (rows_left == 0 && source.reader.Remaining() > 0) {
		throw InvalidInputException("A frame goes on behind its last row");
	}
	return count;
}

idx_t FrameDecoder::Read(duckdb::DataChunk &chunk) {
	while (rows_wanted > 0) {
		const auto block_rows = ReadBlock(chunk);
		const auto skipped = duckdb::MinValue<uint64_t>(rows_to_skip, block_rows);
		rows_to_skip -= skipped;
		const auto count = duckdb::MinValue<uint64_t>(block_rows - skipped, rows_wanted);
		if (count == 0) {
			continue;
		}
		rows_wanted -= count;
		if (count < block_rows) {
			for (auto &column : chunk.data) {
				auto whole = duckdb::Vector::Ref(column);
				column.Slice(whole, skipped, skipped + count);
			}
		}
		return count;
	}
	return 0;
}

} // namespace skein
