//! The rows of one remote statement, read ahead by threads of their own and shared by the scanning threads.
//!
//! A result that proves large is read over several streams, each with a connection and a thread, where the server
//! offers that; a stream that cannot be had is done without. Batches are handed out in the result's order, with dense
//! indices. At most skein_read_ahead_bytes of them wait, over all streams, and one batch a stream more; then readers
//! stop reading and the server is held up by the transport. A small result, which the server says it has already, is
//! read by the thread that makes the stream. Thread-safe; destroying it cancels the statement and joins the threads.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "client/given_up_statement.hpp"
#include "client/pool/remote_server.hpp"
#include "duckdb/common/optional_idx.hpp"
#include "duckdb/parallel/interrupt.hpp"

namespace skein {

struct ScanBatch {
	std::shared_ptr<arrow::RecordBatch> batch;
	duckdb::idx_t index = 0;
	uint64_t rows = 0;
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
	//! Takes the reader and the connection it reads from. `streams_max`: how many may read the result, this one
	//! included.
	ScanStream(ConnectionLease connection, std::unique_ptr<ScanReader> reader, uint64_t streams_max = 1);
	~ScanStream();

	const std::shared_ptr<arrow::Schema> &Schema() const {
		return schema;
	}
	//! All rows are here: nobody will wait for any, and one thread is enough to take them.
	bool IsSmall() const {
		return !first->thread.joinable();
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
	//! One stream of the result. The connection outlives its reader.
	struct Part {
		ConnectionLease connection;
		//! From then on only the statement's interrupt ends its waits.
		std::atomic<bool> is_open {false};
		//! Null until it is open.
		std::unique_ptr<ScanReader> reader;
		//! Of the batch it gave last.
		duckdb::optional_idx last_index;
		bool ended = false;
		std::thread thread;
	};

	//! Reads what the server has already. False: it had more than it said.
	bool ReadSmallResult(Part &part);
	void ReadAhead(Part &part);
	//! Reads one message; false at the stream's end.
	bool ReadOne(Part &part);
	//! Adds a stream of the same result and reads it; without success where it cannot be had.
	void JoinAndRead(Part &part);
	std::unique_ptr<ScanReader> TryJoin(Part &part);
	void StartJoining();

	void Deliver(Part &part, std::shared_ptr<arrow::RecordBatch> batch);
	void EndPart(Part &part);
	void Fail(Part &part, arrow::Status status);

	// With the lock held.
	bool MayRead(const Part &part) const;
	bool IsDueHere() const;
	bool IsComplete() const;
	//! The result's end, if this is it.
	void EndIfOver();
	void End(arrow::Status status);
	//! Gives the lock up.
	void WakeAll(std::unique_lock<std::mutex> &guard);

	const std::shared_ptr<arrow::Schema> schema;
	//! Empty where no other stream can join.
	const std::string result_id;
	const uint64_t streams_max;
	const uint64_t read_ahead_bytes;
	const std::chrono::steady_clock::time_point started;

	std::atomic<uint64_t> rows_taken {0};
	//! Those who open further streams need not any more.
	std::atomic<bool> joins_over {false};

	GivenUpStatement given_up;
	//! The stream the statement began with.
	Part *first = nullptr;
	std::mutex lock;
	std::condition_variable changed;
	//! Guarded by lock. The parts themselves stay where they are.
	std::vector<std::unique_ptr<Part>> parts;
	uint64_t parts_open = 1;
	uint64_t parts_joining = 0;
	bool joins_started = false;
	//! By their indices.
	std::map<duckdb::idx_t, ScanBatch> waiting;
	uint64_t waiting_bytes = 0;
	//! The index that is handed out next.
	duckdb::idx_t due_index = 0;
	duckdb::idx_t batches_received = 0;
	std::optional<uint64_t> batches_total;
	bool ended = false;
	bool stopping = false;
	arrow::Status end_status;
	std::vector<duckdb::InterruptState> parked;
	ScanCost cost;
	bool cost_taken = false;
};

} // namespace skein
