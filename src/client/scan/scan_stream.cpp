#include "client/scan/scan_stream.hpp"

#include <system_error>

#include <arrow/type.h>

#include "codec/arrow_metadata.hpp"
#include "duckdb/common/allocator.hpp"
#include "duckdb/common/exception.hpp"
#include "protocol/errors.hpp"
#include "protocol/frame_batch.hpp"
#include "protocol/limits.hpp"
#include "protocol/version.hpp"
#include "protocol/wire_bytes.hpp"

namespace skein {

ScanStream::ScanStream(ConnectionLease connection, std::unique_ptr<ScanReader> reader, uint64_t streams_max)
    : schema(reader->schema()), result_id(reader->ResultId()), streams_max(streams_max),
      read_ahead_bytes(connection.Settings().read_ahead_bytes), started(std::chrono::steady_clock::now()) {
	parts.push_back(std::make_unique<Part>());
	first = parts.front().get();
	auto &part = *first;
	part.connection = std::move(connection);
	part.reader = std::move(reader);
	const bool is_complete = !MetadataValue(schema->metadata(), SCHEMA_METADATA_COMPLETE).empty();
	if (!is_complete || !ReadSmallResult(part)) {
		part.thread = std::thread([this, &part]() { ReadAhead(part); });
	}
}

ScanStream::~ScanStream() {
	std::vector<ScanReader *> to_cancel;
	{
		std::lock_guard<std::mutex> guard(lock);
		stopping = true;
		joins_over = true;
		for (auto &part : parts) {
			if (part->reader && !part->ended) {
				to_cancel.push_back(part->reader.get());
			}
		}
	}
	changed.notify_all();
	for (auto reader : to_cancel) {
		reader->Cancel();
	}
	// The first adds others: once it has returned there are no more.
	if (first->thread.joinable()) {
		first->thread.join();
	}
	for (auto &part : parts) {
		if (part->thread.joinable()) {
			part->thread.join();
		}
	}
	waiting.clear();
	if (cost.bytes > read_ahead_bytes) {
		// Each thread that received messages leaves free memory behind in the C library's arena it was given, the next
		// scan's threads in others.
		duckdb::Allocator::FlushAll();
	}
}

//===--------------------------------------------------------------------===//
// Reading
//===--------------------------------------------------------------------===//
bool ScanStream::ReadSmallResult(Part &part) {
	// The limit is for a server that does not keep its word.
	while (waiting_bytes < limits::small_result_bytes_max) {
		if (!ReadOne(part)) {
			return true;
		}
	}
	return false;
}

void ScanStream::ReadAhead(Part &part) {
	while (true) {
		{
			std::unique_lock<std::mutex> guard(lock);
			changed.wait(guard, [&]() { return stopping || ended || MayRead(part); });
			if (stopping || ended) {
				return;
			}
		}
		if (!ReadOne(part)) {
			return;
		}
		StartJoining();
	}
}

bool ScanStream::ReadOne(Part &part) {
	std::shared_ptr<arrow::RecordBatch> batch;
	auto status = part.reader->ReadNext(&batch);
	if (!status.ok()) {
		Fail(part, std::move(status));
		return false;
	}
	if (!batch) {
		EndPart(part);
		return false;
	}
	Deliver(part, std::move(batch));
	return true;
}

bool ScanStream::MayRead(const Part &part) const {
	if (waiting_bytes < read_ahead_bytes) {
		return true;
	}
	// A stream's indices grow: only one that is not past the batch everybody waits for can bring it.
	return !IsDueHere() && (!part.last_index.IsValid() || part.last_index.GetIndex() < due_index);
}

bool ScanStream::IsDueHere() const {
	return !waiting.empty() && waiting.begin()->first == due_index;
}

bool ScanStream::IsComplete() const {
	return batches_total && batches_received == *batches_total;
}

void ScanStream::Deliver(Part &part, std::shared_ptr<arrow::RecordBatch> batch) {
	const auto rows = RecordBatchRows(*batch);
	if (rows == 0) {
		return;
	}
	auto bytes = RecordBatchWireBytes(*batch);
	std::unique_lock<std::mutex> guard(lock);
	auto index = result_id.empty() ? batches_received : static_cast<duckdb::idx_t>(part.reader->BatchNumber());
	cost.bytes += bytes;
	cost.rows += rows;
	if (index < due_index || !waiting.emplace(index, ScanBatch {std::move(batch), index, rows, bytes}).second) {
		End(MakeFlightStatus(ErrorCategory::INVALID_REQUEST,
		                     first->connection->Uri() + " sent a batch of a result twice"));
		WakeAll(guard);
		return;
	}
	part.last_index = index;
	waiting_bytes += bytes;
	batches_received++;
	EndIfOver();
	WakeAll(guard);
}

void ScanStream::EndPart(Part &part) {
	std::unique_lock<std::mutex> guard(lock);
	part.ended = true;
	parts_open--;
	if (auto total = part.reader->BatchesTotal()) {
		batches_total = total;
	}
	EndIfOver();
	WakeAll(guard);
}

void ScanStream::EndIfOver() {
	joins_over = joins_over || IsComplete();
	if (ended || parts_open > 0 || (parts_joining > 0 && !IsComplete())) {
		return;
	}
	if (result_id.empty() || IsComplete()) {
		End(arrow::Status::OK());
	} else {
		End(MakeFlightStatus(ErrorCategory::SERVER_UNAVAILABLE,
		                     "The result from " + first->connection->Uri() +
		                         " is incomplete: " + std::to_string(batches_received) + " batches came of " +
		                         std::to_string(batches_total.value_or(0))));
	}
}

void ScanStream::Fail(Part &part, arrow::Status status) {
	std::unique_lock<std::mutex> guard(lock);
	part.ended = true;
	End(std::move(status));
	WakeAll(guard);
}

void ScanStream::End(arrow::Status status) {
	// The first failure is the cause of those after it.
	if (ended) {
		return;
	}
	ended = true;
	joins_over = true;
	end_status = std::move(status);
	auto elapsed = std::chrono::steady_clock::now() - started;
	cost.milliseconds = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
}

void ScanStream::WakeAll(std::unique_lock<std::mutex> &guard) {
	std::vector<duckdb::InterruptState> to_wake;
	if (IsDueHere() || ended) {
		to_wake.swap(parked);
	}
	guard.unlock();
	changed.notify_all();
	for (auto &state : to_wake) {
		state.Callback();
	}
}

//===--------------------------------------------------------------------===//
// Further streams
//===--------------------------------------------------------------------===//
void ScanStream::StartJoining() {
	std::lock_guard<std::mutex> guard(lock);
	if (joins_started || joins_over || result_id.empty() || cost.bytes < limits::scan_join_bytes) {
		return;
	}
	joins_started = true;
	while (parts.size() < streams_max) {
		auto part = std::make_unique<Part>();
		try {
			part->thread = std::thread([this, &part = *part]() { JoinAndRead(part); });
		} catch (const std::system_error &) {
			// No room for another thread; those there are do.
			return;
		}
		parts_joining++;
		parts.push_back(std::move(part));
	}
}

void ScanStream::JoinAndRead(Part &part) {
	auto reader = TryJoin(part);
	{
		std::unique_lock<std::mutex> guard(lock);
		parts_joining--;
		if (!reader || joins_over) {
			EndIfOver();
			WakeAll(guard);
			return;
		}
		part.reader = std::move(reader);
		parts_open++;
	}
	ReadAhead(part);
}

std::unique_ptr<ScanReader> ScanStream::TryJoin(Part &part) {
	// Whatever is in the way, the other streams have all rows; and if this one took some with it, their count shows it.
	try {
		part.connection = first->connection.Sibling([this, &part]() { return joins_over && !part.is_open; });
		DistributedRequest request;
		request.type = RequestType::READ_RESULT;
		request.result_id = result_id;
		part.connection.Settings().RequestRows(request);
		auto opened = part.connection->Scan(std::move(request));
		part.is_open = opened.ok();
		return opened.ok() ? std::move(opened).ValueUnsafe() : nullptr;
	} catch (const std::exception &) {
		return nullptr;
	}
}

//===--------------------------------------------------------------------===//
// Scanning threads
//===--------------------------------------------------------------------===//
ScanStreamResult ScanStream::Next(duckdb::ClientContext &context, const duckdb::InterruptState *interrupt_state,
                                  ScanBatch &result) {
	given_up.Check(context);
	std::unique_lock<std::mutex> guard(lock);
	while (!IsDueHere()) {
		if (ended) {
			auto status = end_status;
			guard.unlock();
			if (!status.ok()) {
				context.BlockingInterruptCheck();
			}
			ThrowIfFailed(status, *first->connection);
			return ScanStreamResult::FINISHED;
		}
		if (interrupt_state) {
			parked.push_back(*interrupt_state);
			return ScanStreamResult::PARKED;
		}
		changed.wait_for(guard, std::chrono::milliseconds(limits::interrupt_poll_ms));
		context.InterruptCheck();
	}
	result = std::move(waiting.begin()->second);
	waiting.erase(waiting.begin());
	due_index++;
	waiting_bytes -= result.wire_bytes;
	rows_taken += result.rows;
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
