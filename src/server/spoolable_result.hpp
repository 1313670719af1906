//! The rows of one statement on a connection that others need as well.
//!
//! They are read from the engine as it produces them until somebody else wants the connection (Spool): what is left
//! then moves into engine memory, which counts against the memory limit and can be written to disk, and reading goes on
//! from there. Thread-safe; no lock is held between calls, so a reader that waits for its client holds up nobody.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "duckdb/common/types/column/column_data_collection.hpp"
#include "duckdb/main/query_result_stream.hpp"
#include "server/cancellation.hpp"
#include "server/request_error.hpp"

namespace skein {

class SpoolableResult {
public:
	//! Takes over a submitted statement of the chunk format. Throws what it failed with.
	SpoolableResult(duckdb::DatabaseInstance &database, duckdb::unique_ptr<duckdb::QueryResult> result);
	//! Rows that were collected before.
	SpoolableResult(duckdb::DatabaseInstance &database, duckdb::unique_ptr<duckdb::ColumnDataCollection> rows,
	                duckdb::vector<duckdb::Identifier> names);
	~SpoolableResult();

	const duckdb::vector<duckdb::LogicalType> &Types() const;
	duckdb::vector<std::string> Names() const;

	//! The next rows, null at the end. Throws RequestError: the engine's, what `check` throws, or why it was abandoned.
	duckdb::unique_ptr<duckdb::DataChunk> Next(const CancelCheck &check);
	//! Frees the connection, keeping the rows. Throws what `check` throws, and then may be called again. An error of
	//! the engine's is kept for the reader, who it belongs to.
	void Spool(const CancelCheck &check);
	//! Frees the connection and drops the rows; later reads fail with `reason`. Waits for a Next under way.
	void Abandon(const std::string &reason);

private:
	duckdb::unique_ptr<duckdb::DataChunk> FetchLive(const CancelCheck &check);
	void SpoolLive(const CancelCheck &check);
	duckdb::unique_ptr<duckdb::DataChunk> ScanSpool();

	duckdb::DatabaseInstance &database;
	duckdb::vector<duckdb::LogicalType> types;
	duckdb::vector<duckdb::Identifier> names;
	//! Held while the engine works for a reader or a spooler, never while a client is waited for. Guards what follows.
	CancellableMutex mutex;
	duckdb::unique_ptr<duckdb::QueryResultStream<duckdb::ChunkFormat>> live;
	//! Rows that come before the live ones, in the order of reading. More than one only where spooling was given up.
	std::deque<duckdb::unique_ptr<duckdb::ColumnDataCollection>> spools;
	//! Of the first spool, null until its first row is read.
	std::unique_ptr<duckdb::ColumnDataScanState> scan_state;
	//! What comes after the last row instead of the end.
	std::unique_ptr<RequestError> failure;
};

} // namespace skein
