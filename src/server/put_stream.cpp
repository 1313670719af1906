#include "server/put_stream.hpp"

#include <algorithm>
#include <utility>

#include "duckdb/common/exception.hpp"
#include "protocol/frame_batch.hpp"

namespace skein {

PutStream::PutStream(std::shared_ptr<arrow::Schema> schema, uint64_t bytes_max, uint64_t run_rows)
    : schema(std::move(schema)), bytes_max(bytes_max), run_rows(run_rows) {
}

const std::shared_ptr<arrow::Schema> &PutStream::Schema() const {
	return schema;
}

bool PutStream::HasRoom(uint64_t bytes) const {
	return queued_bytes == 0 || queued_bytes + bytes <= bytes_max || parked_without_run + waiting_without_run > 0;
}

std::vector<duckdb::InterruptState> PutStream::TakeParked() {
	parked_without_run = 0;
	return std::exchange(parked, {});
}

bool PutStream::Push(std::shared_ptr<arrow::RecordBatch> batch, uint64_t bytes, const CancelCheck &check) {
	std::vector<duckdb::InterruptState> waiters;
	{
		std::unique_lock<std::mutex> guard(mutex);
		while (!broken && !HasRoom(bytes)) {
			changed.wait_for(guard, CANCEL_POLL);
			guard.unlock();
			check();
			guard.lock();
		}
		if (broken || finished) {
			return false;
		}
		QueueInternal(std::move(batch), bytes);
		waiters = TakeParked();
	}
	Wake(std::move(waiters));
	return true;
}

//! Cuts the batch where runs end. The parts share its memory.
void PutStream::QueueInternal(std::shared_ptr<arrow::RecordBatch> batch, uint64_t bytes) {
	const auto rows = RecordBatchRows(*batch);
	queued_bytes += bytes;
	for (uint64_t offset = 0; offset < rows;) {
		const auto part_rows = std::min(rows - offset, run_rows - last_run_rows);
		// The last part has what division left over.
		const auto part_bytes = offset + part_rows == rows ? bytes - bytes / rows * offset : bytes / rows * part_rows;
		auto &run = runs[last_run];
		run.batches.push_back(PutBatch {batch, last_run, part_bytes, offset, part_rows});
		offset += part_rows;
		last_run_rows += part_rows;
		last_run_bytes += part_bytes;
		if (last_run_rows >= run_rows || last_run_bytes >= 2 * bytes_max) {
			run.complete = true;
			last_run++;
			last_run_rows = 0;
			last_run_bytes = 0;
		}
	}
}

void PutStream::Finish() {
	std::vector<duckdb::InterruptState> waiters;
	{
		std::lock_guard<std::mutex> guard(mutex);
		finished = true;
		waiters = TakeParked();
	}
	Wake(std::move(waiters));
}

void PutStream::Break(const std::string &reason) {
	std::vector<duckdb::InterruptState> waiters;
	{
		std::lock_guard<std::mutex> guard(mutex);
		if (broken) {
			return;
		}
		broken = true;
		broken_reason = reason;
		runs.clear();
		queued_bytes = 0;
		waiters = TakeParked();
	}
	Wake(std::move(waiters));
}

//! Outside the mutex: a callback takes the engine's locks.
void PutStream::Wake(std::vector<duckdb::InterruptState> waiters) {
	changed.notify_all();
	for (auto &waiter : waiters) {
		waiter.Callback();
	}
}

std::map<uint64_t, PutStream::Run>::iterator PutStream::FindRun(PutReader &reader) {
	if (reader.has_run) {
		auto own = runs.find(reader.run);
		if (own != runs.end() && (!own->second.batches.empty() || !(own->second.complete || finished))) {
			return own;
		}
		if (own != runs.end()) {
			runs.erase(own);
		}
		reader.has_run = false;
	}
	return std::find_if(runs.begin(), runs.end(), [](const auto &entry) { return !entry.second.taken; });
}

PutStreamState PutStream::TakeInternal(PutReader &reader, PutBatch &batch) {
	if (broken) {
		throw duckdb::IOException("%s", broken_reason);
	}
	auto found = FindRun(reader);
	if (found == runs.end() || found->second.batches.empty()) {
		return finished ? PutStreamState::END : PutStreamState::PARKED;
	}
	auto &run = found->second;
	run.taken = true;
	reader.has_run = true;
	reader.run = found->first;
	batch = std::move(run.batches.front());
	run.batches.pop_front();
	queued_bytes -= batch.bytes;
	changed.notify_all();
	return PutStreamState::BATCH;
}

PutStreamState PutStream::Pop(PutReader &reader, PutBatch &batch, const duckdb::InterruptState &waiter) {
	std::lock_guard<std::mutex> guard(mutex);
	auto state = TakeInternal(reader, batch);
	if (state == PutStreamState::PARKED) {
		parked.push_back(waiter);
		if (!reader.has_run) {
			parked_without_run++;
			changed.notify_all();
		}
	}
	return state;
}

PutStreamState PutStream::WaitAndPop(PutReader &reader, PutBatch &batch, const CancelCheck &check) {
	std::unique_lock<std::mutex> guard(mutex);
	for (bool is_announced = false; true; is_announced = true) {
		auto state = TakeInternal(reader, batch);
		if (state != PutStreamState::PARKED) {
			return state;
		}
		const uint64_t without_run = reader.has_run ? 0 : 1;
		waiting_without_run += without_run;
		if (!is_announced) {
			changed.notify_all();
		}
		changed.wait_for(guard, CANCEL_POLL);
		waiting_without_run -= without_run;
		guard.unlock();
		check();
		guard.lock();
	}
}

uint64_t PutStream::QueuedBytes() const {
	std::lock_guard<std::mutex> guard(mutex);
	return queued_bytes;
}

} // namespace skein
