//! A frame (docs/frames.md) as rows of columns whose types stand before it: a count, then each type's length and text.
//!
//! The frame ends before a page nobody may read, as the buffers of tests/fuzz/record_batch.cpp do.
#include <algorithm>

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>

#include "codec/frame_decoder.hpp"
#include "codec/type_text.hpp"
#include "driver.hpp"
#include "duckdb.hpp"
#include "engine_connection.hpp"
#include "engine_errors.hpp"
#include "expect.hpp"
#include "guarded_memory.hpp"
#include "protocol/frame_batch.hpp"
#include "protocol/limits.hpp"

namespace {

constexpr duckdb::idx_t ROWS_LOOKED_AT = 300;
constexpr size_t GUARDED_BYTES_MAX = 64 << 10;

std::string_view Take(std::string_view &input, size_t bytes) {
	auto result = input.substr(0, bytes);
	input.remove_prefix(result.size());
	return result;
}

size_t TakeByte(std::string_view &input) {
	auto byte = Take(input, 1);
	return byte.empty() ? 0 : static_cast<unsigned char>(byte[0]);
}

std::shared_ptr<arrow::RecordBatch> BatchOf(std::string_view frame) {
	static skein_fuzz::GuardedMemory memory(GUARDED_BYTES_MAX);
	static int64_t offsets[2];
	frame = frame.substr(0, memory.Capacity());
	offsets[1] = static_cast<int64_t>(frame.size());
	auto bytes = std::make_shared<arrow::Buffer>(memory.Copy(frame), offsets[1]);
	auto ends = std::make_shared<arrow::Buffer>(reinterpret_cast<uint8_t *>(offsets), sizeof(offsets));
	auto data = arrow::ArrayData::Make(arrow::large_binary(), 1, {nullptr, ends, bytes}, 0);
	return arrow::RecordBatch::Make(arrow::schema({arrow::field("frame", arrow::large_binary())}), 1, {data});
}

void ReadFrame(duckdb::ClientContext &context, std::string_view input) {
	duckdb::vector<duckdb::LogicalType> types;
	const auto count = std::min<size_t>(TakeByte(input), 16);
	for (size_t i = 0; i < count; i++) {
		types.push_back(skein::ParseTypeText(context, std::string(Take(input, TakeByte(input)))));
	}
	skein::FrameDecoder decoder(types);
	auto batch = BatchOf(input);
	decoder.SetBatch(*batch, 0, skein::limits::frame_rows_max);
	duckdb::DataChunk chunk;
	chunk.InitializeEmpty(types);
	duckdb::idx_t rows = 0;
	while (auto block_rows = decoder.Read(chunk)) {
		FUZZ_EXPECT(block_rows <= STANDARD_VECTOR_SIZE);
		chunk.SetCardinalityUnsafe(block_rows);
		for (duckdb::idx_t row = 0; row < block_rows && rows < ROWS_LOOKED_AT; row++, rows++) {
			for (duckdb::idx_t column = 0; column < types.size(); column++) {
				(void)chunk.GetValue(column, row).ToString();
			}
		}
	}
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	auto &connection = skein_fuzz::EngineConnection();
	const std::string_view input(reinterpret_cast<const char *>(data), size);
	try {
		connection.context->RunFunctionInTransaction([&]() { ReadFrame(*connection.context, input); });
	} catch (const std::exception &exception) {
		skein_fuzz::ExpectRefusal(exception);
	}
	return 0;
}
