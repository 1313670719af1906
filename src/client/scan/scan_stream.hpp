//! The rows of one remote statement, read ahead by a thread of its own and shared by the scanning threads.
//!
//! Batches get dense indices in the order they arrive. At most skein_read_ahead_bytes wait (and the batch that reached
//! it); then the reader stops reading and the server is held up by the transport. A small result, which the server says
//! it has already, is read by the thread that makes the stream. Thread-safe; destroying it cancels the statement and
//! joins the thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "client/given_up_statement.hpp"
#include "client/pool/remote_server.hpp"
#include "duckdb/common/optional_idx.hpp"
#include "duckdb/parallel/interrupt.hpp"

namespace skein {

struct ScanBatch {
	std::shared_ptr<arrow::RecordBatch> batch;
	duckdb::idx_t index = 0;
	uint64_t wire_bytes = 0;
};

enum class ScanStreamResult {
	//! The batch is filled in.
	BATCH,
	//! None yet: the interrupt state will be called back.
	PARKED,
	//! There are no more.
	FINISHED
};

//! What a finished scan cost, for the log.
struct ScanCost {
	uint64_t rows = 0;
	uint64_t bytes = 0;
	uint64_t milliseconds = 0;
};

class ScanStream {
public:
	//! Takes the reader and the connection it reads from.
	ScanStream(ConnectionLease connection, std::unique_ptr<ScanReader> reader);
	~ScanStream();

	const std::shared_ptr<arrow::Schema> &Schema() const {
		return schema;
	}
	//! All rows are here: nobody will wait for any, and one thread is enough to take them.
	bool IsSmall() const {
		return !thread.joinable();
	}
	//! The next batch. Without an interrupt state to call back, waits, and throws InterruptException when `context` is
	//! interrupted. Throws the server's error once the batches before it are taken: never a silently shorter result.
	ScanStreamResult Next(duckdb::ClientContext &context, const duckdb::InterruptState *interrupt_state,
	                      ScanBatch &result);
	uint64_t RowsTaken() const {
		return rows_taken;
	}
	//! Set once the last batch was taken.
	std::optional<ScanCost> TakeCost();

private:
	//! Reads what the server has already. False: it had more than it said.
	bool ReadSmallResult();
	void ReadAhead();
	//! Reads one message; false at the end.
	bool ReadOne();
	void Deliver(std::shared_ptr<arrow::RecordBatch> batch);
	void End(arrow::Status status);
	void WakeAll(std::unique_lock<std::mutex> &guard);

	ConnectionLease connection;
	const std::unique_ptr<ScanReader> reader;
	const std::shared_ptr<arrow::Schema> schema;
	const uint64_t read_ahead_bytes;
	const std::chrono::steady_clock::time_point started;

	std::atomic<uint64_t> rows_taken {0};

	GivenUpStatement given_up;
	std::mutex lock;
	std::condition_variable changed;
	//! Guarded by lock.
	std::deque<ScanBatch> batches;
	uint64_t waiting_bytes = 0;
	duckdb::idx_t next_index = 0;
	bool ended = false;
	bool stopping = false;
	arrow::Status end_status;
	std::vector<duckdb::InterruptState> parked;
	ScanCost cost;
	bool cost_taken = false;

	std::thread thread;
};

} // namespace skein
