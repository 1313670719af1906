//! Puts the record batches that parallel threads encode back into the source's order.
//!
//! Each thread works on one source batch at a time, and knows the lowest index any thread still works on. What lies
//! below it is complete and goes out; the lowest one itself goes out as it grows. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <arrow/record_batch.h>

#include "duckdb/common/typedefs.hpp"

namespace skein {

class OrderedBatches {
public:
	using Send = std::function<void(const std::shared_ptr<arrow::RecordBatch> &)>;

	//! `send` is called for one record batch at a time, in order. Once `bytes_max` wait, more have to.
	OrderedBatches(Send send, uint64_t bytes_max);

	//! Adds a record batch to source batch `index`, after those added to it before. Null adds nothing.
	void Add(duckdb::idx_t index, std::shared_ptr<arrow::RecordBatch> batch);
	//! No thread works on a source batch below `index` any more. Sends what that makes ready. True where this is news:
	//! then those that had to wait have to ask again.
	bool Advance(duckdb::idx_t index);
	//! Sends the rest: every source batch is complete.
	void Finish();
	//! Whether a thread on source batch `index` has to wait, because enough lies here already and the source batches
	//! before it are not complete.
	bool MustWait(duckdb::idx_t index);

private:
	struct Waiting {
		std::shared_ptr<arrow::RecordBatch> batch;
		uint64_t bytes;
	};

	void SendUpTo(duckdb::idx_t index);

	const Send send;
	const uint64_t bytes_max;

	std::mutex lock;
	//! Guarded by lock.
	std::map<duckdb::idx_t, std::vector<Waiting>> waiting;
	uint64_t waiting_bytes = 0;
	duckdb::idx_t lowest = 0;
};

} // namespace skein
