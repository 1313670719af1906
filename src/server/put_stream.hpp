//! Record batches on their way from an upload into the engine: a queue with a byte budget.
//!
//! One thread pushes, the call's; any number of engine threads pop. The rows are divided, in the order pushed, into
//! runs of one row group each, numbered densely; one engine thread takes all of a run. The engine can then write a row
//! group as it comes; of smaller parts it would first copy one together. Where rows are large, runs are shorter, so
//! that several fit into the budget and several threads have work. An engine thread never waits here: it parks, and the
//! push that brings a batch wakes it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "duckdb/parallel/interrupt.hpp"
#include "duckdb/storage/storage_info.hpp"
#include "server/cancellation.hpp"

namespace skein {

//! Rows of a batch with the number of their run.
struct PutBatch {
	std::shared_ptr<arrow::RecordBatch> batch;
	uint64_t index = 0;
	uint64_t bytes = 0;
	uint64_t first_row = 0;
	uint64_t row_count = 0;
};

//! What one engine thread is reading; it belongs to that thread.
struct PutReader {
	bool has_run = false;
	uint64_t run = 0;
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
	//! At most `bytes_max` wait in the queue, or one batch that is larger. A run has `run_rows` rows, or fewer if they
	//! are twice `bytes_max`. While an engine thread waits for a run, what is missing to begin one comes on top: the
	//! engine may hold up all others until that thread goes on.
	PutStream(std::shared_ptr<arrow::Schema> schema, uint64_t bytes_max, uint64_t run_rows = DEFAULT_ROW_GROUP_SIZE);

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
	//! Takes the next batch of the reader's run, or of a run that nobody has yet; or parks `waiter`. Throws IOException
	//! when the stream was broken.
	PutStreamState Pop(PutReader &reader, PutBatch &batch, const duckdb::InterruptState &waiter);
	//! The same for an engine thread that cannot park: waits, asking `check`. Never PARKED.
	PutStreamState WaitAndPop(PutReader &reader, PutBatch &batch, const CancelCheck &check);

	uint64_t QueuedBytes() const;

private:
	struct Run {
		std::deque<PutBatch> batches;
		bool taken = false;
		//! All its rows are here or were here.
		bool complete = false;
	};

	bool HasRoom(uint64_t bytes) const;
	std::vector<duckdb::InterruptState> TakeParked();
	void QueueInternal(std::shared_ptr<arrow::RecordBatch> batch, uint64_t bytes);
	PutStreamState TakeInternal(PutReader &reader, PutBatch &batch);
	//! The reader's run, or the first that nobody has; the end where there is none.
	std::map<uint64_t, Run>::iterator FindRun(PutReader &reader);
	void Wake(std::vector<duckdb::InterruptState> waiters);

	const std::shared_ptr<arrow::Schema> schema;
	const uint64_t bytes_max;
	const uint64_t run_rows;
	mutable std::mutex mutex;
	std::condition_variable changed;
	//! Those that have batches, or a reader.
	std::map<uint64_t, Run> runs;
	std::vector<duckdb::InterruptState> parked;
	//! Readers without a run, parked and waiting.
	uint64_t parked_without_run = 0;
	uint64_t waiting_without_run = 0;
	uint64_t queued_bytes = 0;
	//! The run that is being filled, and what it was given so far.
	uint64_t last_run = 0;
	uint64_t last_run_rows = 0;
	uint64_t last_run_bytes = 0;
	bool finished = false;
	bool broken = false;
	std::string broken_reason;
};

} // namespace skein
