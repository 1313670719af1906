//! Results as record batches, made by the engine's own threads as they produce rows.
//!
//! Handed to Connection::Submit and read with QueryResultStream<RecordBatchFormat>: order and back-pressure are the
//! engine's. One object serves one statement.
#pragma once

#include <memory>

#include <arrow/record_batch.h>

#include "codec/row_layout.hpp"
#include "duckdb/main/result_format.hpp"
#include "duckdb/main/retained_result_collection.hpp"
#include "server/server_counters.hpp"

namespace skein {

//! A batch and its size on the wire.
struct EncodedBatch {
	std::shared_ptr<arrow::RecordBatch> batch;
	uint64_t wire_bytes = 0;
};

class RecordBatchFormat : public duckdb::ResultFormatBase<RecordBatchFormat> {
public:
	using T = EncodedBatch;
	using GlobalState = duckdb::ResultFormatGlobalState;
	static constexpr const char *NAME = "skein_record_batch";

	//! `counters` counts the rows produced and must outlive the statement.
	RecordBatchFormat(CallCounters counters, RowFormat format);

	const char *Name() const override;
	duckdb::unique_ptr<duckdb::ResultFormatGlobalState> InitGlobal(const duckdb::ResultFormatContext &context) override;
	duckdb::unique_ptr<duckdb::ResultFormatLocalState> InitLocal(duckdb::ResultFormatGlobalState &gstate) override;
	void AppendToUnit(duckdb::ResultFormatGlobalState &gstate, duckdb::ResultFormatLocalState &lstate,
	                  duckdb::DataChunk &chunk) override;
	bool IsUnitFinished(duckdb::ResultFormatLocalState &lstate) override;
	duckdb::unique_ptr<duckdb::ResultUnit> FinishUnit(duckdb::ResultFormatGlobalState &gstate,
	                                                  duckdb::ResultFormatLocalState &lstate) override;

	static duckdb::unique_ptr<EncodedBatch> UnpackUnit(duckdb::unique_ptr<duckdb::ResultUnit> unit);

private:
	CallCounters counters;
	const RowFormat format;
};

} // namespace skein
