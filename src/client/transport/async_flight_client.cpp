#include "client/transport/async_flight_client.hpp"

#include <arrow/util/thread_pool.h>

namespace skein {

using arrow::DeferNotOk;
using arrow::Future;
using arrow::Result;
using arrow::Status;

namespace {

//! Runs what it is given in order, on a thread of its own.
class OneThread {
public:
	OneThread() : pool(arrow::internal::ThreadPool::Make(1)) {
	}
	~OneThread() {
		if (pool.ok()) {
			// What was not begun yet is run, too, and finds that it was ended.
			(void)(*pool)->Shutdown(/*wait=*/true);
		}
	}

	template <class T, class WORK>
	Future<T> Run(WORK work) {
		if (!pool.ok()) {
			return Future<T>::MakeFinished(pool.status());
		}
		return DeferNotOk((*pool)->Submit(std::move(work)));
	}

private:
	Result<std::shared_ptr<arrow::internal::ThreadPool>> pool;
};

class ThreadedScan : public AsyncScan {
public:
	explicit ThreadedScan(std::unique_ptr<ScanReader> reader_p) : reader(std::move(reader_p)) {
	}
	~ThreadedScan() override {
		Cancel();
	}

	std::shared_ptr<arrow::Schema> Schema() const override {
		return reader->schema();
	}
	Future<std::shared_ptr<arrow::RecordBatch>> ReadNextAsync() override {
		return thread.Run<std::shared_ptr<arrow::RecordBatch>>([this]() -> Result<std::shared_ptr<arrow::RecordBatch>> {
			std::shared_ptr<arrow::RecordBatch> batch;
			ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
			return batch;
		});
	}
	void Cancel() override {
		reader->Cancel();
	}

private:
	const std::unique_ptr<ScanReader> reader;
	//! Ends before the reader does.
	OneThread thread;
};

} // namespace

struct AsyncFlightClient::State {
	State(std::string uri, ClientOptions options) : client(std::move(uri), Interruptible(std::move(options))) {
	}
	~State() {
		ending = true;
	}

	ClientOptions Interruptible(ClientOptions options) {
		options.is_interrupted = [this, asked = std::move(options.is_interrupted)]() {
			return ending || (asked && asked());
		};
		return options;
	}
	Future<DistributedResponse> Respond(std::function<Status(DistributedResponse &)> call) {
		return thread.Run<DistributedResponse>([call = std::move(call)]() -> Result<DistributedResponse> {
			DistributedResponse response;
			ARROW_RETURN_NOT_OK(call(response));
			return response;
		});
	}

	std::atomic<bool> ending {false};
	DistributedFlightClient client;
	//! Ends before the client does.
	OneThread thread;
};

AsyncFlightClient::AsyncFlightClient(std::string uri, ClientOptions options)
    : state(std::make_unique<State>(std::move(uri), std::move(options))) {
}

AsyncFlightClient::~AsyncFlightClient() = default;

Future<> AsyncFlightClient::ConnectAsync() {
	return state->thread.Run<arrow::internal::Empty>([this]() { return state->client.Connect(); });
}

Future<DistributedResponse> AsyncFlightClient::ExecuteSQLAsync(std::string sql) {
	return state->Respond([this, sql = std::move(sql)](DistributedResponse &response) {
		return state->client.ExecuteSQL(sql, response);
	});
}

Future<DistributedResponse> AsyncFlightClient::InsertDataAsync(std::string table,
                                                               std::shared_ptr<arrow::RecordBatch> batch) {
	return state->Respond([this, table = std::move(table), batch = std::move(batch)](DistributedResponse &response) {
		return state->client.InsertData(table, batch, response);
	});
}

Future<DistributedResponse> AsyncFlightClient::CallAsync(DistributedRequest request) {
	return state->Respond([this, request = std::move(request)](DistributedResponse &response) {
		return state->client.Call(request, response);
	});
}

Future<std::shared_ptr<arrow::Schema>> AsyncFlightClient::GetSchemaAsync(DistributedRequest request) {
	return state->thread.Run<std::shared_ptr<arrow::Schema>>(
	    [this, request = std::move(request)]() { return state->client.GetSchema(request); });
}

Future<std::shared_ptr<AsyncScan>> AsyncFlightClient::ScanAsync(DistributedRequest request) {
	return state->thread.Run<std::shared_ptr<AsyncScan>>(
	    [this, request = std::move(request)]() -> Result<std::shared_ptr<AsyncScan>> {
		    ARROW_ASSIGN_OR_RAISE(auto reader, state->client.Scan(request));
		    return std::make_shared<ThreadedScan>(std::move(reader));
	    });
}

Future<std::shared_ptr<AsyncScan>> AsyncFlightClient::ScanTableAsync(std::string table) {
	DistributedRequest request;
	request.type = RequestType::SCAN_TABLE;
	auto named = SetTableName(table, request);
	if (!named.ok()) {
		return Future<std::shared_ptr<AsyncScan>>::MakeFinished(named);
	}
	return ScanAsync(std::move(request));
}

} // namespace skein
