#include <algorithm>

#include <arrow/array/concatenate.h>
#include <arrow/c/bridge.h>
#include <arrow/extension_type.h>
#include <arrow/type_traits.h>

#include "codec/arrow_codec.hpp"
#include "codec/arrow_status.hpp"
#include "codec/dense_dictionaries.hpp"
#include "codec/foreign_type_check.hpp"
#include "codec/frame_decoder.hpp"
#include "codec/frame_schema.hpp"
#include "codec/native_decoder.hpp"
#include "codec/native_schema.hpp"
#include "codec/record_batch_check.hpp"
#include "codec/refuse_internal.hpp"
#include "codec/value_check.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/vector_operations/vector_operations.hpp"
#include "duckdb/function/table/arrow.hpp"
#include "duckdb/main/client_context.hpp"
#include "protocol/frame_batch.hpp"

namespace skein {

using duckdb::ClientContext;
using duckdb::DataChunk;
using duckdb::InvalidInputException;
using duckdb::LogicalType;

namespace {

bool HoldsLists(const arrow::FieldVector &fields) {
	return std::any_of(fields.begin(), fields.end(), [](const std::shared_ptr<arrow::Field> &field) {
		auto type = field->type();
		if (type->id() == arrow::Type::EXTENSION) {
			type = static_cast<const arrow::ExtensionType &>(*type).storage_type();
		}
		return arrow::is_list_like(type->id()) || arrow::is_list_view(type->id()) || HoldsLists(type->fields());
	});
}

//! Batches of Arrow's types, by the engine's own conversion.
class ArrowReader {
public:
	ArrowReader(ClientContext &context, const std::shared_ptr<arrow::Schema> &schema)
	    : context(context), dense_schema(WithoutNestedDictionaries(schema)),
	      has_lists(HoldsLists(dense_schema->fields())), scan(duckdb::make_uniq<duckdb::ArrowArrayWrapper>(), context) {
		duckdb::ArrowSchemaWrapper exported;
		auto status = arrow::ExportSchema(*dense_schema, &exported.arrow_schema);
		if (!status.ok()) {
			throw InvalidInputException("The rows' Arrow schema cannot be read: %s", status.message());
		}
		duckdb::ArrowTableFunction::PopulateArrowTableSchema(context, arrow_table, exported.arrow_schema);
		for (auto &entry : arrow_table.GetColumns()) {
			entry.second->ThrowIfInvalid();
			CheckForeignType(entry.second->GetDuckType(true));
		}
	}

	void SetBatch(const arrow::RecordBatch &batch) {
		dense = ValueOrThrow(WithoutNestedDictionaries(batch, dense_schema), "reading dictionaries");
		if (!has_lists) {
			Export(*dense);
		}
	}

	void Read(idx_t offset, idx_t count, const duckdb::vector<LogicalType> &types, DataChunk &chunk) {
		if (has_lists) {
			Export(*CopyRows(static_cast<int64_t>(offset), static_cast<int64_t>(count)));
			offset = 0;
		}
		// A fresh chunk each time: conversion leaves references to Arrow's memory in the vectors.
		converted.Destroy();
		converted.Initialize(context, arrow_table.GetTypes());
		converted.SetChildCardinality(count);
		scan.chunk_offset = offset;
		duckdb::ArrowTableFunction::ArrowToDuckDB(scan, arrow_table.GetColumns(), converted);
		for (idx_t i = 0; i < chunk.ColumnCount(); i++) {
			auto &source = converted.data[i];
			CheckValues(source, count);
			if (source.GetType() == types[i]) {
				chunk.data[i].Reference(source);
			} else {
				duckdb::Vector target(types[i], count);
				duckdb::VectorOperations::Cast(context, source, target, count);
				chunk.data[i].Reference(target);
			}
		}
	}

private:
	void Export(const arrow::RecordBatch &rows) {
		auto array = duckdb::make_shared_ptr<duckdb::ArrowArrayWrapper>();
		auto status = arrow::ExportRecordBatch(rows, &array->arrow_array);
		if (!status.ok()) {
			throw InvalidInputException("A record batch cannot be read: %s", status.message());
		}
		scan.Reset();
		scan.chunk = std::move(array);
	}

	//! As a batch of their own. Of lists of which all so far are empty, the engine's conversion looks at elements as
	//! far in as the rows are, where there are none.
	std::shared_ptr<arrow::RecordBatch> CopyRows(int64_t offset, int64_t count) const {
		std::vector<std::shared_ptr<arrow::Array>> columns;
		for (auto &column : dense->columns()) {
			auto rows = column->Slice(offset, count);
			// Of two arrays: one alone might be handed back as it is.
			columns.push_back(ValueOrThrow(arrow::Concatenate({rows, rows->Slice(0, 0)}), "reading lists"));
		}
		return arrow::RecordBatch::Make(dense_schema, count, std::move(columns));
	}

	ClientContext &context;
	const std::shared_ptr<arrow::Schema> dense_schema;
	const bool has_lists;
	std::shared_ptr<arrow::RecordBatch> dense;
	//! What Arrow's own type converts to; differs from the rows' types where their text says more (ENUM, ...).
	duckdb::ArrowTableSchema arrow_table;
	//! Columns as converted, before casts.
	DataChunk converted;
	duckdb::ArrowScanLocalState scan;
};

} // namespace

struct RecordBatchDecoder::State {
	explicit State(std::shared_ptr<arrow::Schema> schema) : schema(std::move(schema)) {
	}

	const std::shared_ptr<arrow::Schema> schema;
	duckdb::vector<LogicalType> types;
	duckdb::vector<std::string> names;
	//! At most one of the two; none for native rows.
	std::unique_ptr<ArrowReader> arrow;
	std::unique_ptr<FrameDecoder> frames;
	std::shared_ptr<arrow::RecordBatch> batch;
	//! The rows to be read end before `row_count`; the next is `offset`.
	idx_t row_count = 0;
	idx_t offset = 0;
};

RecordBatchDecoder::RecordBatchDecoder(ClientContext &context, std::shared_ptr<arrow::Schema> schema)
    : state(std::make_unique<State>(std::move(schema))) {
	auto rows = RowSchema(state->schema);
	for (auto &field : rows->fields()) {
		state->types.push_back(FieldType(context, *field));
		state->names.push_back(field->name());
	}
	if (IsFrameSchema(*state->schema)) {
		state->frames = std::make_unique<FrameDecoder>(state->types);
	} else if (!HasNativeFields(*state->schema, state->types)) {
		state->arrow = RefuseInternalErrors([&]() { return std::make_unique<ArrowReader>(context, state->schema); });
	}
}

RecordBatchDecoder::~RecordBatchDecoder() = default;

const duckdb::vector<LogicalType> &RecordBatchDecoder::Types() const {
	return state->types;
}

const duckdb::vector<std::string> &RecordBatchDecoder::Names() const {
	return state->names;
}

void RecordBatchDecoder::SetBatch(std::shared_ptr<arrow::RecordBatch> batch) {
	const auto rows = RecordBatchRows(*batch);
	SetBatch(std::move(batch), 0, rows);
}

void RecordBatchDecoder::SetBatch(std::shared_ptr<arrow::RecordBatch> batch, idx_t first_row, idx_t row_count) {
	if (!batch->schema()->Equals(*state->schema, /*check_metadata=*/false)) {
		throw InvalidInputException("A record batch does not have the schema its stream began with");
	}
	auto status = CheckRecordBatch(*batch);
	if (!status.ok()) {
		throw InvalidInputException("A record batch is not valid: %s", status.message());
	}
	if (state->frames) {
		state->frames->SetBatch(*batch, first_row, row_count);
	} else if (state->arrow) {
		state->arrow->SetBatch(*batch);
	}
	state->batch = std::move(batch);
	state->row_count = first_row + row_count;
	state->offset = first_row;
}

static void ReadNative(const std::shared_ptr<arrow::RecordBatch> &batch, idx_t offset, idx_t count,
                       const duckdb::vector<LogicalType> &types, DataChunk &chunk) {
	for (idx_t i = 0; i < types.size(); i++) {
		duckdb::Vector column(types[i]);
		ReadNativeColumn(batch, static_cast<int>(i), offset, count, column);
		CheckValues(column, count);
		chunk.data[i].Reference(column);
	}
}

void RecordBatchDecoder::Read(DataChunk &chunk) {
	if (state->frames) {
		const auto count = RefuseInternalErrors([&]() { return state->frames->Read(chunk); });
		if (count == 0) {
			chunk.Reset();
		} else {
			chunk.SetCardinalityUnsafe(count);
		}
		return;
	}
	auto count = duckdb::MinValue<idx_t>(STANDARD_VECTOR_SIZE, state->row_count - state->offset);
	if (count == 0) {
		chunk.Reset();
		return;
	}
	RefuseInternalErrors([&]() {
		if (state->arrow) {
			state->arrow->Read(state->offset, count, state->types, chunk);
		} else {
			ReadNative(state->batch, state->offset, count, state->types, chunk);
		}
	});
	chunk.SetCardinalityUnsafe(count);
	state->offset += count;
}

} // namespace skein
