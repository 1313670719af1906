//! DuckDB vectors into Arrow's types: texts by our own conversion, all else by the engine's.
#pragma once

#include <memory>

#include <arrow/record_batch.h>

#include "codec/arrow_text_column.hpp"
#include "codec/row_sizes.hpp"
#include "duckdb/common/arrow/arrow_appender.hpp"
#include "duckdb/common/arrow/arrow_type_extension.hpp"
#include "duckdb/main/client_properties.hpp"

namespace skein {

//! The Arrow options Skein encodes with, whatever the session's settings say: lossless, utf8 text, 32-bit offsets,
//! output version 1.5.
duckdb::ClientProperties ArrowProperties(duckdb::ClientContext &context);

//! The type without the names servers and extensions gave to it and its parts, but for JSON: Arrow's conversion knows
//! types by such names, and takes one it does not know for no type at all.
duckdb::LogicalType WithoutNames(const duckdb::LogicalType &type);

//! The types as the engine's conversion describes them, without Skein's metadata. Throws DuckDB exceptions for types
//! Arrow cannot describe.
std::shared_ptr<arrow::Schema> DescribeAsArrow(duckdb::ClientContext &context,
                                               const duckdb::vector<duckdb::LogicalType> &types,
                                               const duckdb::vector<std::string> &names);

//! What builders of one kind of rows have in common. Immutable; the context must stay.
struct ArrowBatchSettings {
	ArrowBatchSettings(duckdb::ClientContext &context, const duckdb::vector<duckdb::LogicalType> &types);

	//! Columns of texts, and all others with their types.
	std::vector<idx_t> text_columns;
	std::vector<idx_t> engine_columns;
	duckdb::vector<duckdb::LogicalType> engine_types;
	duckdb::ClientProperties properties;
	//! By the place among the engine's columns.
	duckdb::unordered_map<idx_t, const duckdb::shared_ptr<duckdb::ArrowTypeExtensionData>> extension_types;
	//! Columns with INTERVALs, which not all fit.
	std::vector<idx_t> interval_columns;
	bool has_arrays = false;
};

//! Rows on their way into one batch.
class ArrowBatchBuilder {
public:
	ArrowBatchBuilder(const ArrowBatchSettings &settings, idx_t capacity);

	//! Copies a range of rows. Throws InvalidInputException for values Arrow's types do not hold; `schema` names them.
	void Append(duckdb::DataChunk &chunk, RowSelection rows, const arrow::Schema &schema);
	idx_t RowCount() const;
	std::shared_ptr<arrow::RecordBatch> Finish(const std::shared_ptr<arrow::Schema> &schema);

private:
	void AppendByEngine(duckdb::DataChunk &chunk, RowSelection rows);

	const ArrowBatchSettings &settings;
	//! In the order of the settings' columns.
	std::vector<ArrowTextColumn> texts;
	duckdb::ArrowAppender appender;
	idx_t row_count = 0;
};

} // namespace skein
