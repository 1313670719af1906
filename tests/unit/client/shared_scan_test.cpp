//! Scans that read one result over several streams, from a server that numbers its batches as the test says.
#include <cstring>
#include <atomic>
#include <functional>
#include <vector>

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>

#include "client/scan/scan_stream.hpp"
#include "duckdb.hpp"
#include "protocol/batch_number.hpp"
#include "protocol/errors.hpp"
#include "protocol/flight_peer.hpp"

namespace skein {
namespace {

//! So many of them are more than what it takes to get a further stream.
constexpr int64_t LARGE = 700000;

struct NumberedBatch {
	uint64_t number;
	//! 0: the end of the stream, which has the count.
	int64_t rows;
};

//! Gives these batches, and at the end what `at_end` says.
class NumberedStream : public flight::FlightDataStream {
public:
	NumberedStream(std::vector<NumberedBatch> batches_p, std::function<arrow::Status()> before_last)
	    : batches(std::move(batches_p)), before_last(std::move(before_last)),
	      encoder(MakeReader([this]() { return NextBatch(); })) {
	}

	std::shared_ptr<arrow::Schema> schema() override {
		auto metadata = arrow::key_value_metadata({SCHEMA_METADATA_RESULT}, {"a result"});
		return encoder.schema()->WithMetadata(std::move(metadata));
	}
	arrow::Result<flight::FlightPayload> GetSchemaPayload() override {
		flight::FlightPayload payload;
		arrow::ipc::DictionaryFieldMapper mapper(*schema());
		ARROW_RETURN_NOT_OK(arrow::ipc::GetSchemaPayload(*schema(), arrow::ipc::IpcWriteOptions::Defaults(), mapper,
		                                                 &payload.ipc_message));
		return payload;
	}
	arrow::Result<flight::FlightPayload> Next() override {
		ARROW_ASSIGN_OR_RAISE(auto payload, encoder.Next());
		if (payload.ipc_message.metadata) {
			payload.app_metadata = arrow::Buffer::FromString(EncodeBatchNumber(batches[next - 1].number));
		}
		return payload;
	}

private:
	arrow::Result<std::shared_ptr<arrow::RecordBatch>> NextBatch() {
		if (next + 1 == batches.size()) {
			ARROW_RETURN_NOT_OK(before_last());
		}
		if (next == batches.size()) {
			return nullptr;
		}
		auto &batch = batches[next++];
		return MakeNumbers(static_cast<int64_t>(batch.number) * LARGE, batch.rows);
	}

	const std::vector<NumberedBatch> batches;
	const std::function<arrow::Status()> before_last;
	size_t next = 0;
	flight::RecordBatchStream encoder;
};

class SharedScanTest : public ::testing::Test {
protected:
	//! What the first stream gives, and the second.
	std::vector<NumberedBatch> first;
	std::vector<NumberedBatch> second;
	//! What comes before the last batch of the second stream; the first one waits there for the second to be opened.
	std::function<arrow::Status()> second_end = []() {
		return arrow::Status::OK();
	};
	//! Why the second is refused.
	arrow::Status refusal;

	void SetUp() override {
		peer.on_get_stream =
		    [this](const DistributedRequest &request) -> arrow::Result<std::unique_ptr<flight::FlightDataStream>> {
			if (request.type != RequestType::READ_RESULT) {
				return std::make_unique<NumberedStream>(first, [this]() {
					joined.wait(false);
					return arrow::Status::OK();
				});
			}
			EXPECT_EQ(request.result_id, "a result");
			joined = true;
			joined.notify_all();
			ARROW_RETURN_NOT_OK(refusal);
			return std::make_unique<NumberedStream>(second, second_end);
		};
		peer.Start();
		server = std::make_unique<RemoteServer>(peer.Uri(), ServerCredentials());
	}

	//! The first numbers of the batches in the order they are handed out, over LARGE. Throws what the scan fails with.
	std::vector<int64_t> Read() {
		auto lease = server->Connect(connection.context.get());
		DistributedRequest request;
		request.type = RequestType::SCAN_TABLE;
		request.shares_result = true;
		auto reader = lease->Scan(std::move(request));
		EXPECT_TRUE(reader.ok()) << reader.status();
		ScanStream stream(std::move(lease), std::move(reader).ValueUnsafe(), 2);
		std::vector<int64_t> result;
		ScanBatch batch;
		while (stream.Next(*connection.context, nullptr, batch) == ScanStreamResult::BATCH) {
			EXPECT_EQ(batch.index, result.size());
			// A buffer that came over the network lies anywhere.
			int64_t first;
			std::memcpy(&first, batch.batch->column_data(0)->buffers[1]->data(), sizeof(first));
			result.push_back(first / LARGE);
		}
		return result;
	}
	std::string ReadFailing() {
		try {
			auto result = Read();
			return "nothing failed, " + std::to_string(result.size()) + " batches came";
		} catch (const std::exception &error) {
			return duckdb::ErrorData(error).Message();
		}
	}

	std::atomic<bool> joined {false};
	FlightPeer peer;
	std::unique_ptr<RemoteServer> server;
	duckdb::DuckDB database {nullptr};
	duckdb::Connection connection {database};
	//! A scan belongs to a statement under way.
	duckdb::unique_ptr<duckdb::QueryResult> statement = connection.Submit("FROM range(100000)");
};

TEST_F(SharedScanTest, BatchesComeInTheirOrder) {
	first = {{0, LARGE}, {3, 1}, {6, 1}, {7, 0}};
	second = {{1, 1}, {2, LARGE}, {4, 1}, {5, 1}, {7, 0}};
	EXPECT_EQ(Read(), (std::vector<int64_t> {0, 1, 2, 3, 4, 5, 6}));
	EXPECT_EQ(server->Counters().active_statements, 0u);
	EXPECT_EQ(server->Counters().round_trips, 2u);
	EXPECT_EQ(server->Counters().statements, 1u);
	EXPECT_EQ(server->Counters().rows_received, static_cast<uint64_t>(2 * LARGE + 5));
}

TEST_F(SharedScanTest, WhatIsMissingIsAnError) {
	first = {{0, LARGE}, {2, 1}, {4, 0}};
	second = {{1, 1}, {4, 0}};
	EXPECT_NE(ReadFailing().find("incomplete"), std::string::npos);
}

TEST_F(SharedScanTest, WhatComesTwiceIsAnError) {
	first = {{0, LARGE}, {1, 1}, {3, 0}};
	second = {{1, 1}, {2, 1}, {3, 0}};
	EXPECT_NE(ReadFailing().find("twice"), std::string::npos);
}

TEST_F(SharedScanTest, NumbersThatGoBackAreAnError) {
	first = {{0, LARGE}, {4, 0}};
	second = {{3, 1}, {2, 1}, {1, 1}, {4, 0}};
	EXPECT_NE(ReadFailing().find("cannot be"), std::string::npos);
}

TEST_F(SharedScanTest, AStreamWithoutItsEndIsAnError) {
	first = {{0, LARGE}, {2, 0}};
	second = {{1, 1}};
	EXPECT_NE(ReadFailing().find("broke off"), std::string::npos);
}

TEST_F(SharedScanTest, AnErrorOfTheSecondStreamIsTheScans) {
	first = {{0, LARGE}, {3, 0}};
	second = {{1, 1}, {2, 1}, {3, 0}};
	second_end = []() {
		return MakeFlightStatus(ErrorCategory::ENGINE_ERROR, "row too odd");
	};
	EXPECT_NE(ReadFailing().find("row too odd"), std::string::npos);
}

TEST_F(SharedScanTest, AStreamThatIsRefusedIsDoneWithout) {
	first = {{0, LARGE}, {1, 1}, {2, 0}};
	refusal = MakeFlightStatus(ErrorCategory::LIMIT_REACHED, "no more");
	EXPECT_EQ(Read(), (std::vector<int64_t> {0, 1}));
}

TEST_F(SharedScanTest, AStreamThatIsRefusedAfterItTookABatchIsMissed) {
	first = {{0, LARGE}, {2, 0}};
	refusal = arrow::Status::IOError("gone");
	EXPECT_NE(ReadFailing().find("incomplete"), std::string::npos);
}

} // namespace
} // namespace skein
