//! Record batches on their way from an upload into the engine: a queue with a byte budget.
//!
//! One thread pushes, the call's; any number of engine threads pop. Batches are numbered densely in the order pushed.
//! An engine thread never waits here: it parks, and the push that brings a batch wakes it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "duckdb/parallel/interrupt.hpp"
#include "server/cancellation.hpp"

namespace skein {

//! A batch with its place in the upload.
struct PutBatch {
	std::shared_ptr<arrow::RecordBatch> batch;
	uint64_t index = 0;
	uint64_t bytes = 0;
};

enum class PutStreamState {
	//! A batch was taken.
	BATCH,
	//! The upload is complete and everything taken.
	END,
	//! Nothing there yet: the caller was parked and will be called back.
	PARKED
};

class PutStream {
public:
	//! At most `bytes_max` wait in the queue, or one batch that is larger.
	PutStream(std::shared_ptr<arrow::Schema> schema, uint64_t bytes_max);

	const std::shared_ptr<arrow::Schema> &Schema() const;

	//===--------------------------------------------------------------------===//
	// The upload's side
	//===--------------------------------------------------------------------===//
	//! Waits for room, asking `check` all the while, and queues the batch. False: the stream was broken, nobody reads.
	bool Push(std::shared_ptr<arrow::RecordBatch> batch, uint64_t bytes, const CancelCheck &check);
	//! No more batches will come, and all that were sent are here.
	void Finish();
	//! The upload broke off: every reader fails with `reason`, so that the statement fails as a whole. Later calls and
	//! a Finish change nothing. Any thread.
	void Break(const std::string &reason);

	//===--------------------------------------------------------------------===//
	// The engine's side
	//===--------------------------------------------------------------------===//
	//! Takes the next batch, or parks `waiter`. Throws IOException when the stream was broken.
	PutStreamState Pop(PutBatch &batch, const duckdb::InterruptState &waiter);
	//! The same for an engine thread that cannot park: waits, asking `check`. Never PARKED.
	PutStreamState WaitAndPop(PutBatch &batch, const CancelCheck &check);

	uint64_t QueuedBytes() const;

private:
	PutStreamState TakeInternal(PutBatch &batch);
	void Wake(std::vector<duckdb::InterruptState> waiters);

	const std::shared_ptr<arrow::Schema> schema;
	const uint64_t bytes_max;
	mutable std::mutex mutex;
	std::condition_variable changed;
	std::deque<PutBatch> queue;
	std::vector<duckdb::InterruptState> parked;
	uint64_t queued_bytes = 0;
	uint64_t next_index = 0;
	bool finished = false;
	bool broken = false;
	std::string broken_reason;
};

} // namespace skein
