#include "server/shared_result.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <gtest/gtest.h>

#include "expect_refusal.hpp"
#include "server/shared_results.hpp"
#include "waiting.hpp"

namespace skein {
namespace {

constexpr uint64_t BATCHES = 200;

void NeverCancelled() {
}

std::shared_ptr<arrow::Schema> NumberSchema() {
	return arrow::schema({arrow::field("n", arrow::int64())});
}

//! Batches of one row, the batch's number; what happens at one of them is the test's.
class NumberSource : public RowSource {
public:
	std::shared_ptr<arrow::Schema> Schema() const override {
		return NumberSchema();
	}
	duckdb::unique_ptr<EncodedBatch> Next(const CancelCheck &check) override {
		before_next(next, check);
		if (next == BATCHES) {
			return nullptr;
		}
		arrow::Int64Builder builder;
		EXPECT_TRUE(builder.Append(static_cast<int64_t>(next++)).ok());
		auto result = duckdb::make_uniq<EncodedBatch>();
		result->batch = arrow::RecordBatch::Make(NumberSchema(), 1, {builder.Finish().ValueOrDie()});
		return result;
	}
	void Interrupt() override {
		interrupts++;
	}

	std::function<void(uint64_t next, const CancelCheck &check)> before_next = [](uint64_t, const CancelCheck &) {
	};
	static inline std::atomic<uint64_t> interrupts {0};

private:
	uint64_t next = 0;
};

int64_t Value(const EncodedBatch &batch) {
	return static_cast<const arrow::Int64Array &>(*batch.batch->column(0)).Value(0);
}

//! Waits like the engine does: until the check throws.
void WaitForCheck(const CancelCheck &check) {
	while (true) {
		check();
		std::this_thread::sleep_for(std::chrono::milliseconds(1));
	}
}

TEST(SharedResult, ReadersGetEveryBatchOnceWithItsNumber) {
	SharedResult result(std::make_unique<NumberSource>(), "");
	std::mutex lock;
	std::set<uint64_t> seen;
	std::vector<std::thread> readers;
	for (int i = 0; i < 4; i++) {
		readers.emplace_back([&]() {
			uint64_t number = 0;
			while (auto batch = result.Next(NeverCancelled, number)) {
				EXPECT_EQ(static_cast<int64_t>(number), Value(*batch));
				std::lock_guard<std::mutex> guard(lock);
				EXPECT_TRUE(seen.insert(number).second);
			}
			EXPECT_EQ(number, BATCHES);
		});
	}
	for (auto &reader : readers) {
		reader.join();
	}
	EXPECT_EQ(seen.size(), BATCHES);
	uint64_t number = 0;
	result.Close();
	EXPECT_FALSE(result.Next(NeverCancelled, number));
	EXPECT_EQ(number, BATCHES);
}

TEST(SharedResult, AnErrorIsEveryReaders) {
	auto source = std::make_unique<NumberSource>();
	source->before_next = [](uint64_t next, const CancelCheck &) {
		if (next == 3) {
			throw RequestError(ErrorCategory::ENGINE_ERROR, "the third is bad");
		}
	};
	SharedResult result(std::move(source), "");
	uint64_t number = 0;
	for (int i = 0; i < 3; i++) {
		ASSERT_TRUE(result.Next(NeverCancelled, number));
	}
	EXPECT_REFUSAL(result.Next(NeverCancelled, number), ErrorCategory::ENGINE_ERROR, "the third is bad");
	EXPECT_REFUSAL(result.Next(NeverCancelled, number), ErrorCategory::ENGINE_ERROR, "the third is bad");
}

TEST(SharedResult, AStreamThatBreaksOffFailsWhoWaits) {
	auto source = std::make_unique<NumberSource>();
	std::atomic<bool> waits {false};
	source->before_next = [&](uint64_t next, const CancelCheck &check) {
		if (next == 1) {
			waits = true;
			WaitForCheck(check);
		}
	};
	SharedResult result(std::move(source), "");
	uint64_t number = 0;
	ASSERT_TRUE(result.Next(NeverCancelled, number));
	const auto interrupts = NumberSource::interrupts.load();
	std::thread reader([&]() {
		uint64_t own = 0;
		EXPECT_REFUSAL(result.Next(NeverCancelled, own), ErrorCategory::SERVER_UNAVAILABLE, "broke off");
	});
	EXPECT_TRUE(WaitUntil([&]() { return waits.load(); }));
	result.BreakOff();
	reader.join();
	EXPECT_GT(NumberSource::interrupts, interrupts);
	EXPECT_REFUSAL(result.Next(NeverCancelled, number), ErrorCategory::SERVER_UNAVAILABLE, "broke off");
}

TEST(SharedResult, AStreamThatBreaksOffAfterTheEndHarmsNobody) {
	SharedResult result(std::make_unique<NumberSource>(), "");
	uint64_t number = 0;
	while (result.Next(NeverCancelled, number)) {
	}
	result.BreakOff();
	EXPECT_FALSE(result.Next(NeverCancelled, number));
	EXPECT_EQ(number, BATCHES);
}

TEST(SharedResult, ItsOwnersEndDoesNotWaitForItsReaders) {
	auto source = std::make_unique<NumberSource>();
	std::atomic<bool> waits {false};
	source->before_next = [&](uint64_t, const CancelCheck &check) {
		waits = true;
		WaitForCheck(check);
	};
	SharedResult result(std::move(source), "");
	std::thread reader([&]() {
		uint64_t number = 0;
		EXPECT_REFUSAL(result.Next(NeverCancelled, number), ErrorCategory::SERVER_UNAVAILABLE, "broke off");
	});
	EXPECT_TRUE(WaitUntil([&]() { return waits.load(); }));
	result.Close();
	reader.join();
}

TEST(SharedResult, OthersLearnWhyACallWasEnded) {
	auto source = std::make_unique<NumberSource>();
	std::atomic<bool> ended {false};
	std::atomic<bool> waits {false};
	// The engine tells whoever works for it of an interrupt, not of its reason.
	source->before_next = [&](uint64_t, const CancelCheck &) {
		waits = true;
		if (WaitUntil([&]() { return ended.load(); })) {
			throw RequestError(ErrorCategory::CANCELLED, "Interrupted!");
		}
	};
	SharedResult result(std::move(source), "");
	int owner = 0;
	int other = 0;
	result.Join(&owner, [&]() {
		if (ended) {
			throw RequestError(ErrorCategory::LIMIT_REACHED, "took too long");
		}
	});
	result.Join(&other, NeverCancelled);
	std::thread reader([&]() {
		uint64_t number = 0;
		EXPECT_REFUSAL(result.Next(NeverCancelled, number), ErrorCategory::LIMIT_REACHED, "took too long");
	});
	EXPECT_TRUE(WaitUntil([&]() { return waits.load(); }));
	ended = true;
	reader.join();
	result.Leave(&other);
	result.Leave(&owner);
}

TEST(SharedResult, WhoWasCancelledIsToldSoAndTheOthersThatAStreamBrokeOff) {
	auto source = std::make_unique<NumberSource>();
	source->before_next = [](uint64_t, const CancelCheck &check) {
		check();
	};
	SharedResult result(std::move(source), "");
	uint64_t number = 0;
	auto cancelled = []() {
		throw RequestError(ErrorCategory::CANCELLED, "The client is gone");
	};
	EXPECT_REFUSAL(result.Next(cancelled, number), ErrorCategory::CANCELLED, "The client is gone");
	EXPECT_REFUSAL(result.Next(NeverCancelled, number), ErrorCategory::SERVER_UNAVAILABLE, "broke off");
}

TEST(SharedResults, AreFoundBySessionAndIdUntilTheyEnd) {
	SharedResults results;
	auto result = std::make_shared<SharedResult>(std::make_unique<NumberSource>(), "session");
	auto id = results.Add(result);
	EXPECT_EQ(id.size(), 32u);
	EXPECT_NE(id, results.Add(result));
	EXPECT_EQ(results.Find(id, "session"), result);
	EXPECT_REFUSAL(results.Find(id, ""), ErrorCategory::INVALID_REQUEST, "no such result");
	EXPECT_REFUSAL(results.Find(std::string(32, '0'), "session"), ErrorCategory::INVALID_REQUEST, "no such result");
	results.Remove(id);
	EXPECT_REFUSAL(results.Find(id, "session"), ErrorCategory::INVALID_REQUEST, "no such result");
}

} // namespace
} // namespace skein
