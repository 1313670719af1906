// Rows into batches and out of them: every type, every kind of vector, and batches that lie.
#include <gtest/gtest.h>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/util/key_value_metadata.h>

#include "codec/arrow_codec.hpp"
#include "codec/rows_test.hpp"
#include "duckdb.hpp"
#include "duckdb/common/exception.hpp"
#include "protocol/limits.hpp"
#include "protocol/version.hpp"

namespace skein {

using duckdb::InvalidInputException;
using duckdb::LogicalType;

class NativeRowsTest : public RowsTest {};

TEST_F(NativeRowsTest, AllTypesOfTheEngine) {
	const std::string sql = "FROM test_all_types()";
	EXPECT_EQ(ThereAndBack(sql, RowLayout::NATIVE), Expected(sql));
}

TEST_F(NativeRowsTest, ManyRowsWithNulls) {
	const std::string sql =
	    "SELECT CASE WHEN range % 3 > 0 THEN range END, CASE WHEN range % 5 > 0 THEN 't' || range END, "
	    "range % 2 = 0, CASE WHEN range > 9000 THEN [range, NULL] END FROM range(40000)";
	EXPECT_EQ(ThereAndBack(sql, RowLayout::NATIVE), Expected(sql));
	EXPECT_EQ(ThereAndBack(sql, RowLayout::ARROW), Expected(sql));
}

//! The engine's own conversion of ARRAYs looks at the first rows of a chunk only.
TEST_F(NativeRowsTest, ArraysOfConvertedElementsAreCutAnywhere) {
	const std::string sql =
	    "SELECT [range % 2 = 0, NULL, range % 3 = 0]::BOOLEAN[3], repeat('x', 500000) FROM range(130)";
	EXPECT_EQ(ThereAndBack(sql, RowLayout::ARROW), Expected(sql));
	EXPECT_EQ(ThereAndBack(sql, RowLayout::NATIVE), Expected(sql));
}

TEST_F(NativeRowsTest, ConstantAndDictionaryVectors) {
	DataChunk chunk;
	auto nested = Query("SELECT [{'a': 'x', 'b': [1, NULL]}, NULL] AS v, ['y', NULL]::VARCHAR[2] AS w")->Fetch();
	auto numbers = Query("SELECT range::INTEGER, 'text' || range, [range], {'s': [range]} FROM range(10)")->Fetch();
	duckdb::vector<LogicalType> types {nested->data[0].GetType(), nested->data[1].GetType()};
	for (auto &vector : numbers->data) {
		types.push_back(vector.GetType());
	}
	chunk.InitializeEmpty(types);
	chunk.data[0].Reference(nested->GetValue(0, 0), duckdb::count_t(5));
	chunk.data[1].Reference(nested->GetValue(1, 0), duckdb::count_t(5));
	duckdb::SelectionVector odd(5);
	for (idx_t i = 0; i < 5; i++) {
		odd.set_index(i, 9 - 2 * i);
	}
	for (idx_t i = 0; i < numbers->ColumnCount(); i++) {
		chunk.data[i + 2].Slice(numbers->data[i], odd, 5);
	}
	chunk.SetCardinalityUnsafe(5);
	RecordBatchEncoder encoder(Context(), types, {"a", "b", "c", "d", "e", "f"}, RowLayout::NATIVE);
	encoder.Append(chunk);
	RecordBatchDecoder decoder(Context(), encoder.Schema());
	EXPECT_EQ(Read(decoder, encoder.Finish()), TextOf(chunk));
}

TEST_F(NativeRowsTest, NamedTypesAreWhatTheyStandFor) {
	for (auto &type :
	     {LogicalType(LogicalType::BOOLEAN), LogicalType(LogicalType::UUID), LogicalType(LogicalType::HUGEINT),
	      LogicalType(LogicalType::TIME_TZ), LogicalType(LogicalType::INTEGER)}) {
		auto named = type.WithAlias("something");
		for (auto layout : {RowLayout::ARROW, RowLayout::NATIVE}) {
			RecordBatchEncoder encoder(Context(), {named, LogicalType::LIST(named)}, {"a", "b"}, layout);
			DataChunk chunk;
			chunk.Initialize(Context(), {named, LogicalType::LIST(named)});
			chunk.SetChildCardinality(1);
			chunk.data[0].SetValue(0, duckdb::Value(type));
			chunk.data[1].SetValue(0, duckdb::Value::LIST(named, {duckdb::Value(named)}));
			encoder.Append(chunk);
			RecordBatchDecoder decoder(Context(), encoder.Schema());
			EXPECT_EQ(decoder.Types()[0], type);
			EXPECT_EQ(Read(decoder, encoder.Finish()), "NULL|[NULL]|\n");
		}
	}
}

TEST_F(NativeRowsTest, BatchesAreCutBySize) {
	auto result = Query("SELECT repeat('x', (CASE WHEN range = 3 THEN 100 ELSE 10 END) * 1048576) FROM range(6)");
	RecordBatchEncoder encoder(Context(), result->GetTypes(), {"s"}, RowLayout::NATIVE);
	std::vector<int64_t> rows;
	while (auto chunk = result->Fetch()) {
		for (idx_t offset = 0; offset < chunk->size();) {
			offset = encoder.AppendUntilFull(*chunk, offset);
			if (encoder.IsFull()) {
				rows.push_back(encoder.Finish()->num_rows());
			}
		}
	}
	EXPECT_EQ(rows, (std::vector<int64_t> {3, 1}));
	EXPECT_EQ(encoder.RowCount(), 2);
}

TEST_F(NativeRowsTest, AnIntervalArrowCannotHoldIsRefused) {
	for (auto value : {"to_microseconds(9223372036854775807)", "[to_microseconds(-9223372036854775808)]",
	                   "{'a': [[to_microseconds(9223372036854776::BIGINT)]]}",
	                   "[to_microseconds(9223372036854775807)]::INTERVAL[1]"}) {
		auto sql = std::string("SELECT ") + value + " AS v";
		EXPECT_THROW(ThereAndBack(sql, RowLayout::ARROW), InvalidInputException) << value;
		EXPECT_EQ(ThereAndBack(sql, RowLayout::NATIVE), Expected(sql));
	}
	for (auto value : {"to_microseconds(9223372036854775)", "[to_microseconds(-9223372036854775)]", "NULL::INTERVAL"}) {
		auto sql = std::string("SELECT ") + value + " AS v";
		EXPECT_EQ(ThereAndBack(sql, RowLayout::ARROW), Expected(sql));
	}
}

//===--------------------------------------------------------------------===//
// What a sender might make up
//===--------------------------------------------------------------------===//
class HostileRowsTest : public RowsTest {
protected:
	//! The one value of a native batch of the type, or what is wrong with it.
	std::string ReadOne(const std::string &type, const std::shared_ptr<arrow::Array> &array) {
		auto metadata = arrow::key_value_metadata({FIELD_METADATA_TYPE, FIELD_METADATA_LAYOUT}, {type, "native"});
		auto schema = arrow::schema({arrow::field("c", array->type(), true, metadata)});
		try {
			RecordBatchDecoder decoder(Context(), schema);
			return Read(decoder, arrow::RecordBatch::Make(schema, array->length(), {array}));
		} catch (duckdb::Exception &error) {
			EXPECT_EQ(duckdb::ErrorData(error).Type(), duckdb::ExceptionType::INVALID_INPUT) << error.what();
			return "refused";
		}
	}
	template <class T>
	static std::shared_ptr<arrow::Array> Fixed(const std::shared_ptr<arrow::DataType> &type, T value) {
		auto bytes = arrow::Buffer::FromString(std::string(reinterpret_cast<const char *>(&value), sizeof(value)));
		return arrow::MakeArray(arrow::ArrayData::Make(type, 1, {nullptr, bytes}, 0));
	}
	static std::shared_ptr<arrow::Array> Binary(const std::string &value) {
		const int32_t offsets[] = {0, static_cast<int32_t>(value.size())};
		auto ends = arrow::Buffer::FromString(std::string(reinterpret_cast<const char *>(offsets), sizeof(offsets)));
		return arrow::MakeArray(
		    arrow::ArrayData::Make(arrow::binary(), 1, {nullptr, ends, arrow::Buffer::FromString(value)}, 0));
	}
};

TEST_F(HostileRowsTest, ValuesOutOfTheirTypesRange) {
	EXPECT_EQ(ReadOne("BOOLEAN", Fixed<uint8_t>(arrow::uint8(), 1)), "true|\n");
	EXPECT_EQ(ReadOne("BOOLEAN", Fixed<uint8_t>(arrow::uint8(), 2)), "refused");
	EXPECT_EQ(ReadOne("ENUM('a', 'b')", Fixed<uint8_t>(arrow::uint8(), 1)), "b|\n");
	EXPECT_EQ(ReadOne("ENUM('a', 'b')", Fixed<uint8_t>(arrow::uint8(), 2)), "refused");
	EXPECT_EQ(ReadOne("TIME", Fixed<int64_t>(arrow::int64(), 86400000000)), "24:00:00|\n");
	EXPECT_EQ(ReadOne("TIME", Fixed<int64_t>(arrow::int64(), 86400000001)), "refused");
	EXPECT_EQ(ReadOne("TIME", Fixed<int64_t>(arrow::int64(), -1)), "refused");
	EXPECT_EQ(ReadOne("TIME_NS", Fixed<int64_t>(arrow::int64(), -1)), "refused");
	EXPECT_EQ(ReadOne("TIME WITH TIME ZONE", Fixed<int64_t>(arrow::int64(), -1)), "refused");
	EXPECT_EQ(ReadOne("TIMESTAMP_S", Fixed<int64_t>(arrow::int64(), INT64_MAX)), "infinity|\n");
	EXPECT_EQ(ReadOne("TIMESTAMP_S", Fixed<int64_t>(arrow::int64(), 9223372036855)), "refused");
	EXPECT_EQ(ReadOne("TIMESTAMP_MS", Fixed<int64_t>(arrow::int64(), INT64_MIN)), "refused");
	EXPECT_EQ(ReadOne("TIMESTAMP", Fixed<int64_t>(arrow::int64(), -9223372022400000000)),
	          "290309-12-22 (BC) 00:00:00|\n");
	EXPECT_EQ(ReadOne("TIMESTAMP", Fixed<int64_t>(arrow::int64(), -9223372022400000001)), "refused");
	EXPECT_EQ(ReadOne("TIMESTAMP_NS", Fixed<int64_t>(arrow::int64(), INT64_MIN)), "refused");
}

TEST_F(HostileRowsTest, BytesThatAreNoValue) {
	EXPECT_EQ(ReadOne("BIT", Binary(std::string("\x07\xFF", 2))), "1|\n");
	EXPECT_EQ(ReadOne("BIT", Binary("")), "refused");
	EXPECT_EQ(ReadOne("BIT", Binary("\x08x")), "refused");
	EXPECT_EQ(ReadOne("BIGNUM", Binary(std::string("\x80\x00\x01\x07", 4))), "7|\n");
	EXPECT_EQ(ReadOne("BIGNUM", Binary(std::string("\x80\x00\x02\x07", 4))), "refused");
	EXPECT_EQ(ReadOne("BIGNUM", Binary("\x80")), "refused");
	EXPECT_EQ(ReadOne("GEOMETRY", Binary("\x01\x01")), "refused");
	EXPECT_EQ(ReadOne("GEOMETRY", Binary("")), "refused");
}

TEST_F(HostileRowsTest, ArrowTypesThatAreNotTheStorage) {
	EXPECT_EQ(ReadOne("BIGINT", Fixed<int32_t>(arrow::int32(), 1)), "refused");
	EXPECT_EQ(ReadOne("VARCHAR", Fixed<int32_t>(arrow::int32(), 1)), "refused");
	EXPECT_EQ(ReadOne("VARCHAR", Binary("x")), "refused");
	EXPECT_EQ(ReadOne("INTEGER[]", Fixed<int32_t>(arrow::int32(), 1)), "refused");
	EXPECT_EQ(ReadOne("nonsense", Fixed<int32_t>(arrow::int32(), 1)), "refused");
	EXPECT_EQ(ReadOne("INTEGER", Fixed<int32_t>(arrow::int32(), 7)), "7|\n");
}

TEST_F(HostileRowsTest, VariantsWithAnyByteChanged) {
	auto result = Query("SELECT {'a': ['x', NULL], 'b': {'c': TIME '12:00:00', 'd': 1.5::DECIMAL(5,2)}}::VARIANT AS v");
	RecordBatchEncoder encoder(Context(), result->GetTypes(), {"v"}, RowLayout::NATIVE);
	encoder.Append(*result->Fetch());
	auto batch = encoder.Finish();
	// Buffers of the children, one byte at a time: it is read or refused, and never anything else. What reads and is
	// nonsense, like two members of one name, can be an error when it becomes text.
	std::vector<std::shared_ptr<arrow::ArrayData>> todo {batch->column_data(0)};
	idx_t changed = 0;
	while (!todo.empty()) {
		auto data = todo.back();
		todo.pop_back();
		for (auto &buffer : data->buffers) {
			for (int64_t i = 0; buffer && i < buffer->size(); i++) {
				auto byte = const_cast<uint8_t *>(buffer->data()) + i;
				const auto before = *byte;
				for (auto value : {before ^ 0x01, before ^ 0x80, 0xFF}) {
					*byte = static_cast<uint8_t>(value);
					try {
						RecordBatchDecoder decoder(Context(), encoder.Schema());
						Read(decoder, batch);
					} catch (duckdb::Exception &error) {
						EXPECT_NE(duckdb::ErrorData(error).Type(), duckdb::ExceptionType::INTERNAL) << error.what();
						changed++;
					}
				}
				*byte = before;
			}
		}
		todo.insert(todo.end(), data->child_data.begin(), data->child_data.end());
	}
	EXPECT_GT(changed, 20);
	RecordBatchDecoder decoder(Context(), encoder.Schema());
	EXPECT_EQ(Read(decoder, batch),
	          Expected("SELECT {'a': ['x', NULL], 'b': {'c': TIME '12:00:00', 'd': 1.5::DECIMAL(5,2)}}::VARIANT"));
}

} // namespace skein
