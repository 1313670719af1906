//! Calls of a connected client: answers, counters, refusals, cancelling.
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include <arrow/array/array_primitive.h>
#include <gtest/gtest.h>

#include "client/client_counters.hpp"
#include "client/distributed_flight_client.hpp"
#include "protocol/errors.hpp"
#include "protocol/flight_peer.hpp"
#include "protocol/full_messages.hpp"
#include "protocol/wire_bytes.hpp"

namespace skein {

namespace {

constexpr auto HANG_LIMIT = std::chrono::seconds(60);

//! Set once, waited for by others; a wait that hangs fails its test.
class Signal {
public:
	void Set() {
		std::lock_guard<std::mutex> guard(lock);
		is_set = true;
		changed.notify_all();
	}
	bool Wait() {
		std::unique_lock<std::mutex> guard(lock);
		return changed.wait_for(guard, HANG_LIMIT, [this]() { return is_set; });
	}

private:
	std::mutex lock;
	std::condition_variable changed;
	bool is_set = false;
};

//! Waits as a server's handler until its call is cancelled; false if that never happens.
bool WaitForCancel(const flight::ServerCallContext &context) {
	auto deadline = std::chrono::steady_clock::now() + HANG_LIMIT;
	while (!context.is_cancelled()) {
		if (std::chrono::steady_clock::now() > deadline) {
			return false;
		}
		std::this_thread::sleep_for(std::chrono::milliseconds(5));
	}
	return true;
}

ErrorCategory CategoryOf(const arrow::Status &status) {
	auto error = ErrorFromFlightStatus(status);
	EXPECT_TRUE(error.has_value()) << status.ToString();
	return error ? error->category : ErrorCategory::UNSPECIFIED;
}

class ClientCall : public ::testing::Test {
protected:
	void Connect() {
		peer.Start();
		options.counters = counters;
		client = std::make_unique<DistributedFlightClient>(peer.Uri(), options);
		auto status = client->Connect();
		ASSERT_TRUE(status.ok()) << status.ToString();
	}

	// What handlers use outlives the peer: it may still run one when a test is over.
	std::atomic<bool> interrupted {false};
	std::atomic<int> heartbeats {0};
	Signal may_return;
	Signal server_noticed;
	Signal waiting;
	Signal got_rows;
	FlightPeer peer;
	std::shared_ptr<ClientCounters> counters = std::make_shared<ClientCounters>();
	ClientOptions options;
	std::unique_ptr<DistributedFlightClient> client;
};

} // namespace

//===--------------------------------------------------------------------===//
// Actions
//===--------------------------------------------------------------------===//
TEST_F(ClientCall, RequestsArriveAsTheyWereMeant) {
	DistributedRequest seen;
	std::string session;
	peer.on_action = [&](const flight::ServerCallContext &context, const DistributedRequest &request) {
		seen = request;
		auto header = context.incoming_headers().find(SESSION_HEADER);
		session = header == context.incoming_headers().end() ? "" : std::string(header->second);
		DistributedResponse response;
		response.success = true;
		response.rows_affected = 5;
		response.exists = true;
		return response;
	};
	Connect();
	DistributedResponse response;
	ASSERT_TRUE(client->ExecuteSQL("CHECKPOINT", response).ok());
	EXPECT_EQ(seen.type, RequestType::EXECUTE_SQL);
	EXPECT_EQ(seen.sql, "CHECKPOINT");
	EXPECT_EQ(session, "");
	client->SetSession("0123");
	ASSERT_TRUE(client->CreateTable("s.\"t t\"", {{"a", "INTEGER", true, "1"}}, response, true).ok());
	EXPECT_EQ(seen.type, RequestType::CREATE_TABLE);
	EXPECT_EQ(seen.schema_name, "s");
	EXPECT_EQ(seen.table_name, "t t");
	EXPECT_EQ(seen.column_definitions, (std::vector<RemoteColumnDefinition> {{"a", "INTEGER", true, "1"}}));
	EXPECT_TRUE(seen.if_not_exists);
	EXPECT_EQ(session, "0123");
	ASSERT_TRUE(client->CreateTable("t", MakeNumbers(0, 1)->schema(), response).ok());
	EXPECT_FALSE(seen.row_schema.empty());
	EXPECT_FALSE(seen.if_not_exists);
	ASSERT_TRUE(client->DropTable("t", response, true).ok());
	EXPECT_EQ(seen.type, RequestType::DROP_TABLE);
	EXPECT_TRUE(seen.if_exists);
	ASSERT_TRUE(client->TableExists("t", response).ok());
	EXPECT_EQ(seen.type, RequestType::TABLE_EXISTS);
	EXPECT_TRUE(response.exists);
	ASSERT_TRUE(client->DeleteData("t", "a = 1", response).ok());
	EXPECT_EQ(seen.type, RequestType::DELETE_DATA);
	EXPECT_EQ(seen.filter, "a = 1");
	EXPECT_EQ(response.rows_affected, 5u);
	EXPECT_EQ(counters->round_trips, 6u);
	EXPECT_EQ(counters->statements, 6u);
	EXPECT_EQ(counters->active_statements, 0u);
}

TEST_F(ClientCall, RefusalsKeepTheirClass) {
	peer.on_action = [&](const flight::ServerCallContext &, const DistributedRequest &) {
		return MakeFlightStatus(FullError());
	};
	Connect();
	DistributedResponse response;
	auto status = client->DropTable("ente", response);
	EXPECT_EQ(ErrorFromFlightStatus(status), FullError());
	EXPECT_FALSE(response.success);
	EXPECT_EQ(response.error, FullError());
	EXPECT_EQ(response.error_message, FullError().message);
	EXPECT_TRUE(client->IsHealthy()) << "a refusal says nothing against the connection";
}

TEST_F(ClientCall, InterruptedStatementEndsOnTheServer) {
	peer.on_action = [&](const flight::ServerCallContext &context,
	                     const DistributedRequest &) -> arrow::Result<DistributedResponse> {
		interrupted = true;
		if (WaitForCancel(context)) {
			server_noticed.Set();
		}
		return arrow::Status::Cancelled("client gone");
	};
	options.is_interrupted = [&]() {
		return interrupted.load();
	};
	Connect();
	DistributedResponse response;
	EXPECT_EQ(CategoryOf(client->ExecuteSQL("SELECT 1", response)), ErrorCategory::CANCELLED);
	EXPECT_TRUE(server_noticed.Wait());
	EXPECT_TRUE(client->IsHealthy());
	EXPECT_EQ(response.error->category, ErrorCategory::CANCELLED);
}

TEST_F(ClientCall, LongStatementOfASilentServerHasAnUnknownOutcome) {
	peer.on_action = [&](const flight::ServerCallContext &context, const DistributedRequest &) {
		WaitForCancel(context);
		return DistributedResponse();
	};
	options.idle_ms_max = 200;
	Connect();
	client->SetSession("0123");
	DistributedResponse response;
	EXPECT_EQ(CategoryOf(client->DeleteData("t", "", response)), ErrorCategory::OUTCOME_UNKNOWN);
	EXPECT_FALSE(client->IsHealthy());
}

//! DoAction cannot be cancelled: the caller walks away from it, and so may the client.
TEST_F(ClientCall, InterruptedShortCallReturnsAtOnce) {
	peer.on_action = [&](const flight::ServerCallContext &, const DistributedRequest &) {
		interrupted = true;
		EXPECT_TRUE(may_return.Wait());
		return DistributedResponse();
	};
	options.is_interrupted = [&]() {
		return interrupted.load();
	};
	Connect();
	DistributedResponse response;
	EXPECT_EQ(CategoryOf(client->TableExists("t", response)), ErrorCategory::CANCELLED);
	EXPECT_FALSE(client->IsHealthy());
	client.reset();
	may_return.Set();
}

TEST_F(ClientCall, ShortCallsHaveALimit) {
	peer.on_action = [&](const flight::ServerCallContext &, const DistributedRequest &) {
		EXPECT_TRUE(may_return.Wait());
		return DistributedResponse();
	};
	options.idle_ms_max = 100;
	Connect();
	DistributedResponse response;
	EXPECT_EQ(CategoryOf(client->TableExists("t", response)), ErrorCategory::SERVER_UNAVAILABLE);
	EXPECT_EQ(CategoryOf(client->DropTable("t", response)), ErrorCategory::OUTCOME_UNKNOWN);
	EXPECT_FALSE(client->IsHealthy());
	may_return.Set();
}

//===--------------------------------------------------------------------===//
// Scans
//===--------------------------------------------------------------------===//
TEST_F(ClientCall, ScanCountsWhatArrives) {
	DistributedRequest seen;
	peer.on_get = [&](const flight::ServerCallContext &, const DistributedRequest &request) {
		seen = request;
		return MakeReader([next = 0]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
			return next == 3 ? nullptr : MakeNumbers(10 * next++, 10);
		});
	};
	Connect();
	std::shared_ptr<arrow::RecordBatchReader> reader;
	ASSERT_TRUE(client->ScanTable("my_table", 1000, 7, reader).ok());
	EXPECT_EQ(counters->active_statements, 1u);
	EXPECT_EQ(seen.type, RequestType::SCAN_TABLE);
	EXPECT_EQ(seen.limit, std::optional<uint64_t>(1000));
	EXPECT_EQ(seen.offset, 7u);
	uint64_t rows = 0;
	uint64_t bytes = 0;
	// The loop of the seed document.
	while (auto batch = reader->Next().ValueOrDie()) {
		rows += static_cast<uint64_t>(batch->num_rows());
		bytes += RecordBatchWireBytes(*batch);
	}
	EXPECT_EQ(rows, 30u);
	EXPECT_EQ(counters->rows_received, 30u);
	EXPECT_EQ(counters->bytes_received, bytes);
	EXPECT_EQ(bytes, 3 * RecordBatchWireBytes(*MakeNumbers(0, 10))) << "both sides must count alike";
	EXPECT_EQ(counters->active_statements, 0u);
	EXPECT_EQ(reader->Next().ValueOrDie(), nullptr) << "the end stays the end";
	ASSERT_TRUE(client->ScanTable("my_table", reader).ok());
	EXPECT_EQ(seen.limit, std::nullopt);
}

TEST_F(ClientCall, ScanRefused) {
	peer.on_get = [&](const flight::ServerCallContext &, const DistributedRequest &) {
		return MakeFlightStatus(FullError());
	};
	Connect();
	std::shared_ptr<arrow::RecordBatchReader> reader;
	EXPECT_EQ(ErrorFromFlightStatus(client->ScanTable("ente", reader)), FullError());
	EXPECT_EQ(counters->active_statements, 0u);
	EXPECT_TRUE(client->IsHealthy());
}

TEST_F(ClientCall, ScanFailsInTheMiddle) {
	peer.on_get = [&](const flight::ServerCallContext &, const DistributedRequest &) {
		return MakeReader([next = 0]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
			if (next++ == 1) {
				return MakeFlightStatus(FullError());
			}
			return MakeNumbers(0, 10);
		});
	};
	Connect();
	std::shared_ptr<arrow::RecordBatchReader> reader;
	ASSERT_TRUE(client->ScanTable("t", reader).ok());
	ASSERT_TRUE(reader->Next().ok());
	EXPECT_EQ(ErrorFromFlightStatus(reader->Next().status()), FullError());
	EXPECT_EQ(ErrorFromFlightStatus(reader->Next().status()), FullError()) << "the failure stays the end";
	EXPECT_EQ(counters->active_statements, 0u);
}

TEST_F(ClientCall, ScanIsInterruptedBeforeItsSchema) {
	peer.on_get = [&](const flight::ServerCallContext &context,
	                  const DistributedRequest &) -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
		interrupted = true;
		if (WaitForCancel(context)) {
			server_noticed.Set();
		}
		return arrow::Status::Cancelled("client gone");
	};
	options.is_interrupted = [&]() {
		return interrupted.load();
	};
	Connect();
	std::shared_ptr<arrow::RecordBatchReader> reader;
	EXPECT_EQ(CategoryOf(client->Query("SELECT slow", reader)), ErrorCategory::CANCELLED);
	EXPECT_TRUE(server_noticed.Wait());
	EXPECT_TRUE(client->IsHealthy()) << "a cancelled stream leaves the connection as it was";
}

TEST_F(ClientCall, ScanIsCancelledFromAnotherThread) {
	peer.on_get = [&](const flight::ServerCallContext &context, const DistributedRequest &) {
		return MakeReader([&, next = 0]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
			if (next++ == 0) {
				return MakeNumbers(0, 10);
			}
			waiting.Set();
			if (WaitForCancel(context)) {
				server_noticed.Set();
			}
			return nullptr;
		});
	};
	Connect();
	DistributedRequest request;
	request.type = RequestType::SCAN_TABLE;
	auto scan = client->Scan(request).ValueOrDie();
	ASSERT_TRUE(scan->Next().ok());
	std::thread canceller([&]() {
		EXPECT_TRUE(waiting.Wait());
		scan->Cancel();
	});
	EXPECT_EQ(CategoryOf(scan->Next().status()), ErrorCategory::CANCELLED);
	canceller.join();
	EXPECT_TRUE(server_noticed.Wait());
}

TEST_F(ClientCall, DroppedScanEndsOnTheServer) {
	peer.on_get = [&](const flight::ServerCallContext &context, const DistributedRequest &) {
		return MakeReader([&, next = 0]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
			if (next++ == 0) {
				return MakeNumbers(0, 10);
			}
			if (WaitForCancel(context)) {
				server_noticed.Set();
			}
			return nullptr;
		});
	};
	Connect();
	std::shared_ptr<arrow::RecordBatchReader> reader;
	ASSERT_TRUE(client->ScanTable("t", reader).ok());
	ASSERT_TRUE(reader->Next().ok());
	reader.reset();
	EXPECT_TRUE(server_noticed.Wait());
	EXPECT_EQ(counters->active_statements, 0u);
}

//! A query may rightly send nothing for long: as long as the server answers questions, the scan goes on.
TEST_F(ClientCall, QuietScanOfALivingServerGoesOn) {
	peer.on_action = [&](const flight::ServerCallContext &, const DistributedRequest &request) {
		EXPECT_EQ(request.type, RequestType::HEARTBEAT);
		heartbeats++;
		return MakeFlightStatus(ErrorCategory::SESSION_NOT_FOUND, "no session");
	};
	peer.on_get = [&](const flight::ServerCallContext &, const DistributedRequest &) {
		return MakeReader([&, next = 0]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
			auto deadline = std::chrono::steady_clock::now() + HANG_LIMIT;
			while (heartbeats < 6 && std::chrono::steady_clock::now() < deadline) {
				std::this_thread::sleep_for(std::chrono::milliseconds(5));
			}
			return next++ == 0 ? MakeNumbers(0, 10) : nullptr;
		});
	};
	options.idle_ms_max = 300;
	Connect();
	client->SetSession("0123");
	std::shared_ptr<arrow::RecordBatchReader> reader;
	ASSERT_TRUE(client->ScanTable("t", reader).ok());
	auto batch = reader->Next();
	ASSERT_TRUE(batch.ok()) << batch.status().ToString();
	EXPECT_EQ((*batch)->num_rows(), 10);
	EXPECT_GE(heartbeats, 6);
	EXPECT_EQ(counters->round_trips, 1u) << "signs of life are not counted";
}

TEST_F(ClientCall, QuietScanOfASilentServerEnds) {
	peer.on_action = [&](const flight::ServerCallContext &context, const DistributedRequest &) {
		WaitForCancel(context);
		return DistributedResponse();
	};
	peer.on_get = [&](const flight::ServerCallContext &context, const DistributedRequest &) {
		return MakeReader([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
			WaitForCancel(context);
			return nullptr;
		});
	};
	options.idle_ms_max = 200;
	Connect();
	client->SetSession("0123");
	std::shared_ptr<arrow::RecordBatchReader> reader;
	ASSERT_TRUE(client->ScanTable("t", reader).ok());
	auto status = reader->Next().status();
	EXPECT_EQ(CategoryOf(status), ErrorCategory::SERVER_UNAVAILABLE);
	EXPECT_NE(status.message().find("no sign of life"), std::string::npos) << status.ToString();
	EXPECT_FALSE(client->IsHealthy());
}

//===--------------------------------------------------------------------===//
// Uploads
//===--------------------------------------------------------------------===//
TEST_F(ClientCall, UploadCountsWhatIsSent) {
	DistributedRequest seen;
	int64_t rows = 0;
	uint64_t bytes = 0;
	peer.on_put = [&](const flight::ServerCallContext &, flight::FlightMessageReader &reader,
	                  flight::FlightMetadataWriter &writer) -> arrow::Status {
		seen = DistributedRequest::Decode(reader.descriptor().cmd);
		while (true) {
			ARROW_ASSIGN_OR_RAISE(auto chunk, reader.Next());
			if (!chunk.data) {
				break;
			}
			rows += chunk.data->num_rows();
			bytes += RecordBatchWireBytes(*chunk.data);
		}
		DistributedResponse response;
		response.success = true;
		response.rows_affected = static_cast<uint64_t>(rows);
		return writer.WriteMetadata(*arrow::Buffer::FromString(response.Encode()));
	};
	Connect();
	DistributedResponse response;
	auto status = client->InsertData("my_table", MakeNumbers(0, 1000), response);
	ASSERT_TRUE(status.ok()) << status.ToString();
	EXPECT_TRUE(response.success);
	EXPECT_EQ(response.rows_affected, 1000u);
	EXPECT_EQ(seen.type, RequestType::INSERT_DATA);
	EXPECT_EQ(seen.table_name, "my_table");
	EXPECT_EQ(seen.insert_id.size(), 16u);
	EXPECT_EQ(rows, 1000);
	EXPECT_EQ(counters->rows_sent, 1000u);
	EXPECT_EQ(counters->bytes_sent, bytes);
	EXPECT_EQ(counters->round_trips, 1u);
	auto first_id = seen.insert_id;
	ASSERT_TRUE(client->InsertData("my_table", MakeNumbers(0, 1), response).ok());
	EXPECT_NE(seen.insert_id, first_id);
	EXPECT_EQ(counters->active_statements, 0u);
}

TEST_F(ClientCall, LargeBatchesGoInPieces) {
	uint64_t largest = 0;
	int64_t rows = 0;
	int64_t next_value = 0;
	peer.on_put = [&](const flight::ServerCallContext &, flight::FlightMessageReader &reader,
	                  flight::FlightMetadataWriter &writer) -> arrow::Status {
		while (true) {
			ARROW_ASSIGN_OR_RAISE(auto chunk, reader.Next());
			if (!chunk.data) {
				break;
			}
			largest = std::max(largest, RecordBatchWireBytes(*chunk.data));
			auto values = static_cast<const arrow::Int64Array &>(*chunk.data->column(0)).raw_values();
			for (int64_t row = 0; row < chunk.data->num_rows(); row++) {
				// Flight leaves bodies where they were received, aligned or not.
				int64_t value;
				std::memcpy(&value, values + row, sizeof(value));
				EXPECT_EQ(value, next_value++);
			}
			rows += chunk.data->num_rows();
		}
		DistributedResponse response;
		response.success = true;
		return writer.WriteMetadata(*arrow::Buffer::FromString(response.Encode()));
	};
	Connect();
	auto count = static_cast<int64_t>(limits::batch_bytes_max / 8 * 5 / 2);
	DistributedResponse response;
	ASSERT_TRUE(client->InsertData("t", MakeNumbers(0, count), response).ok());
	EXPECT_EQ(rows, count);
	EXPECT_LE(largest, limits::batch_bytes_max + 1024);
	EXPECT_EQ(counters->rows_sent, static_cast<uint64_t>(count));
}

TEST_F(ClientCall, UploadRefusedEarlyTellsTheServersReason) {
	peer.on_put = [&](const flight::ServerCallContext &, flight::FlightMessageReader &, flight::FlightMetadataWriter &) {
		return MakeFlightStatus(FullError());
	};
	Connect();
	DistributedRequest request;
	request.type = RequestType::INSERT_DATA;
	auto batch = MakeNumbers(0, 100000);
	auto upload = client->Upload(request, batch->schema()).ValueOrDie();
	arrow::Status status;
	for (int i = 0; i < 10000 && status.ok(); i++) {
		status = upload->Write(*batch);
	}
	EXPECT_EQ(ErrorFromFlightStatus(status), FullError()) << status.ToString();
	DistributedResponse response;
	EXPECT_EQ(ErrorFromFlightStatus(upload->Finish(response)), FullError());
	EXPECT_EQ(counters->active_statements, 0u);
	EXPECT_TRUE(client->IsHealthy());
}

TEST_F(ClientCall, UploadRefusedAtItsEnd) {
	peer.on_put = [&](const flight::ServerCallContext &, flight::FlightMessageReader &reader,
	                  flight::FlightMetadataWriter &) -> arrow::Status {
		while (true) {
			ARROW_ASSIGN_OR_RAISE(auto chunk, reader.Next());
			if (!chunk.data) {
				return MakeFlightStatus(FullError());
			}
		}
	};
	Connect();
	DistributedResponse response;
	EXPECT_EQ(ErrorFromFlightStatus(client->InsertData("t", MakeNumbers(0, 10), response)), FullError());
	EXPECT_EQ(response.error, FullError());
}

//! The server must be able to tell an upload that was given up from one that is complete.
TEST_F(ClientCall, DroppedUploadIsCancelledNotFinished) {
	peer.on_put = [&](const flight::ServerCallContext &context, flight::FlightMessageReader &reader,
	                  flight::FlightMetadataWriter &) -> arrow::Status {
		while (true) {
			ARROW_ASSIGN_OR_RAISE(auto chunk, reader.Next());
			if (!chunk.data) {
				break;
			}
			got_rows.Set();
		}
		if (WaitForCancel(context)) {
			server_noticed.Set();
		}
		return arrow::Status::Cancelled("given up");
	};
	Connect();
	DistributedRequest request;
	request.type = RequestType::INSERT_DATA;
	auto batch = MakeNumbers(0, 100);
	auto upload = client->Upload(request, batch->schema()).ValueOrDie();
	ASSERT_TRUE(upload->Write(*batch).ok());
	EXPECT_TRUE(got_rows.Wait());
	upload.reset();
	EXPECT_TRUE(server_noticed.Wait());
	EXPECT_TRUE(client->IsHealthy());
}

TEST_F(ClientCall, UploadIsInterruptedWhileTheServerReadsNothing) {
	peer.on_put = [&](const flight::ServerCallContext &context, flight::FlightMessageReader &,
	                  flight::FlightMetadataWriter &) -> arrow::Status {
		interrupted = true;
		if (WaitForCancel(context)) {
			server_noticed.Set();
		}
		return arrow::Status::Cancelled("given up");
	};
	options.is_interrupted = [&]() {
		return interrupted.load();
	};
	Connect();
	DistributedRequest request;
	request.type = RequestType::INSERT_DATA;
	auto batch = MakeNumbers(0, 100000);
	auto upload = client->Upload(request, batch->schema()).ValueOrDie();
	arrow::Status status;
	for (int i = 0; i < 100000 && status.ok(); i++) {
		status = upload->Write(*batch);
	}
	EXPECT_EQ(CategoryOf(status), ErrorCategory::CANCELLED);
	EXPECT_TRUE(server_noticed.Wait());
}

TEST_F(ClientCall, UploadWhoseAnswerIsLostHasAnUnknownOutcome) {
	peer.on_action = [&](const flight::ServerCallContext &context, const DistributedRequest &) {
		WaitForCancel(context);
		return DistributedResponse();
	};
	peer.on_put = [&](const flight::ServerCallContext &context, flight::FlightMessageReader &reader,
	                  flight::FlightMetadataWriter &) -> arrow::Status {
		while (true) {
			ARROW_ASSIGN_OR_RAISE(auto chunk, reader.Next());
			if (!chunk.data) {
				break;
			}
		}
		WaitForCancel(context);
		return arrow::Status::OK();
	};
	options.idle_ms_max = 200;
	Connect();
	client->SetSession("0123");
	DistributedResponse response;
	auto status = client->InsertData("t", MakeNumbers(0, 10), response);
	EXPECT_EQ(CategoryOf(status), ErrorCategory::OUTCOME_UNKNOWN);
	EXPECT_EQ(response.error->category, ErrorCategory::OUTCOME_UNKNOWN);
}

} // namespace skein
