#include "codec/arrow_codec.hpp"

#include <arrow/c/bridge.h>
#include <arrow/util/key_value_metadata.h>

#include "codec/record_batch_check.hpp"
#include "codec/type_text.hpp"
#include "duckdb/common/arrow/arrow_appender.hpp"
#include "duckdb/common/arrow/arrow_converter.hpp"
#include "duckdb/common/arrow/arrow_type_extension.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/vector_operations/vector_operations.hpp"
#include "duckdb/function/table/arrow.hpp"
#include "duckdb/main/client_context.hpp"
#include "protocol/limits.hpp"
#include "protocol/version.hpp"
#include "protocol/wire_bytes.hpp"

namespace skein {

using duckdb::ClientContext;
using duckdb::ClientProperties;
using duckdb::DataChunk;
using duckdb::InvalidInputException;
using duckdb::LogicalType;

//! Arrow's failures in conversions are about the data at hand: the user's to know.
template <class T>
static T ValueOrThrow(arrow::Result<T> result, const char *doing) {
	if (!result.ok()) {
		throw InvalidInputException("Arrow failed while %s: %s", doing, result.status().message());
	}
	return std::move(result).ValueUnsafe();
}

//===--------------------------------------------------------------------===//
// Schema
//===--------------------------------------------------------------------===//
ClientProperties ArrowProperties(ClientContext &context) {
	auto properties = context.GetClientProperties();
	properties.arrow_offset_size = duckdb::ArrowOffsetSize::REGULAR;
	properties.arrow_use_list_view = false;
	properties.produce_arrow_string_view = false;
	properties.arrow_lossless_conversion = true;
	properties.arrow_output_version = duckdb::ArrowFormatVersion::V1_5;
	properties.client_context = &context;
	return properties;
}

//! DuckDB describes its types without an Arrow counterpart by the connection's settings, but writes them, as all
//! others, by our options: makes the description match.
static void MatchOptions(ArrowSchema &field) {
	const std::string format = field.format;
	if (format == "z" || format == "Z") {
		field.format = "vz";
	} else if (format == "U" || format == "vu") {
		field.format = "u";
	}
	for (int64_t i = 0; i < field.n_children; i++) {
		MatchOptions(*field.children[i]);
	}
	if (field.dictionary) {
		MatchOptions(*field.dictionary);
	}
}

std::shared_ptr<arrow::Schema> MakeArrowSchema(ClientContext &context, const duckdb::vector<LogicalType> &types,
                                               const duckdb::vector<std::string> &names) {
	auto properties = ArrowProperties(context);
	ArrowSchema exported;
	duckdb::ArrowConverter::ToArrowSchema(&exported, types, names, properties);
	MatchOptions(exported);
	auto schema = ValueOrThrow(arrow::ImportSchema(&exported), "describing rows");
	arrow::FieldVector fields;
	for (idx_t i = 0; i < types.size(); i++) {
		auto metadata = arrow::key_value_metadata({FIELD_METADATA_TYPE}, {TypeText(types[i])});
		fields.push_back(schema->field(static_cast<int>(i))->WithMergedMetadata(metadata));
	}
	return arrow::schema(std::move(fields));
}

LogicalType FieldType(ClientContext &context, const arrow::Field &field) {
	if (field.metadata()) {
		auto text = field.metadata()->Get(FIELD_METADATA_TYPE);
		if (text.ok()) {
			return ParseTypeText(context, *text);
		}
	}
	duckdb::ArrowSchemaWrapper exported;
	auto status = arrow::ExportField(field, &exported.arrow_schema);
	if (!status.ok()) {
		throw InvalidInputException("Column \"%s\" has an Arrow type that cannot be read: %s", field.name(),
		                            status.message());
	}
	auto type = duckdb::ArrowType::GetArrowLogicalType(context, exported.arrow_schema);
	type->ThrowIfInvalid();
	return type->GetDuckType(true);
}

uint64_t WireBytes(const arrow::RecordBatch &batch) {
	return RecordBatchWireBytes(batch);
}

//===--------------------------------------------------------------------===//
// Encoder
//===--------------------------------------------------------------------===//
struct RecordBatchEncoder::State {
	State(ClientContext &context, duckdb::vector<LogicalType> types_p, const duckdb::vector<std::string> &names)
	    : types(std::move(types_p)), properties(ArrowProperties(context)),
	      extension_types(duckdb::ArrowTypeExtensionData::GetExtensionTypes(context, types)),
	      schema(MakeArrowSchema(context, types, names)) {
	}
	//! The same rows, none collected.
	State(const State &other)
	    : types(other.types), properties(other.properties), extension_types(other.extension_types),
	      schema(other.schema) {
	}

	const duckdb::vector<LogicalType> types;
	const ClientProperties properties;
	const duckdb::unordered_map<idx_t, const duckdb::shared_ptr<duckdb::ArrowTypeExtensionData>> extension_types;
	const std::shared_ptr<arrow::Schema> schema;
	duckdb::unique_ptr<duckdb::ArrowAppender> appender;
};

RecordBatchEncoder::RecordBatchEncoder(ClientContext &context, duckdb::vector<LogicalType> types,
                                       duckdb::vector<std::string> names)
    : state(std::make_unique<State>(context, std::move(types), names)) {
}

RecordBatchEncoder::RecordBatchEncoder(std::unique_ptr<State> state) : state(std::move(state)) {
}

RecordBatchEncoder::~RecordBatchEncoder() = default;

std::unique_ptr<RecordBatchEncoder> RecordBatchEncoder::NewSibling() const {
	return std::unique_ptr<RecordBatchEncoder>(new RecordBatchEncoder(std::make_unique<State>(*state)));
}

//! Rows copied before it is known how large rows are.
static constexpr idx_t SAMPLE_ROWS = 64;

idx_t RecordBatchEncoder::AppendUntilFull(DataChunk &chunk, idx_t offset) {
	const auto count = chunk.size();
	while (offset < count && !IsFull()) {
		auto rows = SAMPLE_ROWS;
		if (RowCount() == 0) {
			state->appender = duckdb::make_uniq<duckdb::ArrowAppender>(state->types, count - offset, state->properties,
			                                                           state->extension_types);
		} else {
			const auto bytes = state->appender->ByteSize();
			const auto row_bytes = bytes / RowCount() + 1;
			rows = duckdb::MaxValue<idx_t>((limits::batch_bytes_max - bytes) / row_bytes, 1);
		}
		rows = duckdb::MinValue<idx_t>(rows, limits::batch_rows_max - RowCount());
		rows = duckdb::MinValue<idx_t>(rows, count - offset);
		state->appender->Append(chunk, offset, offset + rows, count);
		offset += rows;
	}
	return offset;
}

void RecordBatchEncoder::Append(DataChunk &chunk) {
	auto count = chunk.size();
	if (!state->appender) {
		state->appender =
		    duckdb::make_uniq<duckdb::ArrowAppender>(state->types, count, state->properties, state->extension_types);
	}
	state->appender->Append(chunk, 0, count, count);
}

idx_t RecordBatchEncoder::RowCount() const {
	return state->appender ? state->appender->RowCount() : 0;
}

bool RecordBatchEncoder::IsFull() const {
	return state->appender && (state->appender->RowCount() >= limits::batch_rows_max ||
	                           state->appender->ByteSize() >= limits::batch_bytes_max);
}

std::shared_ptr<arrow::RecordBatch> RecordBatchEncoder::Finish() {
	if (RowCount() == 0) {
		return nullptr;
	}
	auto array = state->appender->Finalize();
	state->appender.reset();
	return ValueOrThrow(arrow::ImportRecordBatch(&array, state->schema), "encoding rows");
}

const std::shared_ptr<arrow::Schema> &RecordBatchEncoder::Schema() const {
	return state->schema;
}

//===--------------------------------------------------------------------===//
// Decoder
//===--------------------------------------------------------------------===//
struct RecordBatchDecoder::State {
	State(ClientContext &context, std::shared_ptr<arrow::Schema> schema_p)
	    : context(context), schema(std::move(schema_p)), scan(duckdb::make_uniq<duckdb::ArrowArrayWrapper>(), context) {
	}

	ClientContext &context;
	const std::shared_ptr<arrow::Schema> schema;
	duckdb::vector<LogicalType> types;
	duckdb::vector<std::string> names;
	//! What Arrow's own type converts to; differs from `types` where the text says more (ENUM, ...).
	duckdb::ArrowTableSchema arrow_table;
	//! Columns as converted, before casts.
	DataChunk converted;
	duckdb::ArrowScanLocalState scan;
	idx_t row_count = 0;
};

RecordBatchDecoder::RecordBatchDecoder(ClientContext &context, std::shared_ptr<arrow::Schema> schema)
    : state(std::make_unique<State>(context, std::move(schema))) {
	for (auto &field : state->schema->fields()) {
		state->types.push_back(FieldType(context, *field));
		state->names.push_back(field->name());
	}
	duckdb::ArrowSchemaWrapper exported;
	auto status = arrow::ExportSchema(*state->schema, &exported.arrow_schema);
	if (!status.ok()) {
		throw InvalidInputException("The rows' Arrow schema cannot be read: %s", status.message());
	}
	duckdb::ArrowTableFunction::PopulateArrowTableSchema(context, state->arrow_table, exported.arrow_schema);
	for (auto &entry : state->arrow_table.GetColumns()) {
		entry.second->ThrowIfInvalid();
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
	if (!batch->schema()->Equals(*state->schema, /*check_metadata=*/false)) {
		throw InvalidInputException("A record batch does not have the schema its stream began with");
	}
	auto status = CheckRecordBatch(*batch);
	if (!status.ok()) {
		throw InvalidInputException("A record batch is not valid: %s", status.message());
	}
	auto array = duckdb::make_shared_ptr<duckdb::ArrowArrayWrapper>();
	status = arrow::ExportRecordBatch(*batch, &array->arrow_array);
	if (!status.ok()) {
		throw InvalidInputException("A record batch cannot be read: %s", status.message());
	}
	state->scan.Reset();
	state->scan.chunk = std::move(array);
	state->row_count = static_cast<idx_t>(batch->num_rows());
}

void RecordBatchDecoder::Read(DataChunk &chunk) {
	auto &scan = state->scan;
	auto count = duckdb::MinValue<idx_t>(STANDARD_VECTOR_SIZE, state->row_count - scan.chunk_offset);
	if (count == 0) {
		chunk.Reset();
		return;
	}
	// A fresh chunk each time: conversion leaves references to Arrow's memory in the vectors.
	state->converted.Destroy();
	state->converted.Initialize(state->context, state->arrow_table.GetTypes());
	state->converted.SetChildCardinality(count);
	duckdb::ArrowTableFunction::ArrowToDuckDB(scan, state->arrow_table.GetColumns(), state->converted);
	for (idx_t i = 0; i < chunk.ColumnCount(); i++) {
		auto &source = state->converted.data[i];
		if (source.GetType() == state->types[i]) {
			chunk.data[i].Reference(source);
		} else {
			duckdb::Vector target(state->types[i], count);
			duckdb::VectorOperations::Cast(state->context, source, target, count);
			chunk.data[i].Reference(target);
		}
	}
	chunk.SetCardinalityUnsafe(count);
	scan.chunk_offset += count;
}

std::shared_ptr<arrow::RecordBatch> ConvertToArrow(ClientContext &context, DataChunk &chunk,
                                                   const duckdb::vector<std::string> &names) {
	auto column_names = names;
	for (idx_t i = column_names.size(); i < chunk.ColumnCount(); i++) {
		column_names.push_back("col" + std::to_string(i));
	}
	RecordBatchEncoder encoder(context, chunk.GetTypes(), column_names);
	encoder.Append(chunk);
	auto batch = encoder.Finish();
	return batch ? batch : ValueOrThrow(arrow::RecordBatch::MakeEmpty(encoder.Schema()), "encoding rows");
}

} // namespace skein
