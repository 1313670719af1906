//! An Arrow IPC stream, its type texts included, as rows: what a server reads of an upload and a client of a scan.
//!
//! Every buffer of a batch is moved to memory of its own that ends before a page nobody may read, so that an offset or
//! a length that points too far is found though DuckDB and Arrow are not instrumented.
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>

#include "codec/arrow_codec.hpp"
#include "driver.hpp"
#include "engine_connection.hpp"
#include "engine_errors.hpp"
#include "expect.hpp"
#include "guarded_memory.hpp"
#include "protocol/frame_batch.hpp"

namespace {

constexpr duckdb::idx_t ROWS_LOOKED_AT = 300;
constexpr size_t GUARDED_BYTES_MAX = 64 << 10;
constexpr size_t GUARDED_COUNT = 256;

//! Memory for the buffers of one batch, used again for the next.
class GuardedBuffers {
public:
	std::shared_ptr<arrow::ArrayData> Move(const arrow::ArrayData &data) {
		auto moved = data.Copy();
		for (auto &buffer : moved->buffers) {
			if (buffer) {
				buffer = Move(*buffer);
			}
		}
		for (auto &child : moved->child_data) {
			child = Move(*child);
		}
		if (moved->dictionary) {
			moved->dictionary = Move(*moved->dictionary);
		}
		return moved;
	}
	void Reset() {
		used = 0;
		kept.clear();
	}

private:
	std::shared_ptr<arrow::Buffer> Move(const arrow::Buffer &buffer) {
		const auto size = static_cast<size_t>(buffer.size());
		if (size > GUARDED_BYTES_MAX || used == GUARDED_COUNT) {
			auto copy = arrow::Buffer::FromString(buffer.ToString());
			kept.push_back(copy);
			return copy;
		}
		if (used == memories.size()) {
			memories.push_back(std::make_unique<skein_fuzz::GuardedMemory>(GUARDED_BYTES_MAX));
		}
		// IPC pads buffers to 8 bytes.
		auto copy = memories[used++]->Copy(std::string_view(buffer), sizeof(uint64_t));
		return std::make_shared<arrow::Buffer>(copy, buffer.size());
	}

	std::vector<std::unique_ptr<skein_fuzz::GuardedMemory>> memories;
	std::vector<std::shared_ptr<arrow::Buffer>> kept;
	size_t used = 0;
};

std::shared_ptr<arrow::RecordBatch> Guard(const arrow::RecordBatch &batch, GuardedBuffers &buffers) {
	std::vector<std::shared_ptr<arrow::ArrayData>> columns;
	for (auto &column : batch.column_data()) {
		columns.push_back(buffers.Move(*column));
	}
	return arrow::RecordBatch::Make(batch.schema(), batch.num_rows(), std::move(columns));
}

void ReadRows(skein::RecordBatchDecoder &decoder) {
	duckdb::DataChunk chunk;
	chunk.InitializeEmpty(decoder.Types());
	duckdb::idx_t rows = 0;
	do {
		decoder.Read(chunk);
		FUZZ_EXPECT(chunk.size() <= STANDARD_VECTOR_SIZE);
		for (duckdb::idx_t row = 0; row < chunk.size() && rows < ROWS_LOOKED_AT; row++, rows++) {
			for (duckdb::idx_t column = 0; column < chunk.ColumnCount(); column++) {
				(void)chunk.GetValue(column, row).ToString();
			}
		}
	} while (chunk.size() > 0 && rows < ROWS_LOOKED_AT);
}

void ReadStream(duckdb::ClientContext &context, const uint8_t *data, size_t size, GuardedBuffers &buffers) {
	arrow::io::BufferReader bytes(std::make_shared<arrow::Buffer>(data, static_cast<int64_t>(size)));
	auto options = arrow::ipc::IpcReadOptions::Defaults();
	options.use_threads = false;
	// The heap a sanitizer watches.
	options.memory_pool = arrow::system_memory_pool();
	auto reader = arrow::ipc::RecordBatchStreamReader::Open(&bytes, options);
	if (!reader.ok()) {
		return;
	}
	skein::RecordBatchDecoder decoder(context, (*reader)->schema());
	FUZZ_EXPECT(skein::IsFrameSchema(*(*reader)->schema()) ||
	            decoder.Types().size() == static_cast<size_t>((*reader)->schema()->num_fields()));
	while (true) {
		auto batch = (*reader)->Next();
		if (!batch.ok() || !*batch) {
			return;
		}
		(void)skein::WireBytes(**batch);
		decoder.SetBatch(Guard(**batch, buffers));
		ReadRows(decoder);
	}
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	auto &connection = skein_fuzz::EngineConnection();
	static GuardedBuffers buffers;
	buffers.Reset();
	try {
		connection.context->RunFunctionInTransaction([&]() { ReadStream(*connection.context, data, size, buffers); });
	} catch (const std::exception &exception) {
		skein_fuzz::ExpectRefusal(exception);
	}
	return 0;
}
