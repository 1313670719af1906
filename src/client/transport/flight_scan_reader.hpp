//! Rows under way: DoGet, or the second half of a DoExchange.
#pragma once

#include <memory>

#include <arrow/flight/client.h>
#include <arrow/result.h>

#include "client/distributed_flight_client.hpp"
#include "client/transport/client_connection.hpp"

namespace skein {

//! One thread reads; any may cancel. Must not outlive the connection.
class FlightScanReader : public ScanReader {
public:
	//! Returns once the server answered with the schema or a refusal.
	static arrow::Result<std::unique_ptr<ScanReader>>
	Open(ClientConnection &connection, const DistributedRequest &request, std::unique_ptr<ActiveStatement> active);
	//! The rows that an upload returns, whose schema is here. Takes over what the upload had.
	static arrow::Result<std::unique_ptr<ScanReader>>
	OfExchange(ClientConnection &connection, std::shared_ptr<CallHandle> handle,
	           std::unique_ptr<ActiveStatement> active, std::unique_ptr<arrow::flight::FlightStreamWriter> writer,
	           std::unique_ptr<arrow::flight::FlightStreamReader> reader);
	~FlightScanReader() override;

	std::shared_ptr<arrow::Schema> schema() const override;
	arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch> *batch) override;
	arrow::Status Close() override;
	void Cancel() override;
	std::string ResultId() const override;
	uint64_t BatchNumber() const override;
	std::optional<uint64_t> BatchesTotal() const override;

private:
	FlightScanReader(ClientConnection &connection, std::shared_ptr<CallHandle> handle,
	                 std::unique_ptr<ActiveStatement> active);
	//! Takes the schema, and with it how batches come.
	arrow::Status ReadSchema();
	//! The next batch with rows; null at the end. Statuses are Flight's own, or say what is wrong with the numbers.
	arrow::Status ReadBatch(std::shared_ptr<arrow::RecordBatch> &batch);
	arrow::Status CheckNumber(const arrow::RecordBatch &batch, const std::shared_ptr<arrow::Buffer> &metadata);
	//! The scan is over; what it held on the server is free.
	void End();

	ClientConnection &connection;
	std::shared_ptr<CallHandle> handle;
	WatchedCall watched;
	std::unique_ptr<ActiveStatement> active;
	//! Of an exchange, ended; it holds the stream.
	std::unique_ptr<arrow::flight::FlightStreamWriter> writer;
	std::unique_ptr<arrow::flight::FlightStreamReader> reader;
	std::shared_ptr<arrow::Schema> row_schema;
	//! Empty where batches have no numbers.
	std::string result_id;
	std::optional<uint64_t> last_number;
	std::optional<uint64_t> batches_total;
	bool at_end = false;
	//! How the scan ended; what ReadNext says from then on.
	arrow::Status end_status;
};

} // namespace skein
