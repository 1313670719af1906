#include "client/scan/scan_stream.hpp"

#include <arrow/type.h>

#include "codec/arrow_metadata.hpp"
#include "duckdb/common/exception.hpp"
#include "protocol/limits.hpp"
#include "protocol/version.hpp"
#include "protocol/wire_bytes.hpp"

namespace skein {

ScanStream::ScanStream(ConnectionLease connection_p, std::unique_ptr<ScanReader> reader_p)
    : connection(std::move(connection_p)), reader(std::move(reader_p)), schema(reader->schema()),
      read_ahead_bytes(connection.Settings().read_ahead_bytes), started(std::chrono::steady_clock::now()) {
	const bool is_complete = !MetadataValue(schema->metadata(), SCHEMA_METADATA_COMPLETE).empty();
	if (!is_complete || !ReadSmallResult()) {
		thread = std::thread([this]() { ReadAhead(); });
	}
}

ScanStream::~ScanStream() {
	bool cancel;
	{
		std::lock_guard<std::mutex> guard(lock);
		stopping = true;
		cancel = !ended;
	}
	changed.notify_all();
	if (cancel) {
		reader->Cancel();
	}
	if (thread.joinable()) {
		thread.join();
	}
}

//===--------------------------------------------------------------------===//
// Reading
//===--------------------------------------------------------------------===//
bool ScanStream::ReadSmallResult() {
	// The limit is for a server that does not keep its word.
	while (waiting_bytes < limits::small_result_bytes_max) {
		if (!ReadOne()) {
			return true;
		}
	}
	return false;
}

void ScanStream::ReadAhead() {
	while (true) {
		{
			std::unique_lock<std::mutex> guard(lock);
			changed.wait(guard, [this]() { return stopping || waiting_bytes < read_ahead_bytes; });
			if (stopping) {
				return;
			}
		}
		if (!ReadOne()) {
			return;
		}
	}
}

bool ScanStream::ReadOne() {
	std::shared_ptr<arrow::RecordBatch> batch;
	auto status = reader->ReadNext(&batch);
	if (!status.ok() || !batch) {
		End(std::move(status));
		return false;
	}
	Deliver(std::move(batch));
	return true;
}

void ScanStream::Deliver(std::shared_ptr<arrow::RecordBatch> batch) {
	if (batch->num_rows() == 0) {
		return;
	}
	auto bytes = RecordBatchWireBytes(*batch);
	std::unique_lock<std::mutex> guard(lock);
	waiting_bytes += bytes;
	cost.bytes += bytes;
	cost.rows += static_cast<uint64_t>(batch->num_rows());
	batches.push_back({std::move(batch), next_index++, bytes});
	WakeAll(guard);
}

void ScanStream::End(arrow::Status status) {
	std::unique_lock<std::mutex> guard(lock);
	ended = true;
	end_status = std::move(status);
	auto elapsed = std::chrono::steady_clock::now() - started;
	cost.milliseconds = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
	WakeAll(guard);
}

void ScanStream::WakeAll(std::unique_lock<std::mutex> &guard) {
	std::vector<duckdb::InterruptState> to_wake;
	to_wake.swap(parked);
	guard.unlock();
	changed.notify_all();
	for (auto &state : to_wake) {
		state.Callback();
	}
}

//===--------------------------------------------------------------------===//
// Scanning threads
//===--------------------------------------------------------------------===//
ScanStreamResult ScanStream::Next(duckdb::ClientContext &context, const duckdb::InterruptState *interrupt_state,
                                  ScanBatch &result) {
	given_up.Check(context);
	std::unique_lock<std::mutex> guard(lock);
	while (batches.empty()) {
		if (ended) {
			auto status = end_status;
			guard.unlock();
			if (!status.ok()) {
				context.BlockingInterruptCheck();
			}
			ThrowIfFailed(status, *connection);
			return ScanStreamResult::FINISHED;
		}
		if (interrupt_state) {
			parked.push_back(*interrupt_state);
			return ScanStreamResult::PARKED;
		}
		changed.wait_for(guard, std::chrono::milliseconds(limits::interrupt_poll_ms));
		context.InterruptCheck();
	}
	result = std::move(batches.front());
	batches.pop_front();
	waiting_bytes -= result.wire_bytes;
	rows_taken += static_cast<uint64_t>(result.batch->num_rows());
	guard.unlock();
	changed.notify_all();
	return ScanStreamResult::BATCH;
}

std::optional<ScanCost> ScanStream::TakeCost() {
	std::lock_guard<std::mutex> guard(lock);
	if (!ended || !end_status.ok() || cost_taken) {
		return std::nullopt;
	}
	cost_taken = true;
	return cost;
}

} // namespace skein
