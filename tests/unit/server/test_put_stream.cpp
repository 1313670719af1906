#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "duckdb/common/exception.hpp"
#include "expect_refusal.hpp"
#include "record_batches.hpp"
#include "server/put_stream.hpp"
#include "waiting.hpp"

namespace skein {
namespace {

constexpr uint64_t BUDGET_BYTES = 1000;

void NeverCancelled() {
}

//! The rows of the batch that are to be read.
std::shared_ptr<arrow::RecordBatch> RowsOf(const PutBatch &part) {
	return part.batch->Slice(static_cast<int64_t>(part.first_row), static_cast<int64_t>(part.row_count));
}

//! An engine thread that parks: woken by the stream.
struct Parker {
	Parker() : signal(duckdb::make_shared_ptr<duckdb::InterruptDoneSignalState>()), state(Weak()) {
	}
	duckdb::weak_ptr<duckdb::InterruptDoneSignalState> Weak() {
		return duckdb::weak_ptr<duckdb::InterruptDoneSignalState>(signal);
	}

	duckdb::shared_ptr<duckdb::InterruptDoneSignalState> signal;
	duckdb::InterruptState state;
};

TEST(PutStream, HandsOutBatchesInTheirOrder) {
	PutStream stream(NumberSchema(), BUDGET_BYTES);
	for (int64_t i = 0; i < 5; i++) {
		ASSERT_TRUE(stream.Push(MakeNumberBatch(10 * i, 3), 30, NeverCancelled));
	}
	stream.Finish();
	Parker parker;
	PutReader reader;
	PutBatch batch;
	for (uint64_t i = 0; i < 5; i++) {
		ASSERT_EQ(stream.Pop(reader, batch, parker.state), PutStreamState::BATCH);
		EXPECT_EQ(batch.index, 0u);
		EXPECT_TRUE(RowsOf(batch)->Equals(*MakeNumberBatch(static_cast<int64_t>(10 * i), 3)));
	}
	EXPECT_EQ(stream.QueuedBytes(), 0u);
	EXPECT_EQ(stream.Pop(reader, batch, parker.state), PutStreamState::END);
	EXPECT_EQ(stream.Pop(reader, batch, parker.state), PutStreamState::END);
}

TEST(PutStream, CutsBatchesWhereRunsEnd) {
	PutStream stream(NumberSchema(), BUDGET_BYTES, /*run_rows=*/4);
	ASSERT_TRUE(stream.Push(MakeNumberBatch(0, 3), 30, NeverCancelled));
	ASSERT_TRUE(stream.Push(MakeNumberBatch(3, 7), 75, NeverCancelled));
	stream.Finish();
	Parker parker;
	PutReader reader;
	PutBatch batch;
	const std::vector<std::pair<uint64_t, std::pair<int64_t, int64_t>>> expected {
	    {0, {0, 3}}, {0, {3, 1}}, {1, {4, 4}}, {2, {8, 2}}};
	for (auto &[index, rows] : expected) {
		ASSERT_EQ(stream.Pop(reader, batch, parker.state), PutStreamState::BATCH);
		EXPECT_EQ(batch.index, index);
		EXPECT_TRUE(RowsOf(batch)->Equals(*MakeNumberBatch(rows.first, rows.second)));
	}
	EXPECT_EQ(stream.QueuedBytes(), 0u);
	EXPECT_EQ(stream.Pop(reader, batch, parker.state), PutStreamState::END);
}

TEST(PutStream, OneThreadTakesAllOfARun) {
	PutStream stream(NumberSchema(), BUDGET_BYTES, /*run_rows=*/4);
	Parker parker;
	PutReader first;
	PutReader second;
	PutBatch batch;
	ASSERT_TRUE(stream.Push(MakeNumberBatch(0, 2), 20, NeverCancelled));
	ASSERT_EQ(stream.Pop(first, batch, parker.state), PutStreamState::BATCH);
	ASSERT_TRUE(stream.Push(MakeNumberBatch(2, 1), 10, NeverCancelled));
	// There is a batch, but it is the first thread's.
	ASSERT_EQ(stream.Pop(second, batch, parker.state), PutStreamState::PARKED);
	ASSERT_TRUE(stream.Push(MakeNumberBatch(3, 3), 30, NeverCancelled));
	ASSERT_EQ(stream.Pop(second, batch, parker.state), PutStreamState::BATCH);
	EXPECT_EQ(batch.index, 1u);
	EXPECT_TRUE(RowsOf(batch)->Equals(*MakeNumberBatch(4, 2)));
	for (int64_t row : {2, 3}) {
		ASSERT_EQ(stream.Pop(first, batch, parker.state), PutStreamState::BATCH);
		EXPECT_EQ(batch.index, 0u);
		EXPECT_TRUE(RowsOf(batch)->Equals(*MakeNumberBatch(row, 1)));
	}
	// Its run is done, and the other is taken.
	EXPECT_EQ(stream.Pop(first, batch, parker.state), PutStreamState::PARKED);
	stream.Finish();
	EXPECT_EQ(stream.Pop(first, batch, parker.state), PutStreamState::END);
	EXPECT_EQ(stream.Pop(second, batch, parker.state), PutStreamState::END);
}

TEST(PutStream, LargeRowsMakeShorterRuns) {
	PutStream stream(NumberSchema(), BUDGET_BYTES);
	Parker parker;
	PutReader reader;
	PutBatch batch;
	for (uint64_t i = 0; i < 4; i++) {
		ASSERT_TRUE(stream.Push(MakeNumberBatch(0, 1), BUDGET_BYTES, NeverCancelled));
		ASSERT_EQ(stream.Pop(reader, batch, parker.state), PutStreamState::BATCH);
		EXPECT_EQ(batch.index, i / 2);
	}
}

TEST(PutStream, AFullQueueHoldsThePusher) {
	PutStream stream(NumberSchema(), BUDGET_BYTES);
	ASSERT_TRUE(stream.Push(MakeNumberBatch(0, 1), 600, NeverCancelled));
	std::atomic<bool> waiting {false};
	std::atomic<bool> pushed {false};
	std::thread pusher([&]() { pushed = stream.Push(MakeNumberBatch(1, 1), 600, [&]() { waiting = true; }); });
	ASSERT_TRUE(WaitUntil([&]() { return waiting.load(); }));
	EXPECT_FALSE(pushed);
	EXPECT_EQ(stream.QueuedBytes(), 600u);
	Parker parker;
	PutReader reader;
	PutBatch batch;
	ASSERT_EQ(stream.Pop(reader, batch, parker.state), PutStreamState::BATCH);
	pusher.join();
	EXPECT_TRUE(pushed);
	EXPECT_EQ(stream.QueuedBytes(), 600u);
}

TEST(PutStream, ABatchLargerThanTheBudgetPassesAlone) {
	PutStream stream(NumberSchema(), BUDGET_BYTES);
	EXPECT_TRUE(stream.Push(MakeNumberBatch(0, 1), 50 * BUDGET_BYTES, NeverCancelled));
	EXPECT_REFUSAL(stream.Push(MakeNumberBatch(1, 1), 1, []() { ThrowIfCancelled(CancelReason::CLIENT_GONE); }),
	               ErrorCategory::CANCELLED, "client");
}

TEST(PutStream, APushWakesWhoParked) {
	PutStream stream(NumberSchema(), BUDGET_BYTES);
	Parker parker;
	PutReader reader;
	PutBatch batch;
	ASSERT_EQ(stream.Pop(reader, batch, parker.state), PutStreamState::PARKED);
	std::atomic<bool> woken {false};
	std::thread engine_thread([&]() {
		parker.signal->Await();
		woken = true;
	});
	EXPECT_FALSE(woken);
	ASSERT_TRUE(stream.Push(MakeNumberBatch(0, 1), 10, NeverCancelled));
	engine_thread.join();
	EXPECT_EQ(stream.Pop(reader, batch, parker.state), PutStreamState::BATCH);
}

TEST(PutStream, TheEndWakesWhoParked) {
	PutStream stream(NumberSchema(), BUDGET_BYTES);
	Parker parker;
	PutReader reader;
	PutBatch batch;
	ASSERT_EQ(stream.Pop(reader, batch, parker.state), PutStreamState::PARKED);
	stream.Finish();
	parker.signal->Await();
	EXPECT_EQ(stream.Pop(reader, batch, parker.state), PutStreamState::END);
}

TEST(PutStream, ABrokenOneFailsItsReaders) {
	PutStream stream(NumberSchema(), BUDGET_BYTES);
	Parker parker;
	PutReader reader;
	PutBatch batch;
	ASSERT_EQ(stream.Pop(reader, batch, parker.state), PutStreamState::PARKED);
	ASSERT_TRUE(stream.Push(MakeNumberBatch(0, 1), 10, NeverCancelled));
	stream.Break("the client is gone");
	stream.Finish();
	parker.signal->Await();
	// Also the batch that waited is not handed out: the statement must fail as a whole.
	try {
		stream.Pop(reader, batch, parker.state);
		FAIL() << "a broken stream was read";
	} catch (const duckdb::IOException &exception) {
		EXPECT_NE(std::string(exception.what()).find("the client is gone"), std::string::npos);
	}
	EXPECT_THROW(stream.WaitAndPop(reader, batch, NeverCancelled), duckdb::IOException);
	EXPECT_FALSE(stream.Push(MakeNumberBatch(1, 1), 10, NeverCancelled));
	EXPECT_EQ(stream.QueuedBytes(), 0u);
}

//! Else the engine could wait for that reader, and this one for the engine.
TEST(PutStream, AReaderWithoutARunGetsOneBeyondTheBudget) {
	PutStream stream(NumberSchema(), BUDGET_BYTES, /*run_rows=*/2);
	PutReader busy;
	PutReader idle;
	PutBatch batch;
	Parker parker;
	ASSERT_TRUE(stream.Push(MakeNumberBatch(0, 1), 600, NeverCancelled));
	ASSERT_EQ(stream.Pop(busy, batch, parker.state), PutStreamState::BATCH);
	ASSERT_TRUE(stream.Push(MakeNumberBatch(1, 1), 600, NeverCancelled));
	ASSERT_EQ(stream.Pop(idle, batch, parker.state), PutStreamState::PARKED);
	// A push that had to wait would ask, and be refused.
	ASSERT_TRUE(stream.Push(MakeNumberBatch(2, 1), 600, []() { ThrowIfCancelled(CancelReason::SHUTDOWN); }));
	parker.signal->Await();
	ASSERT_EQ(stream.Pop(idle, batch, parker.state), PutStreamState::BATCH);
	EXPECT_EQ(batch.index, 1u);
	EXPECT_REFUSAL(stream.Push(MakeNumberBatch(3, 1), 600, []() { ThrowIfCancelled(CancelReason::SHUTDOWN); }),
	               ErrorCategory::SERVER_UNAVAILABLE, "shutting down");
}

TEST(PutStream, BreakingEndsAWaitForRoom) {
	PutStream stream(NumberSchema(), BUDGET_BYTES);
	ASSERT_TRUE(stream.Push(MakeNumberBatch(0, 1), 600, NeverCancelled));
	std::atomic<bool> waiting {false};
	std::atomic<bool> pushed {true};
	std::thread pusher([&]() { pushed = stream.Push(MakeNumberBatch(1, 1), 600, [&]() { waiting = true; }); });
	ASSERT_TRUE(WaitUntil([&]() { return waiting.load(); }));
	stream.Break("cancelled");
	pusher.join();
	EXPECT_FALSE(pushed);
}

TEST(PutStream, AThreadThatCannotParkWaitsAndGivesUp) {
	PutStream stream(NumberSchema(), BUDGET_BYTES);
	PutReader reader;
	PutBatch batch;
	int asked = 0;
	EXPECT_REFUSAL(stream.WaitAndPop(reader, batch,
	                                 [&]() {
		                                 if (++asked == 2) {
			                                 ThrowIfCancelled(CancelReason::SHUTDOWN);
		                                 }
	                                 }),
	               ErrorCategory::SERVER_UNAVAILABLE, "shutting down");
	std::thread pusher([&]() { EXPECT_TRUE(stream.Push(MakeNumberBatch(0, 1), 10, NeverCancelled)); });
	EXPECT_EQ(stream.WaitAndPop(reader, batch, NeverCancelled), PutStreamState::BATCH);
	pusher.join();
}

} // namespace
} // namespace skein
