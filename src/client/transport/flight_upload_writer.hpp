//! An upload under way: DoPut, or DoExchange where the changed rows are wanted back.
#pragma once

#include <memory>

#include <arrow/flight/client.h>
#include <arrow/result.h>

#include "client/distributed_flight_client.hpp"
#include "client/transport/client_connection.hpp"

namespace skein {

//! One thread writes; any may cancel. Must not outlive the connection.
class FlightUploadWriter : public UploadWriter {
public:
	static arrow::Result<std::unique_ptr<UploadWriter>>
	Open(ClientConnection &connection, const DistributedRequest &request, const std::shared_ptr<arrow::Schema> &schema);
	~FlightUploadWriter() override;

	arrow::Status Write(const arrow::RecordBatch &batch) override;
	arrow::Status Finish(DistributedResponse &response) override;
	arrow::Result<std::unique_ptr<ScanReader>> FinishReturning() override;
	void Cancel() override;

private:
	FlightUploadWriter(ClientConnection &connection, const DistributedRequest &request,
	                   std::shared_ptr<arrow::Schema> schema);
	arrow::Status OpenStream(const DistributedRequest &request);
	arrow::Status WritePiece(const arrow::RecordBatch &piece, uint64_t bytes);
	//! Flight sends request and schema with the first batch only.
	arrow::Status WriteAtLeastOne();
	//! Ends the writing half.
	arrow::Status EndWriting();
	//! Ends the writing half of a DoPut and reads the answer.
	arrow::Status ReadAnswer(DistributedResponse &response);
	//! Gives the upload up; the server sees a cancelled call, never a finished one.
	void Abort(CallCancelReason reason);
	//! Closes the stream and keeps why it ended.
	arrow::Status Fail(const arrow::Status &status, bool write_in_flight);

	ClientConnection &connection;
	const std::shared_ptr<arrow::Schema> schema;
	//! The upload is a transaction of its own.
	const bool commits;
	std::shared_ptr<CallHandle> handle;
	WatchedCall watched;
	std::unique_ptr<ActiveStatement> active;
	std::unique_ptr<arrow::flight::FlightStreamWriter> writer;
	//! Of a DoPut.
	std::unique_ptr<arrow::flight::FlightMetadataReader> reader;
	//! Of a DoExchange.
	std::unique_ptr<arrow::flight::FlightStreamReader> returned;
	//! Every batch carries its number, and the end their count: only so can the server tell an upload that is complete
	//! from one whose connection broke.
	uint64_t batches_sent = 0;
	arrow::Status end_status;
};

} // namespace skein
