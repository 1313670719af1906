#include "client/write/physical_distributed_write.hpp"

#include <optional>

#include "client/catalog/skein_table_entry.hpp"
#include "client/given_up_statement.hpp"
#include "client/remote_cost.hpp"
#include "client/skein_settings.hpp"
#include "client/write/ordered_batches.hpp"
#include "duckdb/execution/physical_plan_generator.hpp"
#include "duckdb/planner/logical_operator.hpp"
#include "protocol/identifier.hpp"

namespace skein {

PhysicalDistributedWrite::PhysicalDistributedWrite(PhysicalPlan &physical_plan, LogicalOperator &op,
                                                   SkeinTableEntry &table, WriteOrder order, ReturnedColumns returned)
    : PhysicalOperator(physical_plan, PhysicalOperatorType::EXTENSION, op.types, 1), table(table), order(order),
      returned(std::move(returned)) {
}

WriteOrder PhysicalDistributedWrite::OrderOf(ClientContext &context, PhysicalOperator &plan) {
	if (!PhysicalPlanGenerator::PreserveInsertionOrder(context, plan)) {
		return WriteOrder::ANY;
	}
	return PhysicalPlanGenerator::UseBatchIndex(context, plan) ? WriteOrder::BY_BATCH_INDEX : WriteOrder::SEQUENTIAL;
}

//===--------------------------------------------------------------------===//
// States
//===--------------------------------------------------------------------===//
class DistributedWriteGlobalState : public GlobalSinkState {
public:
	DistributedWriteGlobalState(unique_ptr<RemoteUpload> upload_p, uint64_t reorder_bytes)
	    : upload(std::move(upload_p)),
	      ordered([this](const std::shared_ptr<arrow::RecordBatch> &batch) { upload->Send(batch); }, reorder_bytes) {
	}

	//! Sends what the thread's view of the source has made ready, and lets go on who waited for that.
	void Advance(const LocalSinkState &lstate) {
		if (ordered.Advance(lstate.partition_info.min_batch_index.GetIndex())) {
			annotated_lock_guard<annotated_mutex> guard(lock);
			UnblockTasks();
		}
	}

	const unique_ptr<RemoteUpload> upload;
	OrderedBatches ordered;
	GivenUpStatement given_up;
	idx_t rows_changed = 0;
	//! Set by Finalize.
	std::optional<ScanCost> cost;
	//! Set by Finalize where rows are returned.
	unique_ptr<ReturnedRows> returned;
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
	//! The source batch that the encoder's rows are of.
	optional_idx batch_index;
};

unique_ptr<GlobalSinkState> PhysicalDistributedWrite::GetGlobalSinkState(ClientContext &context) const {
	return make_uniq<DistributedWriteGlobalState>(StartUpload(context),
	                                              SkeinSettings::Get(context).insert_reorder_bytes);
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
//! The encoder's rows on their way: at once, or to their place in the order.
static void SendEncoded(DistributedWriteGlobalState &gstate, DistributedWriteLocalState &lstate) {
	auto batch = lstate.encoder->Finish();
	if (!batch) {
		return;
	}
	if (lstate.batch_index.IsValid()) {
		gstate.ordered.Add(lstate.batch_index.GetIndex(), std::move(batch));
	} else {
		gstate.upload->Send(batch);
	}
}

SinkResultType PhysicalDistributedWrite::Sink(ExecutionContext &context, DataChunk &chunk,
                                              OperatorSinkInput &input) const {
	auto &gstate = input.global_state.Cast<DistributedWriteGlobalState>();
	auto &lstate = input.local_state.Cast<DistributedWriteLocalState>();
	gstate.given_up.Check(context.client);
	if (order == WriteOrder::BY_BATCH_INDEX) {
		lstate.batch_index = lstate.partition_info.batch_index;
		gstate.Advance(lstate);
		annotated_lock_guard<annotated_mutex> guard(gstate.lock);
		if (gstate.ordered.MustWait(lstate.batch_index.GetIndex())) {
			return gstate.BlockSink(input.interrupt_state);
		}
	}
	auto &columns = UploadedColumns();
	for (idx_t i = 0; i < columns.size(); i++) {
		lstate.uploaded.data[i].Reference(chunk.data[columns[i]]);
	}
	lstate.uploaded.SetCardinalityUnsafe(chunk.size());
	for (idx_t offset = 0; offset < chunk.size();) {
		offset = lstate.encoder->AppendUntilFull(lstate.uploaded, offset);
		if (lstate.encoder->IsFull()) {
			SendEncoded(gstate, lstate);
		}
	}
	return SinkResultType::NEED_MORE_INPUT;
}

SinkNextBatchType PhysicalDistributedWrite::NextBatch(ExecutionContext &context,
                                                      OperatorSinkNextBatchInput &input) const {
	auto &gstate = input.global_state.Cast<DistributedWriteGlobalState>();
	auto &lstate = input.local_state.Cast<DistributedWriteLocalState>();
	SendEncoded(gstate, lstate);
	lstate.batch_index = lstate.partition_info.batch_index;
	gstate.Advance(lstate);
	return SinkNextBatchType::READY;
}

SinkNextBatchType PhysicalDistributedWrite::UpdateMinBatchIndex(ExecutionContext &context,
                                                                OperatorSinkNextBatchInput &input) const {
	auto &gstate = input.global_state.Cast<DistributedWriteGlobalState>();
	gstate.Advance(input.local_state);
	return SinkNextBatchType::READY;
}

SinkCombineResultType PhysicalDistributedWrite::Combine(ExecutionContext &context,
                                                        OperatorSinkCombineInput &input) const {
	auto &gstate = input.global_state.Cast<DistributedWriteGlobalState>();
	SendEncoded(gstate, input.local_state.Cast<DistributedWriteLocalState>());
	if (order == WriteOrder::BY_BATCH_INDEX) {
		// This thread is done; the lowest batch may now be one whose thread waits.
		gstate.Advance(input.local_state);
	}
	return SinkCombineResultType::FINISHED;
}

SinkFinalizeType PhysicalDistributedWrite::Finalize(Pipeline &pipeline, Event &event, ClientContext &context,
                                                    OperatorSinkFinalizeInput &input) const {
	auto &gstate = input.global_state.Cast<DistributedWriteGlobalState>();
	gstate.given_up.Check(context);
	gstate.ordered.Finish();
	if (returned.IsWanted()) {
		auto stream = gstate.upload->FinishReturning(FullRemoteSql());
		gstate.returned = make_uniq<ReturnedRows>(context, std::move(stream), returned, types);
	} else {
		gstate.rows_changed = gstate.upload->Finish(RemoteSql());
		Changed(gstate.rows_changed);
	}
	gstate.cost = gstate.upload->Cost();
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
	if (gstate.returned) {
		return gstate.returned->Read(context.client, chunk, input.interrupt_state);
	}
	chunk.SetChildCardinality(1);
	chunk.data[0].SetValue(0, Value::BIGINT(NumericCast<int64_t>(gstate.rows_changed)));
	return SourceResultType::FINISHED;
}

//===--------------------------------------------------------------------===//
// Helpers
//===--------------------------------------------------------------------===//
DistributedRequest PhysicalDistributedWrite::MakeRequest(RequestType type) const {
	auto request = table.MakeRequest(type);
	request.returning_columns.assign(returned.requested.begin(), returned.requested.end());
	return request;
}

string PhysicalDistributedWrite::FullRemoteSql() const {
	string names;
	for (auto &name : returned.requested) {
		names += (names.empty() ? " RETURNING " : ", ") + QuoteIdentifier(name);
	}
	return RemoteSql() + names;
}

InsertionOrderPreservingMap<string> PhysicalDistributedWrite::ParamsToString() const {
	InsertionOrderPreservingMap<string> result;
	result["Server"] = table.Server().Uri();
	result["Remote Table"] = table.DisplayName();
	result["Remote SQL"] = FullRemoteSql();
	if (sink_state) {
		auto &cost = sink_state->Cast<DistributedWriteGlobalState>().cost;
		if (cost) {
			ShowRemoteCost(cost->rows, cost->bytes, cost->milliseconds,
			               [&](const string &name, const string &text) { result[name] = text; });
		}
	}
	return result;
}

} // namespace skein
