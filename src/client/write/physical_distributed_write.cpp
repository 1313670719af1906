#include "client/write/physical_distributed_write.hpp"

#include "client/catalog/skein_table_entry.hpp"
#include "duckdb/planner/logical_operator.hpp"

namespace skein {

PhysicalDistributedWrite::PhysicalDistributedWrite(PhysicalPlan &physical_plan, LogicalOperator &op,
                                                   SkeinTableEntry &table, bool parallel)
    : PhysicalOperator(physical_plan, PhysicalOperatorType::EXTENSION, op.types, 1), table(table), parallel(parallel) {
}

//===--------------------------------------------------------------------===//
// States
//===--------------------------------------------------------------------===//
class DistributedWriteGlobalState : public GlobalSinkState {
public:
	explicit DistributedWriteGlobalState(unique_ptr<RemoteUpload> upload_p) : upload(std::move(upload_p)) {
	}

	unique_ptr<RemoteUpload> upload;
	idx_t rows_changed = 0;
};

class DistributedWriteLocalState : public LocalSinkState {
public:
	DistributedWriteLocalState(unique_ptr<RecordBatchEncoder> encoder_p, const vector<LogicalType> &types)
	    : encoder(std::move(encoder_p)) {
		uploaded.InitializeEmpty(types);
	}

	unique_ptr<RecordBatchEncoder> encoder;
	//! References the uploaded columns of the chunk at hand.
	DataChunk uploaded;
};

unique_ptr<GlobalSinkState> PhysicalDistributedWrite::GetGlobalSinkState(ClientContext &context) const {
	return make_uniq<DistributedWriteGlobalState>(StartUpload(context));
}

unique_ptr<LocalSinkState> PhysicalDistributedWrite::GetLocalSinkState(ExecutionContext &context) const {
	auto &gstate = sink_state->Cast<DistributedWriteGlobalState>();
	vector<LogicalType> types;
	for (auto column : UploadedColumns()) {
		types.push_back(children[0].get().types[column]);
	}
	return make_uniq<DistributedWriteLocalState>(gstate.upload->NewEncoder(), types);
}

//===--------------------------------------------------------------------===//
// Sink
//===--------------------------------------------------------------------===//
SinkResultType PhysicalDistributedWrite::Sink(ExecutionContext &context, DataChunk &chunk,
                                              OperatorSinkInput &input) const {
	auto &gstate = input.global_state.Cast<DistributedWriteGlobalState>();
	auto &lstate = input.local_state.Cast<DistributedWriteLocalState>();
	auto &columns = UploadedColumns();
	for (idx_t i = 0; i < columns.size(); i++) {
		lstate.uploaded.data[i].Reference(chunk.data[columns[i]]);
	}
	lstate.uploaded.SetCardinalityUnsafe(chunk.size());
	lstate.encoder->Append(lstate.uploaded);
	gstate.upload->Send(*lstate.encoder, /*flush=*/false);
	return SinkResultType::NEED_MORE_INPUT;
}

SinkCombineResultType PhysicalDistributedWrite::Combine(ExecutionContext &context,
                                                        OperatorSinkCombineInput &input) const {
	auto &gstate = input.global_state.Cast<DistributedWriteGlobalState>();
	gstate.upload->Send(*input.local_state.Cast<DistributedWriteLocalState>().encoder, /*flush=*/true);
	return SinkCombineResultType::FINISHED;
}

SinkFinalizeType PhysicalDistributedWrite::Finalize(Pipeline &pipeline, Event &event, ClientContext &context,
                                                    OperatorSinkFinalizeInput &input) const {
	auto &gstate = input.global_state.Cast<DistributedWriteGlobalState>();
	gstate.rows_changed = gstate.upload->Finish(context, RemoteSql());
	return SinkFinalizeType::READY;
}

ProgressData PhysicalDistributedWrite::GetSinkProgress(ClientContext &context, GlobalSinkState &gstate,
                                                       const ProgressData source_progress) const {
	return source_progress;
}

//===--------------------------------------------------------------------===//
// GetData
//===--------------------------------------------------------------------===//
SourceResultType PhysicalDistributedWrite::GetDataInternal(ExecutionContext &context, DataChunk &chunk,
                                                           OperatorSourceInput &input) const {
	auto &gstate = sink_state->Cast<DistributedWriteGlobalState>();
	chunk.SetChildCardinality(1);
	chunk.data[0].SetValue(0, Value::BIGINT(NumericCast<int64_t>(gstate.rows_changed)));
	return SourceResultType::FINISHED;
}

//===--------------------------------------------------------------------===//
// Helpers
//===--------------------------------------------------------------------===//
InsertionOrderPreservingMap<string> PhysicalDistributedWrite::ParamsToString() const {
	InsertionOrderPreservingMap<string> result;
	result["Server"] = table.Server().Uri();
	result["Remote Table"] = table.DisplayName();
	result["Remote SQL"] = RemoteSql();
	return result;
}

} // namespace skein
