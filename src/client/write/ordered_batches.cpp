#include "client/write/ordered_batches.hpp"

#include <limits>

#include "protocol/wire_bytes.hpp"

namespace skein {

using duckdb::idx_t;

OrderedBatches::OrderedBatches(Send send, uint64_t bytes_max) : send(std::move(send)), bytes_max(bytes_max) {
}

void OrderedBatches::Add(idx_t index, std::shared_ptr<arrow::RecordBatch> batch) {
	if (!batch) {
		return;
	}
	auto bytes = RecordBatchWireBytes(*batch);
	std::lock_guard<std::mutex> guard(lock);
	waiting_bytes += bytes;
	waiting[index].push_back({std::move(batch), bytes});
	SendUpTo(lowest);
}

bool OrderedBatches::Advance(idx_t index) {
	std::lock_guard<std::mutex> guard(lock);
	if (index <= lowest) {
		return false;
	}
	lowest = index;
	SendUpTo(lowest);
	return true;
}

void OrderedBatches::Finish() {
	std::lock_guard<std::mutex> guard(lock);
	SendUpTo(std::numeric_limits<idx_t>::max());
}

bool OrderedBatches::MustWait(idx_t index) {
	std::lock_guard<std::mutex> guard(lock);
	return index > lowest && waiting_bytes >= bytes_max;
}

void OrderedBatches::SendUpTo(idx_t index) {
	while (!waiting.empty() && waiting.begin()->first <= index) {
		auto batches = std::move(waiting.begin()->second);
		waiting.erase(waiting.begin());
		for (auto &entry : batches) {
			waiting_bytes -= entry.bytes;
			send(entry.batch);
		}
	}
}

} // namespace skein
