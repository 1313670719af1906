//! The calls of DistributedFlightClient for programs that do not wait: each returns an arrow::Future at once.
//!
//! A client is one connection and one thread, on which its calls run one after the other; each scan has a thread of its
//! own besides, because Flight's own streams can only be waited for. Any thread may ask. Failures are those of
//! DistributedFlightClient, as the future's status.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <arrow/util/future.h>

#include "client/distributed_flight_client.hpp"

namespace skein {

//! A scan's rows as futures. Destroying it ends the scan on the server; futures that were not finished then fail. Must
//! not outlive its client.
class AsyncScan {
public:
	virtual ~AsyncScan() = default;
	virtual std::shared_ptr<arrow::Schema> Schema() const = 0;
	//! The next batch, null at the end. May be asked for several times before the first is here: they are given in
	//! order.
	virtual arrow::Future<std::shared_ptr<arrow::RecordBatch>> ReadNextAsync() = 0;
	//! Ends the scan; what waits for a batch fails with CANCELLED. Any thread.
	virtual void Cancel() = 0;
};

class AsyncFlightClient {
public:
	//! As DistributedFlightClient's.
	explicit AsyncFlightClient(std::string uri, ClientOptions options = {});
	//! Ends what is under way, whose futures fail with CANCELLED, and waits for it.
	~AsyncFlightClient();
	AsyncFlightClient(const AsyncFlightClient &) = delete;
	AsyncFlightClient &operator=(const AsyncFlightClient &) = delete;

	//! First of all calls.
	arrow::Future<> ConnectAsync();
	arrow::Future<DistributedResponse> ExecuteSQLAsync(std::string sql);
	arrow::Future<DistributedResponse> InsertDataAsync(std::string table, std::shared_ptr<arrow::RecordBatch> batch);
	arrow::Future<DistributedResponse> CallAsync(DistributedRequest request);
	arrow::Future<std::shared_ptr<arrow::Schema>> GetSchemaAsync(DistributedRequest request);
	arrow::Future<std::shared_ptr<AsyncScan>> ScanTableAsync(std::string table);
	arrow::Future<std::shared_ptr<AsyncScan>> ScanAsync(DistributedRequest request);

private:
	struct State;
	std::unique_ptr<State> state;
};

} // namespace skein
