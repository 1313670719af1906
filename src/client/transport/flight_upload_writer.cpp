#include "client/transport/flight_upload_writer.hpp"

#include <algorithm>

#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>

#include "client/transport/cancellable_transport.hpp"
#include "client/transport/flight_scan_reader.hpp"
#include "protocol/batch_number.hpp"
#include "protocol/errors.hpp"
#include "protocol/frame_batch.hpp"
#include "protocol/wire_bytes.hpp"

namespace skein {

using arrow::Status;

static std::shared_ptr<arrow::Buffer> BatchNumber(uint64_t number) {
	return arrow::Buffer::FromString(EncodeBatchNumber(number));
}

FlightUploadWriter::FlightUploadWriter(ClientConnection &connection_p, const DistributedRequest &request,
                                       std::shared_ptr<arrow::Schema> schema_p)
    : connection(connection_p), schema(std::move(schema_p)), commits(request.transaction_id == 0),
      handle(std::make_shared<CallHandle>()), watched(connection.Watched(handle)),
      active(std::make_unique<ActiveStatement>(connection.counters)) {
}

FlightUploadWriter::~FlightUploadWriter() {
	Abort(CallCancelReason::CANCELLED);
}

arrow::Result<std::unique_ptr<UploadWriter>> FlightUploadWriter::Open(ClientConnection &connection,
                                                                      const DistributedRequest &request,
                                                                      const std::shared_ptr<arrow::Schema> &schema) {
	std::unique_ptr<FlightUploadWriter> upload(new FlightUploadWriter(connection, request, schema));
	auto status = upload->OpenStream(request);
	if (!status.ok()) {
		return connection.Fail(status, upload->handle->Reason(), /*write_in_flight=*/false);
	}
	return upload;
}

Status FlightUploadWriter::OpenStream(const DistributedRequest &request) {
	CallWatcher::Guard guard(connection.watcher, watched);
	CallScope scope(handle);
	auto options = connection.channel->CallOptions(connection.session_id, 0);
	auto descriptor = arrow::flight::FlightDescriptor::Command(request.Encode());
	if (request.returning_columns.empty()) {
		ARROW_ASSIGN_OR_RAISE(auto put, connection.channel->Client().DoPut(options, descriptor, schema));
		writer = std::move(put.writer);
		reader = std::move(put.reader);
		return Status::OK();
	}
	ARROW_ASSIGN_OR_RAISE(auto exchange, connection.channel->Client().DoExchange(options, descriptor));
	writer = std::move(exchange.writer);
	returned = std::move(exchange.reader);
	return writer->Begin(schema);
}

Status FlightUploadWriter::Write(const arrow::RecordBatch &batch) {
	if (!writer) {
		return end_status.ok() ? Status::Invalid("The upload is finished") : end_status;
	}
	auto bytes = RecordBatchWireBytes(batch);
	if (bytes <= limits::batch_bytes_max || batch.num_rows() <= 1) {
		return WritePiece(batch, bytes);
	}
	// The server's buffer is limited: a large batch goes in pieces.
	auto pieces = static_cast<int64_t>(bytes / limits::batch_bytes_max) + 1;
	auto rows = std::max<int64_t>(batch.num_rows() / pieces, 1);
	for (int64_t start = 0; start < batch.num_rows(); start += rows) {
		auto piece = batch.Slice(start, std::min(rows, batch.num_rows() - start));
		ARROW_RETURN_NOT_OK(WritePiece(*piece, RecordBatchWireBytes(*piece)));
	}
	return Status::OK();
}

Status FlightUploadWriter::WritePiece(const arrow::RecordBatch &piece, uint64_t bytes) {
	if (bytes > limits::upload_batch_bytes_max) {
		return Fail(MakeFlightStatus(ErrorCategory::LIMIT_REACHED, "A batch of " + std::to_string(bytes) +
		                                                               " bytes cannot be sent: at most " +
		                                                               std::to_string(limits::upload_batch_bytes_max) +
		                                                               " are accepted, and a row is not split"),
		            false);
	}
	Status status;
	{
		CallWatcher::Guard guard(connection.watcher, watched);
		status = writer->WriteWithMetadata(piece, BatchNumber(batches_sent));
	}
	if (!status.ok()) {
		// Nothing is in the table before the upload has ended in good order: the outcome is known.
		return Fail(status, /*write_in_flight=*/false);
	}
	batches_sent++;
	connection.counters->bytes_sent += bytes;
	connection.counters->rows_sent += RecordBatchRows(piece);
	return Status::OK();
}

Status FlightUploadWriter::WriteAtLeastOne() {
	if (batches_sent > 0) {
		return Status::OK();
	}
	// By arrays of NULLs, of which there are none: Arrow has no builders for extension types.
	arrow::ArrayVector columns;
	for (auto &field : schema->fields()) {
		ARROW_ASSIGN_OR_RAISE(auto column, arrow::MakeArrayOfNull(field->type(), 0));
		columns.push_back(std::move(column));
	}
	auto no_rows = arrow::RecordBatch::Make(schema, 0, std::move(columns));
	return WritePiece(*no_rows, RecordBatchWireBytes(*no_rows));
}

Status FlightUploadWriter::EndWriting() {
	ARROW_RETURN_NOT_OK(writer->WriteMetadata(BatchNumber(batches_sent)));
	return writer->DoneWriting();
}

Status FlightUploadWriter::ReadAnswer(DistributedResponse &response) {
	CallWatcher::Guard guard(connection.watcher, watched);
	ARROW_RETURN_NOT_OK(EndWriting());
	std::shared_ptr<arrow::Buffer> answer;
	ARROW_RETURN_NOT_OK(reader->ReadMetadata(&answer));
	auto status = writer->Close();
	if (!answer) {
		ARROW_RETURN_NOT_OK(status);
		return Status::SerializationError("The server ended the upload without an answer");
	}
	try {
		response = DistributedResponse::Decode(std::string_view(*answer));
	} catch (const MalformedMessage &error) {
		return Status::SerializationError("The server's answer is damaged: ", error.what());
	}
	// Once the answer is here the rows are, whatever became of the connection afterwards.
	return response.success ? Status::OK() : status;
}

Status FlightUploadWriter::Finish(DistributedResponse &response) {
	response = DistributedResponse();
	if (!writer) {
		return end_status.ok() ? Status::Invalid("The upload is finished") : end_status;
	}
	ARROW_RETURN_NOT_OK(WriteAtLeastOne());
	auto status = ReadAnswer(response);
	if (!status.ok()) {
		return Fail(status, commits);
	}
	writer.reset();
	reader.reset();
	returned.reset();
	active.reset();
	return Status::OK();
}

arrow::Result<std::unique_ptr<ScanReader>> FlightUploadWriter::FinishReturning() {
	if (!writer) {
		return end_status.ok() ? Status::Invalid("The upload is finished") : end_status;
	}
	ARROW_RETURN_NOT_OK(WriteAtLeastOne());
	auto end = [&]() -> Status {
		CallWatcher::Guard guard(connection.watcher, watched);
		ARROW_RETURN_NOT_OK(EndWriting());
		// The rows begin when the change is made.
		return returned->GetSchema().status();
	};
	auto status = end();
	if (!status.ok()) {
		return Fail(status, commits);
	}
	return FlightScanReader::OfExchange(connection, handle, std::move(active), std::move(writer), std::move(returned));
}

void FlightUploadWriter::Cancel() {
	handle->Cancel(CallCancelReason::CANCELLED);
}

void FlightUploadWriter::Abort(CallCancelReason reason) {
	if (!writer) {
		return;
	}
	handle->Cancel(reason);
	// A writer that is merely destroyed closes itself and complains on stderr.
	(void)writer->Close();
	writer.reset();
	reader.reset();
	returned.reset();
	active.reset();
}

Status FlightUploadWriter::Fail(const Status &status, bool write_in_flight) {
	end_status = connection.Fail(status, handle->Reason(), write_in_flight);
	Abort(CallCancelReason::CANCELLED);
	return end_status;
}

} // namespace skein
