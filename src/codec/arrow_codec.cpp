#include "codec/arrow_codec.hpp"

#include <arrow/c/bridge.h>
#include <arrow/util/key_value_metadata.h>

#include "codec/arrow_batch_builder.hpp"
#include "codec/arrow_status.hpp"
#include "codec/foreign_type_check.hpp"
#include "codec/frame_schema.hpp"
#include "codec/native_schema.hpp"
#include "codec/refuse_internal.hpp"
#include "codec/type_text.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/function/table/arrow.hpp"
#include "duckdb/main/client_context.hpp"
#include "protocol/version.hpp"
#include "protocol/wire_bytes.hpp"

namespace skein {

using duckdb::ClientContext;
using duckdb::DataChunk;
using duckdb::InvalidInputException;
using duckdb::LogicalType;

static std::shared_ptr<arrow::Schema> MakeNativeSchema(const duckdb::vector<LogicalType> &types,
                                                       const duckdb::vector<std::string> &names) {
	arrow::FieldVector fields;
	for (idx_t i = 0; i < types.size(); i++) {
		auto metadata = arrow::key_value_metadata({FIELD_METADATA_TYPE, FIELD_METADATA_LAYOUT},
		                                          {TypeText(types[i]), FIELD_LAYOUT_NATIVE});
		fields.push_back(arrow::field(names[i], NativeArrowType(types[i]), /*nullable=*/true, std::move(metadata)));
	}
	return arrow::schema(std::move(fields));
}

std::shared_ptr<arrow::Schema> MakeArrowSchema(ClientContext &context, const duckdb::vector<LogicalType> &types,
                                               const duckdb::vector<std::string> &names, RowLayout layout) {
	switch (layout) {
	case RowLayout::NATIVE:
		return MakeNativeSchema(types, names);
	case RowLayout::FRAMES:
		return MakeFrameSchema(types, names);
	case RowLayout::ARROW:
		break;
	}
	auto schema = DescribeAsArrow(context, types, names);
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
	return RefuseInternalErrors([&]() {
		auto type = duckdb::ArrowType::GetArrowLogicalType(context, exported.arrow_schema);
		type->ThrowIfInvalid();
		auto result = type->GetDuckType(true);
		CheckForeignType(result);
		return result;
	});
}

uint64_t WireBytes(const arrow::RecordBatch &batch) {
	return RecordBatchWireBytes(batch);
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
