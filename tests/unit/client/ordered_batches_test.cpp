#include "client/write/ordered_batches.hpp"

#include <string>

#include <arrow/array/builder_primitive.h>
#include <arrow/scalar.h>
#include <gtest/gtest.h>

#include "protocol/wire_bytes.hpp"

namespace skein {
namespace {

std::shared_ptr<arrow::RecordBatch> MakeBatch(int64_t value) {
	arrow::Int64Builder builder;
	EXPECT_TRUE(builder.Append(value).ok());
	std::shared_ptr<arrow::Array> values;
	EXPECT_TRUE(builder.Finish(&values).ok());
	return arrow::RecordBatch::Make(arrow::schema({arrow::field("i", arrow::int64())}), 1, {values});
}

//! What was sent, in its order.
struct Sent {
	std::string values;

	OrderedBatches::Send Sink() {
		return [this](const std::shared_ptr<arrow::RecordBatch> &batch) {
			values += batch->column(0)->GetScalar(0).ValueOrDie()->ToString();
		};
	}
};

TEST(OrderedBatches, SendsInTheSourcesOrder) {
	Sent sent;
	OrderedBatches batches(sent.Sink(), 1 << 20);
	batches.Add(2, MakeBatch(3));
	batches.Add(1, MakeBatch(2));
	EXPECT_EQ(sent.values, "");
	batches.Add(0, MakeBatch(1));
	EXPECT_EQ(sent.values, "1");
	EXPECT_TRUE(batches.Advance(1));
	EXPECT_EQ(sent.values, "12");
	batches.Finish();
	EXPECT_EQ(sent.values, "123");
}

TEST(OrderedBatches, WhoIsAheadWaitsAtTheLimitAndNotBelowIt) {
	const auto bytes = RecordBatchWireBytes(*MakeBatch(1));
	Sent sent;
	OrderedBatches batches(sent.Sink(), 2 * bytes);
	batches.Add(1, MakeBatch(2));
	EXPECT_FALSE(batches.MustWait(1)) << "one batch is below the limit";
	batches.Add(2, MakeBatch(3));
	EXPECT_TRUE(batches.MustWait(1));
	EXPECT_TRUE(batches.MustWait(2));
	EXPECT_FALSE(batches.MustWait(0)) << "the lowest never waits: all others wait for it";
	EXPECT_TRUE(batches.Advance(1));
	EXPECT_FALSE(batches.MustWait(2)) << "half of it was sent";
	EXPECT_EQ(sent.values, "2");
}

} // namespace
} // namespace skein
