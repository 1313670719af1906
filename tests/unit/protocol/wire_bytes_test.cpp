//! Sizes of record batches, also of such as nobody should send: they are measured before they are checked.
#include <cstring>
#include <vector>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "protocol/wire_bytes.hpp"

namespace skein {

namespace {

std::shared_ptr<arrow::Buffer> Bytes(const std::vector<int32_t> &numbers) {
	std::string bytes(numbers.size() * sizeof(int32_t), '\0');
	std::memcpy(bytes.data(), numbers.data(), bytes.size());
	return arrow::Buffer::FromString(std::move(bytes));
}

//! One column of `rows` rows with these buffers over three numbers.
std::shared_ptr<arrow::RecordBatch> MakeBatch(std::shared_ptr<arrow::DataType> type, int64_t rows,
                                              std::vector<std::shared_ptr<arrow::Buffer>> buffers) {
	auto values = arrow::ArrayData::Make(arrow::int32(), 3, {nullptr, Bytes({1, 2, 3})});
	auto data = arrow::ArrayData::Make(type, rows, std::move(buffers), {values}, 0);
	return arrow::RecordBatch::Make(arrow::schema({arrow::field("l", type)}), rows, {data});
}

} // namespace

TEST(WireBytes, AreThoseOfTheMessage) {
	auto batch = MakeBatch(arrow::list(arrow::int32()), 2, {nullptr, Bytes({0, 1, 3})});
	int64_t expected = 0;
	ASSERT_TRUE(arrow::ipc::GetRecordBatchSize(*batch, &expected).ok());
	EXPECT_GT(expected, 0);
	EXPECT_EQ(RecordBatchWireBytes(*batch), static_cast<uint64_t>(expected));
}

TEST(WireBytes, OffsetsThatLeadAstrayAreMeasuredToo) {
	const auto list = arrow::list(arrow::int32());
	for (auto &offsets :
	     std::vector<std::vector<int32_t>> {{0, 1, 104857600}, {104857600, 1, 3}, {-5, 1, 3}, {0, 1, -7}, {3, 1, 0}}) {
		auto batch = MakeBatch(list, 2, {nullptr, Bytes(offsets)});
		EXPECT_EQ(RecordBatchWireBytes(*batch), 24u) << offsets[0] << " to " << offsets[2];
	}
	// Fewer offsets than rows.
	EXPECT_EQ(RecordBatchWireBytes(*MakeBatch(list, 100, {nullptr, Bytes({0, 1, 3})})), 24u);
}

TEST(WireBytes, ViewsThatLeadAstrayAreMeasuredToo) {
	auto view = arrow::list_view(arrow::int32());
	auto good = MakeBatch(view, 2, {nullptr, Bytes({0, 1}), Bytes({1, 2})});
	EXPECT_GT(RecordBatchWireBytes(*good), 28u);
	auto bad = MakeBatch(view, 2, {nullptr, Bytes({0, 1000000}), Bytes({1, 2000000})});
	EXPECT_EQ(RecordBatchWireBytes(*bad), 28u);
}

} // namespace skein
