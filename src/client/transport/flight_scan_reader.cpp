#include "client/transport/flight_scan_reader.hpp"

#include <arrow/buffer.h>
#include <arrow/util/key_value_metadata.h>

#include "client/transport/cancellable_transport.hpp"
#include "protocol/batch_number.hpp"
#include "protocol/errors.hpp"
#include "protocol/frame_batch.hpp"
#include "protocol/wire_bytes.hpp"

namespace skein {

using arrow::Status;

FlightScanReader::FlightScanReader(ClientConnection &connection_p, std::shared_ptr<CallHandle> handle_p,
                                   std::unique_ptr<ActiveStatement> active_p)
    : connection(connection_p), handle(std::move(handle_p)), watched(connection.Watched(handle)),
      active(std::move(active_p)) {
}

FlightScanReader::~FlightScanReader() {
	End();
}

arrow::Result<std::unique_ptr<ScanReader>> FlightScanReader::Open(ClientConnection &connection,
                                                                  const DistributedRequest &request,
                                                                  std::unique_ptr<ActiveStatement> active) {
	std::unique_ptr<FlightScanReader> scan(
	    new FlightScanReader(connection, std::make_shared<CallHandle>(), std::move(active)));
	auto open = [&]() -> Status {
		CallWatcher::Guard guard(connection.watcher, scan->watched);
		CallScope scope(scan->handle);
		// No deadline on a stream: only the watcher may end it.
		auto options = connection.channel->CallOptions(connection.session_id, 0);
		arrow::flight::Ticket ticket {request.Encode()};
		ARROW_ASSIGN_OR_RAISE(scan->reader, connection.channel->Client().DoGet(options, ticket));
		return scan->ReadSchema();
	};
	auto status = open();
	if (!status.ok()) {
		return connection.Fail(status, scan->handle->Reason(), /*write_in_flight=*/false);
	}
	return scan;
}

arrow::Result<std::unique_ptr<ScanReader>>
FlightScanReader::OfExchange(ClientConnection &connection, std::shared_ptr<CallHandle> handle,
                             std::unique_ptr<ActiveStatement> active,
                             std::unique_ptr<arrow::flight::FlightStreamWriter> writer,
                             std::unique_ptr<arrow::flight::FlightStreamReader> reader) {
	std::unique_ptr<FlightScanReader> scan(new FlightScanReader(connection, std::move(handle), std::move(active)));
	scan->writer = std::move(writer);
	scan->reader = std::move(reader);
	ARROW_RETURN_NOT_OK(scan->ReadSchema());
	return scan;
}

Status FlightScanReader::ReadSchema() {
	ARROW_ASSIGN_OR_RAISE(row_schema, reader->GetSchema());
	auto &metadata = row_schema->metadata();
	auto found = metadata ? metadata->FindKey(SCHEMA_METADATA_RESULT) : -1;
	if (found >= 0) {
		result_id = metadata->value(found);
	}
	return Status::OK();
}

std::shared_ptr<arrow::Schema> FlightScanReader::schema() const {
	return row_schema;
}

Status FlightScanReader::ReadNext(std::shared_ptr<arrow::RecordBatch> *batch) {
	batch->reset();
	if (!reader) {
		return end_status;
	}
	auto status = ReadBatch(*batch);
	if (!status.ok()) {
		end_status = connection.Fail(status, handle->Reason(), /*write_in_flight=*/false);
		End();
		return end_status;
	}
	if (!*batch) {
		at_end = true;
		End();
		return Status::OK();
	}
	connection.counters->bytes_received += RecordBatchWireBytes(**batch);
	connection.counters->rows_received += RecordBatchRows(**batch);
	return Status::OK();
}

Status FlightScanReader::ReadBatch(std::shared_ptr<arrow::RecordBatch> &batch) {
	CallWatcher::Guard guard(connection.watcher, watched);
	while (true) {
		ARROW_ASSIGN_OR_RAISE(auto chunk, reader->Next());
		batch = std::move(chunk.data);
		if (!batch && !chunk.app_metadata) {
			if (!result_id.empty() && !batches_total) {
				return MakeFlightStatus(ErrorCategory::SERVER_UNAVAILABLE,
				                        "A stream of " + connection.uri + " broke off before its end");
			}
			return Status::OK();
		}
		// A message without rows (metadata alone) is not the end.
		if (!batch) {
			continue;
		}
		if (result_id.empty()) {
			return Status::OK();
		}
		ARROW_RETURN_NOT_OK(CheckNumber(*batch, chunk.app_metadata));
		if (!batches_total) {
			return Status::OK();
		}
	}
}

Status FlightScanReader::CheckNumber(const arrow::RecordBatch &batch, const std::shared_ptr<arrow::Buffer> &metadata) {
	auto number = metadata ? DecodeBatchNumber(std::string_view(*metadata)) : std::nullopt;
	if (!number || batches_total || (last_number && *number <= *last_number)) {
		return MakeFlightStatus(ErrorCategory::INVALID_REQUEST,
		                        connection.uri + " numbers the batches of a result in a way that cannot be");
	}
	if (batch.num_rows() == 0) {
		batches_total = number;
	} else {
		last_number = number;
	}
	return Status::OK();
}

std::string FlightScanReader::ResultId() const {
	return result_id;
}

uint64_t FlightScanReader::BatchNumber() const {
	return last_number.value_or(0);
}

std::optional<uint64_t> FlightScanReader::BatchesTotal() const {
	return batches_total;
}

Status FlightScanReader::Close() {
	End();
	return Status::OK();
}

void FlightScanReader::Cancel() {
	handle->Cancel(CallCancelReason::CANCELLED);
}

void FlightScanReader::End() {
	// The stream cancels itself where it is not at its end.
	reader.reset();
	if (writer) {
		// A writer that is merely destroyed closes itself and complains on stderr.
		if (!at_end) {
			handle->Cancel(CallCancelReason::CANCELLED);
		}
		(void)writer->Close();
		writer.reset();
	}
	active.reset();
}

} // namespace skein
