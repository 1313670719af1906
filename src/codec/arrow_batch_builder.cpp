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
		auto type = WithoutNames(named_types[i]);
		if (type.id() == duckdb::LogicalTypeId::VARCHAR && !type.IsJSONType()) {
			text_columns.push_back(i);
			continue;
		}
		if (HasIntervals(type)) {
			interval_columns.push_back(i);
		}
		has_arrays = has_arrays || duckdb::TypeVisitor::Contains(type, duckdb::LogicalTypeId::ARRAY);
		engine_columns.push_back(i);
		engine_types.push_back(std::move(type));
	}
	extension_types = duckdb::ArrowTypeExtensionData::GetExtensionTypes(context, engine_types);
}

ArrowBatchBuilder::ArrowBatchBuilder(const ArrowBatchSettings &settings, idx_t capacity)
    : settings(settings), texts(settings.text_columns.size()),
      appender(settings.engine_types, capacity, settings.properties, settings.extension_types) {
}

void ArrowBatchBuilder::Append(duckdb::DataChunk &chunk, RowSelection rows, const arrow::Schema &schema) {
	for (auto column : settings.interval_columns) {
		CheckArrowIntervals(chunk.data[column], rows, schema.field(static_cast<int>(column))->name());
	}
	for (idx_t i = 0; i < texts.size(); i++) {
		texts[i].Append(chunk.data[settings.text_columns[i]], rows);
	}
	AppendByEngine(chunk, rows);
	row_count += rows.count;
}

void ArrowBatchBuilder::AppendByEngine(duckdb::DataChunk &chunk, RowSelection rows) {
	if (settings.engine_columns.empty()) {
		return;
	}
	// The engine converts elements of ARRAYs only as if they were those of the chunk's first rows.
	const bool is_sliced = rows.begin > 0 && settings.has_arrays;
	duckdb::vector<LogicalType> types;
	for (auto column : settings.engine_columns) {
		types.push_back(chunk.data[column].GetType());
	}
	duckdb::DataChunk columns;
	columns.InitializeEmpty(types);
	for (idx_t i = 0; i < columns.ColumnCount(); i++) {
		auto &column = chunk.data[settings.engine_columns[i]];
		if (is_sliced) {
			columns.data[i].Slice(column, rows.begin, rows.begin + rows.count);
		} else {
			columns.data[i].Reference(column);
		}
	}
	columns.SetCardinalityUnsafe(is_sliced ? rows.count : chunk.size());
	const auto begin = is_sliced ? 0 : rows.begin;
	appender.Append(columns, begin, begin + rows.count, columns.size());
}

idx_t ArrowBatchBuilder::RowCount() const {
	return row_count;
}

std::shared_ptr<arrow::RecordBatch> ArrowBatchBuilder::Finish(const std::shared_ptr<arrow::Schema> &schema) {
	std::vector<std::shared_ptr<arrow::ArrayData>> columns(static_cast<size_t>(schema->num_fields()));
	arrow::FieldVector engine_fields;
	for (auto column : settings.engine_columns) {
		engine_fields.push_back(schema->field(static_cast<int>(column)));
	}
	auto exported = appender.Finalize();
	auto by_engine =
	    ValueOrThrow(arrow::ImportRecordBatch(&exported, arrow::schema(std::move(engine_fields))), "encoding rows");
	for (idx_t i = 0; i < settings.engine_columns.size(); i++) {
		columns[settings.engine_columns[i]] = by_engine->column_data(static_cast<int>(i));
	}
	for (idx_t i = 0; i < texts.size(); i++) {
		columns[settings.text_columns[i]] = texts[i].Finish();
	}
	return arrow::RecordBatch::Make(schema, static_cast<int64_t>(row_count), std::move(columns));
}

} // namespace skein
