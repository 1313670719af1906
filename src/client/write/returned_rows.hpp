//! The rows that a change of a remote table returns, as chunks.
//!
//! They belong to one thread at a time: the operator that reads them is no parallel source.
#pragma once

#include "client/scan/scan_stream.hpp"
#include "codec/arrow_codec.hpp"
#include "duckdb/common/optional_idx.hpp"
#include "duckdb/execution/physical_operator.hpp"

namespace skein {

using namespace duckdb;

class SkeinTableEntry;

//! What RETURNING takes from the server, and where it belongs.
struct ReturnedColumns {
	//! None: no RETURNING.
	ReturnedColumns() = default;
	//! The columns that an operator of this type returns: the table's, and (DELETE) its virtual ones.
	ReturnedColumns(const SkeinTableEntry &table, idx_t operator_columns);

	bool IsWanted() const {
		return !sources.empty();
	}

	//! For the request: names on the server.
	vector<string> requested;
	//! For each column of the operator the one of the answer, none for a column that has no value.
	vector<optional_idx> sources;
};

class ReturnedRows {
public:
	//! `types`: of the operator.
	ReturnedRows(ClientContext &context, unique_ptr<ScanStream> stream, const ReturnedColumns &columns,
	             const vector<LogicalType> &types);

	//! As a source's GetData. Throws the server's error.
	SourceResultType Read(ClientContext &context, DataChunk &chunk, const InterruptState &interrupt_state);

private:
	const unique_ptr<ScanStream> stream;
	const ReturnedColumns &columns;
	RecordBatchDecoder decoder;
	DataChunk received;
};

} // namespace skein
