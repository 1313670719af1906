#include "codec/arrow_batch_builder.hpp"
#include "codec/arrow_codec.hpp"
#include "codec/frame_builder.hpp"
#include "codec/native_encoder.hpp"
#include "codec/row_sizes.hpp"
#include "duckdb/common/exception.hpp"
#include "protocol/limits.hpp"

namespace skein {

using duckdb::DataChunk;

//! The same for all encoders of one kind of rows.
struct EncodedRows {
	EncodedRows(duckdb::ClientContext &context, const duckdb::vector<duckdb::LogicalType> &types,
	            const duckdb::vector<std::string> &names, RowFormat format)
	    : types(types), format(format), sizes(types), schema(MakeArrowSchema(context, types, names, format.layout)),
	      rows_max(format.layout == RowLayout::FRAMES ? limits::frame_rows_max : limits::batch_rows_max) {
		if (format.layout == RowLayout::ARROW) {
			arrow = std::make_unique<ArrowBatchSettings>(context, types);
		}
	}

	const duckdb::vector<duckdb::LogicalType> types;
	const RowFormat format;
	const RowSizes sizes;
	const std::shared_ptr<arrow::Schema> schema;
	const idx_t rows_max;
	//! Null for rows in a layout of DuckDB's.
	std::unique_ptr<ArrowBatchSettings> arrow;
};

struct RecordBatchEncoder::State {
	explicit State(std::shared_ptr<const EncodedRows> rows_p)
	    : rows(std::move(rows_p)), dictionaries(rows->types.size()) {
	}

	idx_t RowCount() const {
		return frames ? frames->RowCount() : native ? native->RowCount() : arrow ? arrow->RowCount() : 0;
	}
	idx_t RowsThatFit(DataChunk &chunk, idx_t offset);
	void Append(DataChunk &chunk, RowSelection selection);

	const std::shared_ptr<const EncodedRows> rows;
	//! One of the three, while rows are collected. That of frames stays, for what it knows of its rows.
	std::unique_ptr<FrameBuilder> frames;
	std::unique_ptr<NativeBatchBuilder> native;
	std::unique_ptr<ArrowBatchBuilder> arrow;
	DictionaryBounds dictionaries;
	uint64_t bytes = 0;
	//! The next row did not fit.
	bool full = false;
};

//! How many rows from `offset` on go into the batch at hand: at least one, if it is empty.
idx_t RecordBatchEncoder::State::RowsThatFit(DataChunk &chunk, idx_t offset) {
	const auto count = duckdb::MinValue<idx_t>(chunk.size() - offset, rows->rows_max - RowCount());
	const RowSelection selection {nullptr, offset, count};
	const auto total = rows->sizes.Bound(chunk, selection, dictionaries);
	if (bytes + total <= limits::batch_bytes_max) {
		bytes += total;
		return count;
	}
	idx_t fitting = 0;
	for (auto row_bytes : rows->sizes.MeasureEach(chunk, selection)) {
		if (row_bytes > limits::row_bytes_max) {
			throw duckdb::InvalidInputException("A row of %d bytes cannot be sent: at most %d are accepted "
			                                    "(row_bytes_max)",
			                                    row_bytes, limits::row_bytes_max);
		}
		if (bytes + row_bytes > limits::batch_bytes_max && RowCount() + fitting > 0) {
			break;
		}
		bytes += row_bytes;
		fitting++;
	}
	return fitting;
}

void RecordBatchEncoder::State::Append(DataChunk &chunk, RowSelection selection) {
	if (selection.count == 0) {
		return;
	}
	if (rows->format.layout == RowLayout::FRAMES) {
		if (!frames) {
			frames = std::make_unique<FrameBuilder>(rows->types, rows->format.codec);
		}
		frames->Append(chunk, selection);
		return;
	}
	if (rows->format.layout == RowLayout::NATIVE) {
		if (!native) {
			native = std::make_unique<NativeBatchBuilder>(rows->types);
		}
		native->Append(chunk, selection);
		return;
	}
	if (!arrow) {
		// A full vector is rarely the only one; then memory that grows would be copied again and again.
		const auto capacity = selection.count < STANDARD_VECTOR_SIZE ? selection.count : rows->rows_max;
		arrow = std::make_unique<ArrowBatchBuilder>(*rows->arrow, capacity);
	}
	arrow->Append(chunk, selection, *rows->schema);
}

RecordBatchEncoder::RecordBatchEncoder(duckdb::ClientContext &context, duckdb::vector<duckdb::LogicalType> types,
                                       duckdb::vector<std::string> names, RowFormat format)
    : state(std::make_unique<State>(std::make_shared<const EncodedRows>(context, types, names, format))) {
}

RecordBatchEncoder::RecordBatchEncoder(std::unique_ptr<State> state) : state(std::move(state)) {
}

RecordBatchEncoder::~RecordBatchEncoder() = default;

std::unique_ptr<RecordBatchEncoder> RecordBatchEncoder::NewSibling() const {
	return std::unique_ptr<RecordBatchEncoder>(new RecordBatchEncoder(std::make_unique<State>(state->rows)));
}

idx_t RecordBatchEncoder::AppendUntilFull(DataChunk &chunk, idx_t offset) {
	if (offset >= chunk.size() || IsFull()) {
		return offset;
	}
	const auto count = state->RowsThatFit(chunk, offset);
	state->Append(chunk, RowSelection {nullptr, offset, count});
	offset += count;
	state->full = offset < chunk.size();
	return offset;
}

void RecordBatchEncoder::Append(DataChunk &chunk) {
	const RowSelection all {nullptr, 0, chunk.size()};
	state->bytes += state->rows->sizes.Measure(chunk, all);
	state->Append(chunk, all);
}

idx_t RecordBatchEncoder::RowCount() const {
	return state->RowCount();
}

bool RecordBatchEncoder::IsFull() const {
	return state->full || (state->frames && state->frames->IsFull()) || state->RowCount() >= state->rows->rows_max ||
	       state->bytes >= limits::batch_bytes_max;
}

std::shared_ptr<arrow::RecordBatch> RecordBatchEncoder::Finish() {
	if (RowCount() == 0) {
		return nullptr;
	}
	state->bytes = 0;
	state->full = false;
	if (state->frames) {
		return state->frames->Finish(state->rows->schema);
	}
	auto native = std::move(state->native);
	auto arrow = std::move(state->arrow);
	return native ? native->Finish(state->rows->schema) : arrow->Finish(state->rows->schema);
}

const std::shared_ptr<arrow::Schema> &RecordBatchEncoder::Schema() const {
	return state->rows->schema;
}

} // namespace skein
