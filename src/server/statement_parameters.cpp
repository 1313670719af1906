#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/memory_pool.h>

#include "codec/arrow_codec.hpp"
#include "protocol/limits.hpp"
#include "server/bound_statement.hpp"
#include "server/request_error.hpp"

namespace skein {

namespace ipc = arrow::ipc;

static constexpr const char *READING = "The request's parameters are no Arrow IPC stream";

static std::shared_ptr<arrow::RecordBatch> ReadOneRow(ipc::RecordBatchStreamReader &stream) {
	std::shared_ptr<arrow::RecordBatch> row;
	while (true) {
		std::shared_ptr<arrow::RecordBatch> batch;
		ThrowIfInvalid(stream.ReadNext(&batch), READING);
		if (!batch) {
			break;
		}
		if (batch->num_rows() == 0) {
			continue;
		}
		if (row || batch->num_rows() != 1) {
			throw RequestError(ErrorCategory::INVALID_REQUEST,
			                   "The request's parameters must be one row, but there are more");
		}
		row = std::move(batch);
	}
	if (!row) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "The request's parameters must be one row, but there is none");
	}
	return row;
}

static StatementParameters ToValues(duckdb::ClientContext &context, std::shared_ptr<arrow::RecordBatch> row) {
	RecordBatchDecoder decoder(context, row->schema());
	decoder.SetBatch(std::move(row));
	duckdb::DataChunk chunk;
	chunk.Initialize(context, decoder.Types());
	decoder.Read(chunk);
	StatementParameters result;
	for (uint64_t i = 0; i < decoder.Names().size(); i++) {
		auto &name = decoder.Names()[i];
		if (!result.emplace(duckdb::Identifier(name), duckdb::BoundParameterData(chunk.GetValue(i, 0))).second) {
			throw RequestError(ErrorCategory::INVALID_REQUEST, "The request has two values for parameter $" + name);
		}
	}
	return result;
}

StatementParameters DecodeParameters(duckdb::ClientContext &context, const std::string &bytes) {
	if (bytes.empty()) {
		return {};
	}
	// A compressed buffer claims its size.
	arrow::CappedMemoryPool pool(arrow::default_memory_pool(), static_cast<int64_t>(limits::upload_batch_bytes_max));
	auto options = ipc::IpcReadOptions::Defaults();
	options.memory_pool = &pool;
	options.use_threads = false;
	auto source = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes));
	auto stream = ValueOrThrow(ipc::RecordBatchStreamReader::Open(std::move(source), options), READING);
	return ToValues(context, ReadOneRow(*stream));
}

} // namespace skein
