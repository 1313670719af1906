#include "client/scan/scan_stream.hpp"

#include <functional>
#include <set>

#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>

#include "duckdb.hpp"
#include "protocol/limits.hpp"
#include "protocol/version.hpp"

namespace skein {
namespace {

constexpr int64_t BATCHES = 300;

//! Gives batches of one row, 0 to BATCHES - 1, and then what the test says.
class NumberReader : public ScanReader {
public:
	std::shared_ptr<arrow::Schema> schema() const override {
		auto metadata = arrow::key_value_metadata({SCHEMA_METADATA_COMPLETE}, {"1"});
		return arrow::schema({arrow::field("n", arrow::int64())}, is_complete ? metadata : nullptr);
	}
	arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch> *batch) override {
		before_read(next);
		if (next == count) {
			batch->reset();
			return end;
		}
		arrow::Int64Builder builder;
		ARROW_RETURN_NOT_OK(builder.Append(next++));
		ARROW_ASSIGN_OR_RAISE(auto values, builder.Finish());
		*batch = arrow::RecordBatch::Make(schema(), 1, {values});
		return arrow::Status::OK();
	}
	void Cancel() override {
		std::lock_guard<std::mutex> guard(lock);
		open = true;
		changed.notify_all();
	}
	void WaitUntilOpen() {
		std::unique_lock<std::mutex> guard(lock);
		changed.wait(guard, [this]() { return open; });
	}

	int64_t count = BATCHES;
	//! What its server says of the result.
	bool is_complete = false;
	std::function<void(int64_t)> before_read = [](int64_t) {
	};
	arrow::Status end;

private:
	int64_t next = 0;
	std::mutex lock;
	std::condition_variable changed;
	bool open = false;
};

class ScanStreamTest : public ::testing::Test {
protected:
	//! The connection is never used: it names the server in errors.
	std::unique_ptr<ScanStream> Start(std::unique_ptr<NumberReader> reader, uint64_t read_ahead_bytes) {
		SkeinSettings settings;
		settings.read_ahead_bytes = read_ahead_bytes;
		auto client = std::make_unique<DistributedFlightClient>("grpc://127.0.0.1:1");
		return std::make_unique<ScanStream>(ConnectionLease(server, std::move(client), settings), std::move(reader));
	}
	duckdb::ClientContext &Context() {
		return *connection.context;
	}
	static int64_t Value(const ScanBatch &taken) {
		return static_cast<const arrow::Int64Array &>(*taken.batch->column(0)).Value(0);
	}

	RemoteServer server {"grpc://127.0.0.1:1", {}};
	duckdb::DuckDB database {nullptr};
	duckdb::Connection connection {database};
	//! A scan belongs to a statement under way.
	duckdb::unique_ptr<duckdb::QueryResult> statement = connection.Submit("FROM range(100000)");
};

TEST_F(ScanStreamTest, ThreadsTakeEveryBatchOnce) {
	auto stream = Start(std::make_unique<NumberReader>(), 64);
	std::mutex lock;
	std::set<int64_t> seen;
	std::vector<std::thread> threads;
	for (int i = 0; i < 4; i++) {
		threads.emplace_back([&]() {
			ScanBatch taken;
			while (stream->Next(Context(), nullptr, taken) == ScanStreamResult::BATCH) {
				EXPECT_EQ(static_cast<int64_t>(taken.index), Value(taken));
				std::lock_guard<std::mutex> guard(lock);
				EXPECT_TRUE(seen.insert(Value(taken)).second);
			}
		});
	}
	for (auto &thread : threads) {
		thread.join();
	}
	EXPECT_EQ(seen.size(), static_cast<size_t>(BATCHES));
	EXPECT_EQ(stream->RowsTaken(), static_cast<uint64_t>(BATCHES));
}

TEST_F(ScanStreamTest, ReadsNoFurtherThanItsBudget) {
	std::atomic<int64_t> asked {0};
	auto reader = std::make_unique<NumberReader>();
	// A byte is reached by every batch: the next is read when the one before was taken.
	reader->before_read = [&](int64_t next) {
		EXPECT_LE(next, asked);
	};
	auto stream = Start(std::move(reader), 1);
	ScanBatch taken;
	do {
		asked++;
	} while (stream->Next(Context(), nullptr, taken) == ScanStreamResult::BATCH);
	EXPECT_EQ(asked, BATCHES + 1);
}

TEST_F(ScanStreamTest, AnErrorComesAfterTheRowsBeforeItAndStays) {
	auto reader = std::make_unique<NumberReader>();
	reader->end = arrow::Status::IOError("cut off");
	auto stream = Start(std::move(reader), 64);
	ScanBatch taken;
	for (int64_t i = 0; i < BATCHES; i++) {
		ASSERT_EQ(stream->Next(Context(), nullptr, taken), ScanStreamResult::BATCH);
		EXPECT_EQ(Value(taken), i);
	}
	EXPECT_ANY_THROW(stream->Next(Context(), nullptr, taken));
	EXPECT_ANY_THROW(stream->Next(Context(), nullptr, taken));
}

TEST_F(ScanStreamTest, ItsEndCancelsAReadThatWaits) {
	auto reader = std::make_unique<NumberReader>();
	std::atomic<bool> entered {false};
	std::atomic<bool> returned {false};
	auto *waiting = reader.get();
	reader->before_read = [&, waiting](int64_t) {
		entered = true;
		entered.notify_all();
		waiting->WaitUntilOpen();
		returned = true;
	};
	auto stream = Start(std::move(reader), 64);
	entered.wait(false);
	EXPECT_FALSE(returned);
	stream.reset();
	EXPECT_TRUE(returned);
}

TEST_F(ScanStreamTest, WhoParkedIsCalledBack) {
	auto reader = std::make_unique<NumberReader>();
	auto *gate = reader.get();
	reader->before_read = [gate](int64_t) {
		gate->WaitUntilOpen();
	};
	auto stream = Start(std::move(reader), 64);
	auto signal = duckdb::make_shared_ptr<duckdb::InterruptDoneSignalState>();
	duckdb::InterruptState state {duckdb::weak_ptr<duckdb::InterruptDoneSignalState>(signal)};
	ScanBatch taken;
	ASSERT_EQ(stream->Next(Context(), &state, taken), ScanStreamResult::PARKED);
	gate->Cancel();
	signal->Await();
	EXPECT_EQ(stream->Next(Context(), &state, taken), ScanStreamResult::BATCH);
	EXPECT_EQ(Value(taken), 0);
}

TEST_F(ScanStreamTest, ASmallResultIsReadByWhoMakesTheStream) {
	auto reader = std::make_unique<NumberReader>();
	reader->is_complete = true;
	reader->count = 3;
	int64_t reads = 0;
	reader->before_read = [&, maker = std::this_thread::get_id()](int64_t) {
		EXPECT_EQ(std::this_thread::get_id(), maker);
		reads++;
	};
	// Less than its rows have: nobody takes any yet.
	auto stream = Start(std::move(reader), 1);
	EXPECT_TRUE(stream->IsSmall());
	EXPECT_EQ(reads, 4);
	ScanBatch taken;
	for (int64_t i = 0; i < 3; i++) {
		ASSERT_EQ(stream->Next(Context(), nullptr, taken), ScanStreamResult::BATCH);
		EXPECT_EQ(Value(taken), i);
	}
	EXPECT_EQ(stream->Next(Context(), nullptr, taken), ScanStreamResult::FINISHED);
	EXPECT_EQ(stream->TakeCost()->rows, 3u);
}

TEST_F(ScanStreamTest, AResultThatIsLargerThanItsServerSaysIsReadAhead) {
	auto reader = std::make_unique<NumberReader>();
	reader->is_complete = true;
	reader->count = static_cast<int64_t>(limits::small_result_bytes_max);
	std::atomic<int64_t> read {0};
	reader->before_read = [&](int64_t) {
		read++;
	};
	auto stream = Start(std::move(reader), 1);
	EXPECT_FALSE(stream->IsSmall());
	EXPECT_LT(read, static_cast<int64_t>(limits::small_result_bytes_max));
	ScanBatch taken;
	int64_t rows = 0;
	while (stream->Next(Context(), nullptr, taken) == ScanStreamResult::BATCH) {
		EXPECT_EQ(Value(taken), rows++);
	}
	EXPECT_EQ(rows, static_cast<int64_t>(limits::small_result_bytes_max));
}

TEST_F(ScanStreamTest, AnErrorOfASmallResultComesAfterItsRows) {
	auto reader = std::make_unique<NumberReader>();
	reader->is_complete = true;
	reader->count = 1;
	reader->end = arrow::Status::IOError("cut off");
	auto stream = Start(std::move(reader), 64);
	ScanBatch taken;
	ASSERT_EQ(stream->Next(Context(), nullptr, taken), ScanStreamResult::BATCH);
	EXPECT_ANY_THROW(stream->Next(Context(), nullptr, taken));
}

} // namespace
} // namespace skein
