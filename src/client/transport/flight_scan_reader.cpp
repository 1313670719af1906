#include "client/transport/flight_scan_reader.hpp"

#include "client/transport/cancellable_transport.hpp"
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
                                                                  const DistributedRequest &request) {
	std::unique_ptr<FlightScanReader> scan(new FlightScanReader(
	    connection, std::make_shared<CallHandle>(), std::make_unique<ActiveStatement>(connection.counters)));
	auto open = [&]() -> Status {
		CallWatcher::Guard guard(connection.watcher, scan->watched);
		CallScope scope(scan->handle);
		// No deadline on a stream: only the watcher may end it.
		auto options = connection.channel->CallOptions(connection.session_id, 0);
		arrow::flight::Ticket ticket {request.Encode()};
		ARROW_ASSIGN_OR_RAISE(scan->reader, connection.channel->Client().DoGet(options, ticket));
		ARROW_ASSIGN_OR_RAISE(scan->row_schema, scan->reader->GetSchema());
		return Status::OK();
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
	ARROW_ASSIGN_OR_RAISE(scan->row_schema, scan->reader->GetSchema());
	return scan;
}

std::shared_ptr<arrow::Schema> FlightScanReader::schema() const {
	return row_schema;
}

Status FlightScanReader::ReadNext(std::shared_ptr<arrow::RecordBatch> *batch) {
	batch->reset();
	if (!reader) {
		return end_status;
	}
	auto read = [&]() -> Status {
		CallWatcher::Guard guard(connection.watcher, watched);
		// A message without rows (metadata alone) is not the end.
		while (true) {
			ARROW_ASSIGN_OR_RAISE(auto chunk, reader->Next());
			*batch = std::move(chunk.data);
			if (*batch || !chunk.app_metadata) {
				return Status::OK();
			}
		}
	};
	auto status = read();
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
