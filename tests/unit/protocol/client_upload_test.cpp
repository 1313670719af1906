//! Uploads of a connected client: pieces, counters, refusals, giving up, lost answers.
#include <cstring>

#include <arrow/array/array_primitive.h>

#include "protocol/connected_client.hpp"
#include "protocol/full_messages.hpp"
#include "protocol/wire_bytes.hpp"

namespace skein {

TEST_F(ConnectedClient, UploadCountsWhatIsSent) {
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

TEST_F(ConnectedClient, LargeBatchesGoInPieces) {
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

TEST_F(ConnectedClient, UploadRefusedEarlyTellsTheServersReason) {
	peer.on_put = [&](const flight::ServerCallContext &, flight::FlightMessageReader &,
	                  flight::FlightMetadataWriter &) {
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

TEST_F(ConnectedClient, UploadRefusedAtItsEnd) {
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
TEST_F(ConnectedClient, DroppedUploadIsCancelledNotFinished) {
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

TEST_F(ConnectedClient, UploadIsInterruptedWhileTheServerReadsNothing) {
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

TEST_F(ConnectedClient, UploadWhoseAnswerIsLostHasAnUnknownOutcome) {
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
