//! The rows of a statement as record batches, and the Flight stream that sends them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <arrow/flight/server.h>
#include <arrow/record_batch.h>

#include "duckdb/main/query_result_stream.hpp"
#include "server/bound_statement.hpp"
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
	//! Ends a Next that waits for the engine, where the check alone does not. Any thread; quick.
	virtual void Interrupt() {
	}
	//! Of the batch Next gave last: its place among those of a result that several calls read; after the end, how many
	//! there are. Nothing where one call reads all.
	virtual std::optional<uint64_t> Number() const {
		return std::nullopt;
	}

	//! What the stream's schema says besides its columns: the catalog its rows are from, and how a statement that was
	//! not run would answer (protocol/version.hpp); empty for one that was.
	uint64_t catalog_version = 0;
	std::string deferred_return_type;
	//! The result other calls can read parts of, empty where there is none (shared_result.hpp).
	std::string result_id;
	//! Whether its batches may be asked for by several calls in turn.
	bool can_be_shared = false;
	//! Only row counts are sent.
	bool drop_columns = false;
	//! All rows are here: the stream will not wait for any.
	bool is_complete = false;
};

//! How a statement of a transaction that only reads may run.
enum class TransactionScan {
	//! On the transaction's connection.
	TAKES_TURN,
	//! On one of its readers, where there is one left: it reads nothing but a table of the transaction's database.
	ON_READER
};

//! Runs a statement that returns rows. One that only reads is streamed; one that writes has run to its end when this
//! returns, so a reader that stops early cannot undo it. Gives up `connection`, or keeps the rows on it for as long as
//! nobody else needs it. Throws INVALID_REQUEST for a statement without rows, and what the engine throws. Where the
//! request has describe_writes, only a plain read is run; anything else is a source of no rows that says so.
std::unique_ptr<RowSource> OpenRows(Call &call, CallConnection &connection,
                                    duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                    StatementParameters parameters = {},
                                    TransactionScan transaction_scan = TransactionScan::TAKES_TURN);

//! Runs a statement that writes and returns rows to its end, before its first row is sent.
std::unique_ptr<RowSource> OpenCollectedRows(Call &call, CallConnection &connection,
                                             duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                             StatementParameters parameters = {});

//! Reads a source to its end and counts what it sends; ends the call when destroyed.
std::unique_ptr<arrow::flight::FlightDataStream> MakeCallStream(std::unique_ptr<Call> call,
                                                                std::unique_ptr<RowSource> source);

} // namespace skein
