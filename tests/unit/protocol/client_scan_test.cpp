//! Scans of a connected client: rows, counters, refusals, cancelling, silence.
#include <thread>

#include "protocol/connected_client.hpp"
#include "protocol/full_messages.hpp"
#include "protocol/wire_bytes.hpp"

namespace skein {

TEST_F(ConnectedClient, ScanCountsWhatArrives) {
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

TEST_F(ConnectedClient, ScanRefused) {
	peer.on_get = [&](const flight::ServerCallContext &, const DistributedRequest &) {
		return MakeFlightStatus(FullError());
	};
	Connect();
	std::shared_ptr<arrow::RecordBatchReader> reader;
	EXPECT_EQ(ErrorFromFlightStatus(client->ScanTable("ente", reader)), FullError());
	EXPECT_EQ(counters->active_statements, 0u);
	EXPECT_TRUE(client->IsHealthy());
}

TEST_F(ConnectedClient, ScanFailsInTheMiddle) {
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

TEST_F(ConnectedClient, ScanIsInterruptedBeforeItsSchema) {
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

TEST_F(ConnectedClient, ScanIsCancelledFromAnotherThread) {
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

TEST_F(ConnectedClient, DroppedScanEndsOnTheServer) {
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
TEST_F(ConnectedClient, QuietScanOfALivingServerGoesOn) {
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

TEST_F(ConnectedClient, QuietScanOfASilentServerEnds) {
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

} // namespace skein
