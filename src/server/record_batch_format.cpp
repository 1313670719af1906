#include "server/record_batch_format.hpp"

#include <deque>

#include "codec/arrow_codec.hpp"
#include "protocol/frame_batch.hpp"

namespace skein {

namespace {

duckdb::ClientContext &ContextOf(const duckdb::ResultFormatContext &context) {
	auto client_context = context.client_properties.client_context;
	return *client_context;
}

class RecordBatchFormatGlobalState : public duckdb::ResultFormatGlobalState {
public:
	RecordBatchFormatGlobalState(const duckdb::ResultFormatContext &context, RowFormat format)
	    : encoder(ContextOf(context), context.types, duckdb::IdentifiersToStrings(context.names), format) {
	}

	//! Collects nothing; every engine thread makes its own like it.
	const RecordBatchEncoder encoder;
};

class RecordBatchFormatLocalState : public duckdb::ResultFormatLocalState {
public:
	explicit RecordBatchFormatLocalState(const RecordBatchEncoder &model) : encoder(model.NewSibling()) {
	}

	const std::unique_ptr<RecordBatchEncoder> encoder;
	//! Full batches that were not handed over yet: one chunk of large rows makes several.
	std::deque<std::shared_ptr<arrow::RecordBatch>> finished;
};

class RecordBatchUnit : public duckdb::ResultUnit {
public:
	RecordBatchUnit(std::shared_ptr<arrow::RecordBatch> batch, uint64_t wire_bytes)
	    : ResultUnit(RecordBatchRows(*batch), wire_bytes), encoded {std::move(batch), wire_bytes} {
	}

	EncodedBatch encoded;
};

} // namespace

RecordBatchFormat::RecordBatchFormat(CallCounters counters, RowFormat format) : counters(counters), format(format) {
}

const char *RecordBatchFormat::Name() const {
	return NAME;
}

duckdb::unique_ptr<duckdb::ResultFormatGlobalState>
RecordBatchFormat::InitGlobal(const duckdb::ResultFormatContext &context) {
	return duckdb::make_uniq<RecordBatchFormatGlobalState>(context, format);
}

duckdb::unique_ptr<duckdb::ResultFormatLocalState>
RecordBatchFormat::InitLocal(duckdb::ResultFormatGlobalState &gstate) {
	return duckdb::make_uniq<RecordBatchFormatLocalState>(gstate.Cast<RecordBatchFormatGlobalState>().encoder);
}

void RecordBatchFormat::AppendToUnit(duckdb::ResultFormatGlobalState &, duckdb::ResultFormatLocalState &lstate,
                                     duckdb::DataChunk &chunk) {
	auto &local = lstate.Cast<RecordBatchFormatLocalState>();
	duckdb::idx_t offset = 0;
	while (offset < chunk.size()) {
		offset = local.encoder->AppendUntilFull(chunk, offset);
		if (local.encoder->IsFull()) {
			local.finished.push_back(local.encoder->Finish());
		}
	}
}

bool RecordBatchFormat::IsUnitFinished(duckdb::ResultFormatLocalState &lstate) {
	return !lstate.Cast<RecordBatchFormatLocalState>().finished.empty();
}

duckdb::unique_ptr<duckdb::ResultUnit> RecordBatchFormat::FinishUnit(duckdb::ResultFormatGlobalState &,
                                                                     duckdb::ResultFormatLocalState &lstate) {
	auto &local = lstate.Cast<RecordBatchFormatLocalState>();
	std::shared_ptr<arrow::RecordBatch> batch;
	if (local.finished.empty()) {
		batch = local.encoder->Finish();
	} else {
		batch = std::move(local.finished.front());
		local.finished.pop_front();
	}
	if (!batch) {
		return nullptr;
	}
	counters.Add(&ServerCounters::rows_produced, RecordBatchRows(*batch));
	auto wire_bytes = WireBytes(*batch);
	return duckdb::make_uniq<RecordBatchUnit>(std::move(batch), wire_bytes);
}

duckdb::unique_ptr<EncodedBatch> RecordBatchFormat::UnpackUnit(duckdb::unique_ptr<duckdb::ResultUnit> unit) {
	if (!unit) {
		return nullptr;
	}
	return duckdb::make_uniq<EncodedBatch>(std::move(unit->Cast<RecordBatchUnit>().encoded));
}

} // namespace skein
