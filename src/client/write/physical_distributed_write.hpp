//! What INSERT, UPDATE and DELETE on a remote table share: a sink that uploads chunks, and a source of one row with the
//! count of rows changed, or with RETURNING of these rows.
#pragma once

#include "client/write/remote_upload.hpp"
#include "client/write/returned_rows.hpp"
#include "duckdb/execution/physical_operator.hpp"

namespace skein {

using namespace duckdb;

class SkeinTableEntry;

//! How several threads may feed an upload.
enum class WriteOrder : uint8_t {
	//! In any order.
	ANY,
	//! Each encodes source batches of its own, which are sent in the source's order.
	BY_BATCH_INDEX,
	//! One thread only, because the source cannot number its batches.
	SEQUENTIAL
};

class PhysicalDistributedWrite : public PhysicalOperator {
public:
	PhysicalDistributedWrite(PhysicalPlan &physical_plan, LogicalOperator &op, SkeinTableEntry &table, WriteOrder order,
	                         ReturnedColumns returned);

	SkeinTableEntry &table;
	const WriteOrder order;
	const ReturnedColumns returned;

	//! What a plan's rows allow and its user wants.
	static WriteOrder OrderOf(ClientContext &context, PhysicalOperator &plan);

protected:
	//! Begins the upload.
	virtual unique_ptr<RemoteUpload> StartUpload(ClientContext &context) const = 0;
	//! The columns of `chunk` that are uploaded, in their order.
	virtual const vector<idx_t> &UploadedColumns() const = 0;
	//! SQL that says what the upload does, for EXPLAIN and the log, without RETURNING.
	virtual string RemoteSql() const = 0;
	//! Called once the server has changed so many rows.
	virtual void Changed(idx_t rows) const {
	}
	//! The request of a type for the table, and what it is to return.
	DistributedRequest MakeRequest(RequestType type) const;

public:
	// Source interface
	SourceResultType GetDataInternal(ExecutionContext &context, DataChunk &chunk,
	                                 OperatorSourceInput &input) const override;
	bool IsSource() const override {
		return true;
	}

	// Sink interface
	unique_ptr<GlobalSinkState> GetGlobalSinkState(ClientContext &context) const override;
	unique_ptr<LocalSinkState> GetLocalSinkState(ExecutionContext &context) const override;
	SinkResultType Sink(ExecutionContext &context, DataChunk &chunk, OperatorSinkInput &input) const override;
	SinkNextBatchType NextBatch(ExecutionContext &context, OperatorSinkNextBatchInput &input) const override;
	SinkNextBatchType UpdateMinBatchIndex(ExecutionContext &context, OperatorSinkNextBatchInput &input) const override;
	SinkCombineResultType Combine(ExecutionContext &context, OperatorSinkCombineInput &input) const override;
	SinkFinalizeType Finalize(Pipeline &pipeline, Event &event, ClientContext &context,
	                          OperatorSinkFinalizeInput &input) const override;
	ProgressData GetSinkProgress(ClientContext &context, GlobalSinkState &gstate,
	                             const ProgressData source_progress) const override;
	bool IsSink() const override {
		return true;
	}
	bool ParallelSink() const override {
		return order != WriteOrder::SEQUENTIAL;
	}
	bool SinkOrderDependent() const override {
		return order != WriteOrder::ANY;
	}
	OperatorPartitionInfo RequiredPartitionInfo() const override {
		return order == WriteOrder::BY_BATCH_INDEX ? OperatorPartitionInfo::BatchIndex()
		                                           : OperatorPartitionInfo::NoPartitionInfo();
	}

	InsertionOrderPreservingMap<string> ParamsToString() const override;

private:
	string FullRemoteSql() const;
};

} // namespace skein
