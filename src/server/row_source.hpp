//! The rows of a statement as record batches, and the Flight stream that sends them.
#pragma once

#include <memory>

#include <arrow/record_batch.h>

#include "duckdb/main/query_result_stream.hpp"
#include "server/call.hpp"
#include "server/record_batch_format.hpp"
#include "server/spoolable_result.hpp"

namespace duckdb {
class SQLStatement;
} // namespace duckdb

namespace skein {

//! One thread at a time.
class RowSource {
public:
	virtual ~RowSource() = default;
	virtual std::shared_ptr<arrow::Schema> Schema() const = 0;
	//! The next batch, never empty; null at the end. Throws RequestError.
	virtual duckdb::unique_ptr<EncodedBatch> Next(const CancelCheck &check) = 0;
};

//! Runs a statement that returns rows. One that only reads is streamed; one that writes has run to its end when this
//! returns, so a reader that stops early cannot undo it. Gives up `connection`, or keeps the rows on it for as long as
//! nobody else needs it. Throws INVALID_REQUEST for a statement without rows, and what the engine throws.
std::unique_ptr<RowSource> OpenRows(Call &call, CallConnection &connection,
                                    duckdb::unique_ptr<duckdb::SQLStatement> statement);

//! Reads a source to its end and counts what it sends; ends the call when destroyed. `drop_columns`: only row counts
//! are sent.
std::shared_ptr<arrow::RecordBatchReader> MakeCallReader(std::unique_ptr<Call> call, std::unique_ptr<RowSource> source,
                                                         bool drop_columns);

} // namespace skein
