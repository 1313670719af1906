// Frames: every type and every kind of vector there and back, the encodings that are chosen, and frames that lie.
#include <cstring>

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>

#include "codec/frame_format.hpp"
#include "codec/rows_test.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/vector/dictionary_vector.hpp"
#include "duckdb/common/vector/flat_vector.hpp"
#include "protocol/frame_batch.hpp"
#include "protocol/limits.hpp"

namespace skein {

using duckdb::InvalidInputException;
using duckdb::LogicalType;

class FramesTest : public RowsTest {
protected:
	void ExpectSame(const std::string &sql) {
		for (auto codec : {FrameCodec::NONE, FrameCodec::LZ4, FrameCodec::ZSTD}) {
			EXPECT_EQ(ThereAndBack(sql, RowFormat(RowLayout::FRAMES, codec)), Expected(sql)) << sql;
		}
	}

	std::unique_ptr<RecordBatchEncoder> NewEncoder(const duckdb::vector<LogicalType> &types) {
		duckdb::vector<std::string> names;
		for (idx_t i = 0; i < types.size(); i++) {
			names.push_back("c" + std::to_string(i));
		}
		return std::make_unique<RecordBatchEncoder>(Context(), types, names, RowLayout::FRAMES);
	}

	//! The frame of one column's rows.
	std::string FrameOf(const std::string &sql) {
		auto result = Query(sql);
		encoder = NewEncoder(result->GetTypes());
		while (auto chunk = result->Fetch()) {
			encoder->Append(*chunk);
		}
		return BytesOf(*encoder->Finish());
	}
	static std::string BytesOf(const arrow::RecordBatch &batch) {
		return static_cast<const arrow::LargeBinaryArray &>(*batch.column(0)).GetString(0);
	}
	//! How the first column of a frame's first block is encoded.
	static FrameEncoding EncodingIn(const std::string &frame) {
		return static_cast<FrameEncoding>(frame.at(FRAME_HEADER_BYTES + sizeof(uint32_t)) & ~FRAME_HAS_NULLS);
	}
	FrameEncoding EncodingOf(const std::string &values) {
		return EncodingIn(FrameOf("SELECT " + values + " FROM range(2000)"));
	}

	//! What is read of a frame with the schema of the last one, or "refused".
	std::string ReadFrame(const std::string &frame) {
		arrow::LargeBinaryBuilder builder;
		EXPECT_TRUE(builder.Append(frame).ok());
		auto batch = arrow::RecordBatch::Make(encoder->Schema(), 1, {builder.Finish().ValueOrDie()});
		try {
			RecordBatchDecoder decoder(Context(), encoder->Schema());
			return Read(decoder, batch);
		} catch (duckdb::Exception &error) {
			EXPECT_EQ(duckdb::ErrorData(error).Type(), duckdb::ExceptionType::INVALID_INPUT) << error.what();
			return "refused";
		}
	}

	std::unique_ptr<RecordBatchEncoder> encoder;
};

TEST_F(FramesTest, AllTypesOfTheEngine) {
	ExpectSame("FROM test_all_types()");
	ExpectSame("SELECT v FROM test_all_types() t, range(1000) r, (SELECT [t] AS v)");
}

TEST_F(FramesTest, RowCountsAroundThoseOfBlocksAndFrames) {
	for (auto rows : {1, 63, 64, 1023, 1024, 2047, 2048, 2049, 122879, 122880, 122881, 250000}) {
		auto count = std::to_string(rows);
		ExpectSame("SELECT range AS i, 'text ' || range AS s, range % 7 AS d, 'kind ' || range % 5 AS k FROM range(" +
		           count + ")");
	}
}

TEST_F(FramesTest, NullsAnywhere) {
	ExpectSame("SELECT CASE WHEN range % 3 > 0 THEN range END, CASE WHEN range % 5 > 0 THEN 't' || range END, "
	           "CASE WHEN range % 2 = 0 THEN 'kind ' || range % 4 END, CASE WHEN range > 9000 THEN [range, NULL] END, "
	           "NULL::INTEGER, NULL::VARCHAR, NULL::STRUCT(a INTEGER, b VARCHAR[]), NULL::INTEGER[3], NULL::BIGINT[] "
	           "FROM range(40000)");
}

TEST_F(FramesTest, NumbersOfEveryRange) {
	for (auto type : {"TINYINT", "UTINYINT", "SMALLINT", "USMALLINT", "INTEGER", "UINTEGER", "BIGINT", "UBIGINT",
	                  "HUGEINT", "UHUGEINT", "FLOAT", "DOUBLE"}) {
		ExpectSame(std::string("SELECT (hash(range) % 100)::") + type + ", (range % 3)::" + type + " FROM range(5000)");
	}
	for (auto type : {"SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}) {
		ExpectSame(std::string("SELECT (range % 2 * 65535 - 32768)::") + type + " FROM range(5000)");
	}
	ExpectSame("SELECT CASE range % 2 WHEN 0 THEN 9223372036854775807 ELSE -9223372036854775808 END, "
	           "CASE range % 2 WHEN 0 THEN 18446744073709551615 ELSE 0 END, "
	           "170141183460469231731687303715884105727::HUGEINT - range, -range::HUGEINT, "
	           "-170141183460469231731687303715884105727::HUGEINT + range * 1000000007, "
	           "340282366920938463463374607431768211455::UHUGEINT - range::UHUGEINT * 18446744073709551615, "
	           "1000000000000 + range * 3, 1000000000000 - range * 3, 70000 * range, range * range * range "
	           "FROM range(9000)");
}

TEST_F(FramesTest, TheNarrowestEncodingIsChosen) {
	EXPECT_EQ(EncodingOf("NULL::BIGINT"), FrameEncoding::NULLS);
	EXPECT_EQ(EncodingOf("CASE WHEN range >= 0 THEN 7000000 END"), FrameEncoding::CONSTANT);
	EXPECT_EQ(EncodingOf("hash(range) % 200"), FrameEncoding::OFFSET_1);
	EXPECT_EQ(EncodingOf("(hash(range) % 100)::BIGINT - 50"), FrameEncoding::OFFSET_1);
	EXPECT_EQ(EncodingOf("1000000 + (hash(range) % 200)"), FrameEncoding::OFFSET_1);
	EXPECT_EQ(EncodingOf("hash(range) % 20000"), FrameEncoding::OFFSET_2);
	EXPECT_EQ(EncodingOf("hash(range) % 2000000"), FrameEncoding::OFFSET_4);
	EXPECT_EQ(EncodingOf("hash(range)"), FrameEncoding::PLAIN);
	EXPECT_EQ(EncodingOf("hash(range)::HUGEINT"), FrameEncoding::OFFSET_8);
	EXPECT_EQ(EncodingOf("range * 200"), FrameEncoding::DELTA_1);
	EXPECT_EQ(EncodingOf("range * 60000"), FrameEncoding::DELTA_2);
	EXPECT_EQ(EncodingOf("range / 3.0::DOUBLE"), FrameEncoding::PLAIN);
	EXPECT_EQ(EncodingOf("'text ' || range"), FrameEncoding::TEXT_1);
	EXPECT_EQ(EncodingOf("repeat('x', 256) || range"), FrameEncoding::TEXT_2);
	EXPECT_EQ(EncodingOf("'kind ' || range % 10"), FrameEncoding::DICTIONARY_NEW);
	EXPECT_EQ(EncodingOf("[range]"), FrameEncoding::NESTED);
}

TEST_F(FramesTest, TextsOfEverySize) {
	ExpectSame("SELECT repeat('ä', range::INTEGER % 40), repeat(chr(0), range::INTEGER % 3), 'x🦆'[range % 3:], "
	           "repeat('y', (range * range)::INTEGER % 70000), '\\xFF\\x00'::BLOB FROM range(3000)");
	ExpectSame("SELECT repeat('z', 3000000), 'a', ''");
}

TEST_F(FramesTest, NestedThreeDeep) {
	ExpectSame("SELECT [[[range, NULL], []], NULL], {'a': {'b': {'c': 'kind ' || range % 3}}}, "
	           "MAP {'k' || range % 2: [range]}, [{'x': range, 'y': ['kind ' || range % 3, NULL]}], "
	           "[[range, 1]::BIGINT[2], NULL]::BIGINT[2][2], "
	           "CASE WHEN range % 2 = 0 THEN union_value(n := range) END, "
	           "list_transform(range(range % 9), lambda x: 'e' || x % 4) FROM range(5000)");
}

TEST_F(FramesTest, SmallChunksShareABlock) {
	auto numbers = Query("SELECT range::INTEGER AS i, 'text' || range AS s, [range] AS l FROM range(2000)")->Fetch();
	encoder = NewEncoder(numbers->GetTypes());
	std::string expected;
	for (idx_t begin = 0; begin < 2000; begin += 40) {
		DataChunk part;
		part.InitializeEmpty(numbers->GetTypes());
		part.Slice(*numbers, begin, begin + 40);
		encoder->Append(part);
		expected += TextOf(part);
	}
	auto batch = encoder->Finish();
	uint32_t first_block;
	auto frame = BytesOf(*batch);
	std::memcpy(&first_block, frame.data() + FRAME_HEADER_BYTES, sizeof(first_block));
	EXPECT_EQ(first_block, 2000U);
	EXPECT_EQ(RecordBatchRows(*batch), 2000U);
	RecordBatchDecoder decoder(Context(), encoder->Schema());
	EXPECT_EQ(Read(decoder, batch), expected);
}

TEST_F(FramesTest, RowsInTheMiddleOfAFrame) {
	FrameOf("SELECT range, 'kind ' || range % 5 FROM range(10000)");
	auto result = Query("SELECT range, 'kind ' || range % 5 FROM range(10000)");
	while (auto chunk = result->Fetch()) {
		encoder->Append(*chunk);
	}
	auto batch = encoder->Finish();
	RecordBatchDecoder decoder(Context(), encoder->Schema());
	decoder.SetBatch(batch, 2500, 4000);
	std::string text;
	while (true) {
		DataChunk chunk;
		chunk.InitializeEmpty(decoder.Types());
		decoder.Read(chunk);
		if (chunk.size() == 0) {
			break;
		}
		text += TextOf(chunk);
	}
	EXPECT_EQ(text, Expected("SELECT range, 'kind ' || range % 5 FROM range(2500, 6500)"));
}

//! A vector over a dictionary like those of DuckDB's storage.
class FrameDictionariesTest : public FramesTest {
protected:
	FrameDictionariesTest() {
		chunk.InitializeEmpty({LogicalType::VARCHAR});
		encoder = NewEncoder({LogicalType::VARCHAR});
	}

	void MakeDictionary(idx_t size) {
		entry = duckdb::DictionaryVector::CreateReusableDictionary(LogicalType::VARCHAR, size);
		for (idx_t i = 0; i < size; i++) {
			entry->data.SetValue(i, i == 0 ? duckdb::Value(LogicalType::VARCHAR)
			                               : duckdb::Value("secret number " + std::to_string(i)));
		}
	}
	//! Rows that use every `step`-th entry, over and over again.
	std::string Append(idx_t rows, idx_t first, idx_t step, idx_t used) {
		duckdb::SelectionVector selection(rows);
		for (idx_t i = 0; i < rows; i++) {
			selection.set_index(i, first + i % used * step);
		}
		chunk.data[0].Dictionary(entry, selection, rows);
		chunk.SetCardinalityUnsafe(rows);
		encoder->Append(chunk);
		return TextOf(chunk);
	}

	DataChunk chunk;
	duckdb::buffer_ptr<duckdb::DictionaryEntry> entry;
};

TEST_F(FrameDictionariesTest, AreSentOnceAndRebuilt) {
	MakeDictionary(1000);
	auto expected = Append(2048, 0, 3, 100);
	expected += Append(2048, 0, 3, 100);
	expected += Append(2048, 1, 3, 200);
	auto batch = encoder->Finish();
	EXPECT_EQ(EncodingIn(BytesOf(*batch)), FrameEncoding::DICTIONARY_NEW);
	RecordBatchDecoder decoder(Context(), encoder->Schema());
	decoder.SetBatch(batch);
	DataChunk read;
	read.InitializeEmpty(decoder.Types());
	decoder.Read(read);
	EXPECT_EQ(read.data[0].GetVectorType(), duckdb::VectorType::DICTIONARY_VECTOR);
	EXPECT_EQ(Read(decoder, batch), expected);
	auto frame = BytesOf(*batch);
	EXPECT_EQ(frame.find("secret number 3", frame.find("secret number 3") + 1), frame.find("secret number 30"));
}

TEST_F(FrameDictionariesTest, ValuesOfNoRowAreNotSent) {
	MakeDictionary(1000);
	Append(2048, 100, 100, 5);
	auto frame = BytesOf(*encoder->Finish());
	EXPECT_NE(frame.find("secret number 500"), std::string::npos);
	EXPECT_EQ(frame.find("secret number 501"), std::string::npos);
	EXPECT_EQ(frame.find("secret number 600"), std::string::npos);
}

TEST_F(FrameDictionariesTest, ThoseUsedOnceAreText) {
	MakeDictionary(3000);
	auto expected = Append(2048, 900, 1, 2048);
	auto batch = encoder->Finish();
	EXPECT_EQ(EncodingIn(BytesOf(*batch)), FrameEncoding::TEXT_1);
	RecordBatchDecoder decoder(Context(), encoder->Schema());
	EXPECT_EQ(Read(decoder, batch), expected);
}

TEST_F(FrameDictionariesTest, GrowAndChange) {
	std::string expected;
	for (idx_t size : {1500, 40, 4000, 5000}) {
		MakeDictionary(size);
		for (idx_t used = 10; used < size; used += size / 4) {
			expected += Append(1500, 0, 1, used);
		}
	}
	RecordBatchDecoder decoder(Context(), encoder->Schema());
	EXPECT_EQ(Read(decoder, encoder->Finish()), expected);
}

//===--------------------------------------------------------------------===//
// What a sender might make up
//===--------------------------------------------------------------------===//
class HostileFramesTest : public FramesTest {
protected:
	//! Changes every byte in turn, in some ways; whatever is read of it, it is read or refused.
	void ChangeEveryByte(const std::string &sql) {
		auto frame = FrameOf(sql);
		EXPECT_EQ(ReadFrame(frame), Expected(sql));
		idx_t refused = 0;
		for (size_t i = 0; i < frame.size(); i++) {
			for (auto change : {0x01, 0x80, 0xFF}) {
				auto changed = frame;
				changed[i] = static_cast<char>(changed[i] ^ change);
				refused += ReadFrame(changed) == "refused";
			}
		}
		EXPECT_GT(refused, 10U) << sql;
	}
};

TEST_F(HostileFramesTest, AnyByteChanged) {
	ChangeEveryByte("SELECT range, range * 1000, 'kind ' || range % 3, [range, 2] FROM range(70)");
	ChangeEveryByte("SELECT 'text ' || range, CASE WHEN range > 2 THEN {'a': range, 'b': ['x']} END FROM range(5)");
	ChangeEveryByte("SELECT 7 FROM range(100)");
	ChangeEveryByte("SELECT [[1, 2], [3, 4]]::INTEGER[2][2], MAP {'a': 1}, TIME '12:00:00' FROM range(3)");
}

TEST_F(HostileFramesTest, CutAnywhere) {
	auto frame = FrameOf("SELECT range, 'kind ' || range % 3, [range], 'text ' || range FROM range(80)");
	for (size_t size = 0; size < frame.size(); size++) {
		EXPECT_EQ(ReadFrame(frame.substr(0, size)), "refused") << size;
	}
	EXPECT_EQ(ReadFrame(frame + "x"), "refused");
}

TEST_F(HostileFramesTest, AFewBytesForMoreThanFits) {
	// One row, whose list of constant elements is as long as it says.
	auto frame = FrameOf("SELECT [5, 5, 5]");
	const auto lengths = FRAME_HEADER_BYTES + sizeof(uint32_t) + 2;
	for (uint64_t length : {uint64_t(1) << 20, uint64_t(1) << 40, ~uint64_t(0)}) {
		auto changed = frame;
		std::memcpy(changed.data() + lengths, &length, sizeof(length));
		auto read = ReadFrame(changed);
		EXPECT_EQ(read == "refused", length > limits::upload_batch_bytes_max) << length;
	}
}

TEST_F(HostileFramesTest, HeadersThatLie) {
	auto frame = FrameOf("SELECT range FROM range(100)");
	auto with = [&](size_t position, char value) {
		auto changed = frame;
		changed[position] = value;
		return ReadFrame(changed);
	};
	EXPECT_EQ(with(0, 0), "refused");
	EXPECT_EQ(with(0, 2), "refused");
	EXPECT_EQ(with(1, 1), "refused");
	EXPECT_EQ(with(1, 2), "refused");
	EXPECT_EQ(with(1, 3), "refused");
	EXPECT_EQ(with(4, 99), "refused");
	EXPECT_EQ(with(4, 101), "refused");
	EXPECT_EQ(with(7, 1), "refused");
	EXPECT_EQ(with(8, 1), "refused");
	EXPECT_EQ(with(15, 1), "refused");
}

TEST_F(HostileFramesTest, TextsThatAreNotUtf8) {
	auto frame = FrameOf("SELECT 'abcdef'");
	auto changed = frame;
	changed[frame.find("abc")] = '\xC3';
	EXPECT_EQ(ReadFrame(changed), "refused");
	frame = FrameOf("SELECT 'abcdef'::BLOB");
	changed = frame;
	changed[frame.find("abc")] = '\xC3';
	EXPECT_NE(ReadFrame(changed), "refused");
}

} // namespace skein
