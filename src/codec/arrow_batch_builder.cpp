#include "codec/arrow_batch_builder.hpp"

#include <arrow/c/bridge.h>
#include <arrow/type.h>

#include "codec/arrow_status.hpp"
#include "codec/interval_check.hpp"
#include "duckdb/common/arrow/arrow_converter.hpp"
#include "duckdb/common/type_visitor.hpp"
#include "duckdb/main/client_context.hpp"

namespace skein {

using duckdb::ClientContext;
using duckdb::ClientProperties;
using duckdb::LogicalType;

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

LogicalType WithoutNames(const LogicalType &type) {
	return duckdb::TypeVisitor::VisitReplace(type, [](const LogicalType &part) -> LogicalType {
		return !part.HasAlias() || part.IsJSONType() ? part : part.WithAlias(std::string());
	});
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

std::shared_ptr<arrow::Schema> DescribeAsArrow(ClientContext &context, const duckdb::vector<LogicalType> &types,
                                               const duckdb::vector<std::string> &names) {
	duckdb::vector<LogicalType> plain_types;
	for (auto &type : types) {
		plain_types.push_back(WithoutNames(type));
	}
	auto properties = ArrowProperties(context);
	ArrowSchema exported;
	duckdb::ArrowConverter::ToArrowSchema(&exported, plain_types, names, properties);
	MatchOptions(exported);
	return ValueOrThrow(arrow::ImportSchema(&exported), "describing rows");
}

ArrowBatchSettings::ArrowBatchSettings(ClientContext &context, const duckdb::vector<LogicalType> &named_types)
    : properties(ArrowProperties(context)) {
	for (idx_t i = 0; i < named_types.size(); i++) {
		types.push_back(WithoutNames(named_types[i]));
		if (HasIntervals(types[i])) {
			interval_columns.push_back(i);
		}
		has_arrays = has_arrays || duckdb::TypeVisitor::Contains(types[i], duckdb::LogicalTypeId::ARRAY);
	}
	extension_types = duckdb::ArrowTypeExtensionData::GetExtensionTypes(context, types);
}

ArrowBatchBuilder::ArrowBatchBuilder(const ArrowBatchSettings &settings, idx_t capacity)
    : settings(settings), appender(settings.types, capacity, settings.properties, settings.extension_types) {
}

void ArrowBatchBuilder::Append(duckdb::DataChunk &chunk, RowSelection rows, const arrow::Schema &schema) {
	for (auto column : settings.interval_columns) {
		CheckArrowIntervals(chunk.data[column], rows, schema.field(static_cast<int>(column))->name());
	}
	if (rows.begin == 0 || !settings.has_arrays) {
		appender.Append(chunk, rows.begin, rows.begin + rows.count, chunk.size());
		return;
	}
	// The engine converts elements of ARRAYs only as if they were those of the chunk's first rows.
	duckdb::DataChunk slice;
	slice.InitializeEmpty(chunk.GetTypes());
	for (idx_t i = 0; i < chunk.ColumnCount(); i++) {
		slice.data[i].Slice(chunk.data[i], rows.begin, rows.begin + rows.count);
	}
	slice.SetCardinalityUnsafe(rows.count);
	appender.Append(slice, 0, rows.count, rows.count);
}

idx_t ArrowBatchBuilder::RowCount() const {
	return appender.RowCount();
}

std::shared_ptr<arrow::RecordBatch> ArrowBatchBuilder::Finish(const std::shared_ptr<arrow::Schema> &schema) {
	auto array = appender.Finalize();
	return ValueOrThrow(arrow::ImportRecordBatch(&array, schema), "encoding rows");
}

} // namespace skein
