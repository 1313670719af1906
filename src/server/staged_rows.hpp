//! Uploaded rows kept in engine memory until their statement runs: they count against the memory limit and can be
//! written to disk.
#pragma once

#include <memory>
#include <string>

#include <arrow/record_batch.h>

#include "codec/arrow_codec.hpp"
#include "duckdb/common/types/column/column_data_collection.hpp"
#include "duckdb/parser/tableref.hpp"

namespace skein {

class Engine;

//! Belongs to one thread at a time. Outlives the statements that read it.
class StagedRows {
public:
	StagedRows(Engine &engine, std::shared_ptr<arrow::Schema> schema);
	~StagedRows();

	//! Validates and copies. Throws DuckDB exceptions.
	void Append(std::shared_ptr<arrow::RecordBatch> batch);
	//! The rows as a table. Columns are named c0, c1, ...
	duckdb::unique_ptr<duckdb::TableRef> MakeRef(const std::string &alias);

private:
	//! Conversions need one; nothing runs on it.
	const std::unique_ptr<duckdb::Connection> connection;
	RecordBatchDecoder decoder;
	duckdb::ColumnDataCollection rows;
	duckdb::ColumnDataAppendState append_state;
	duckdb::DataChunk chunk;
};

} // namespace skein
