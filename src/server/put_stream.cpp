#include "server/put_stream.hpp"

#include "duckdb/common/exception.hpp"

namespace skein {

PutStream::PutStream(std::shared_ptr<arrow::Schema> schema, uint64_t bytes_max)
    : schema(std::move(schema)), bytes_max(bytes_max) {
}

const std::shared_ptr<arrow::Schema> &PutStream::Schema() const {
	return schema;
}

bool PutStream::Push(std::shared_ptr<arrow::RecordBatch> batch, uint64_t bytes, const CancelCheck &check) {
	std::vector<duckdb::InterruptState> waiters;
	{
		std::unique_lock<std::mutex> guard(mutex);
		while (!broken && !queue.empty() && queued_bytes + bytes > bytes_max) {
			changed.wait_for(guard, CANCEL_POLL);
			guard.unlock();
			check();
			guard.lock();
		}
		if (broken || finished) {
			return false;
		}
		queue.push_back(PutBatch {std::move(batch), next_index++, bytes});
		queued_bytes += bytes;
		waiters.swap(parked);
	}
	Wake(std::move(waiters));
	return true;
}

void PutStream::Finish() {
	std::vector<duckdb::InterruptState> waiters;
	{
		std::lock_guard<std::mutex> guard(mutex);
		finished = true;
		waiters.swap(parked);
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
		queue.clear();
		queued_bytes = 0;
		waiters.swap(parked);
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

PutStreamState PutStream::TakeInternal(PutBatch &batch) {
	if (broken) {
		throw duckdb::IOException("%s", broken_reason);
	}
	if (queue.empty()) {
		return finished ? PutStreamState::END : PutStreamState::PARKED;
	}
	batch = std::move(queue.front());
	queue.pop_front();
	queued_bytes -= batch.bytes;
	changed.notify_all();
	return PutStreamState::BATCH;
}

PutStreamState PutStream::Pop(PutBatch &batch, const duckdb::InterruptState &waiter) {
	std::lock_guard<std::mutex> guard(mutex);
	auto state = TakeInternal(batch);
	if (state == PutStreamState::PARKED) {
		parked.push_back(waiter);
	}
	return state;
}

PutStreamState PutStream::WaitAndPop(PutBatch &batch, const CancelCheck &check) {
	std::unique_lock<std::mutex> guard(mutex);
	while (true) {
		auto state = TakeInternal(batch);
		if (state != PutStreamState::PARKED) {
			return state;
		}
		changed.wait_for(guard, CANCEL_POLL);
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
