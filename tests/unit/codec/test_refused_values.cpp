// Values that are refused wherever they come from: maps with NULL keys, VARIANTs too deep, rows too large.
#include <gtest/gtest.h>

#include "codec/rows_test.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/vector/flat_vector.hpp"
#include "duckdb/common/vector/list_vector.hpp"
#include "duckdb/common/vector/map_vector.hpp"
#include "duckdb/common/vector/struct_vector.hpp"
#include "protocol/frame_batch.hpp"
#include "protocol/limits.hpp"

namespace skein {

using duckdb::LogicalType;

class RefusedValuesTest : public RowsTest {
protected:
	//! What is read of the chunk after it was written, or why it was refused.
	std::string ThereAndBack(DataChunk &chunk, RowFormat format) {
		try {
			RecordBatchEncoder encoder(Context(), chunk.GetTypes(), {"v"}, format);
			RecordBatchDecoder decoder(Context(), encoder.Schema());
			EXPECT_EQ(encoder.AppendUntilFull(chunk, 0), chunk.size());
			return Read(decoder, encoder.Finish());
		} catch (duckdb::Exception &error) {
			duckdb::ErrorData data(error);
			EXPECT_EQ(data.Type(), duckdb::ExceptionType::INVALID_INPUT) << error.what();
			return "refused: " + data.RawMessage();
		} catch (std::runtime_error &error) {
			// What the engine's own conversion to Arrow throws.
			EXPECT_EQ(format.layout, RowLayout::ARROW);
			return std::string("refused: ") + error.what();
		}
	}

	const std::vector<RowFormat> formats {RowFormat(RowLayout::FRAMES), RowFormat(RowLayout::FRAMES, FrameCodec::LZ4),
	                                      RowFormat(RowLayout::NATIVE), RowFormat(RowLayout::ARROW)};
};

TEST_F(RefusedValuesTest, NullKeysOfMaps) {
	for (auto &format : formats) {
		const std::string refused = format.layout == RowLayout::ARROW
		                                ? "refused: Arrow doesn't accept NULL keys on Maps"
		                                : "refused: Keys of a MAP can not be NULL";
		for (auto sql :
		     {"SELECT MAP {'a': 1, 'b': NULL} FROM range(3)", "SELECT [{'m': MAP {'a': 1}}] FROM range(3)"}) {
			auto chunk = Query(sql)->Fetch();
			chunk->Flatten();
			EXPECT_EQ(ThereAndBack(*chunk, format), Expected(sql));
			auto *maps = &chunk->data[0];
			if (maps->GetType().id() == duckdb::LogicalTypeId::LIST) {
				auto &structs = duckdb::ListVector::GetChildMutable(*maps);
				maps = &duckdb::StructVector::GetEntries(structs)[0];
			}
			auto &keys = duckdb::MapVector::GetKeys(*maps);
			// The rows of a constant share its elements: the first is in use.
			duckdb::FlatVector::SetNull(keys, 0, true);
			EXPECT_EQ(ThereAndBack(*chunk, format), refused) << sql;
		}
		// The engine leaves such a key behind in a map that is NULL itself.
		auto chunk = Query("SELECT MAP {'a': range} FROM range(3)")->Fetch();
		chunk->Flatten();
		duckdb::FlatVector::SetNull(duckdb::MapVector::GetKeys(chunk->data[0]), 1, true);
		duckdb::FlatVector::SetNull(chunk->data[0], 1, true);
		EXPECT_EQ(ThereAndBack(*chunk, format), "{a=0}|\nNULL|\n{a=2}|\n");
	}
}

//! A VARIANT of arrays in one another, each with one element.
static std::string Arrays(uint64_t count) {
	return "WITH RECURSIVE deep(n, v) AS (SELECT 0, 7::VARIANT UNION ALL SELECT n + 1, [v]::VARIANT FROM deep "
	       "WHERE n < " +
	       std::to_string(count) + ") SELECT v FROM deep WHERE n = " + std::to_string(count);
}

TEST_F(RefusedValuesTest, VariantsThatAreTooDeep) {
	for (auto layout : {RowLayout::FRAMES, RowLayout::NATIVE}) {
		// The value in the innermost array is on the deepest level there can be.
		auto sql = Arrays(limits::variant_depth_max - 1);
		auto chunk = Query(sql)->Fetch();
		EXPECT_EQ(ThereAndBack(*chunk, layout), Expected(sql));
		chunk = Query(Arrays(limits::variant_depth_max))->Fetch();
		EXPECT_EQ(ThereAndBack(*chunk, layout),
		          "refused: A VARIANT value is not valid: it is nested too deep (variant_depth_max)");
	}
}

TEST_F(RefusedValuesTest, RowsThatAreTooLarge) {
	// What a text takes besides its bytes.
	const auto text_bytes = limits::row_bytes_max - 2 * sizeof(int32_t);
	auto chunk = Query("SELECT repeat('x', " + std::to_string(text_bytes + 1) + ")")->Fetch();
	for (auto layout : {RowLayout::FRAMES, RowLayout::NATIVE, RowLayout::ARROW}) {
		EXPECT_EQ(ThereAndBack(*chunk, layout),
		          "refused: A row of " + std::to_string(limits::row_bytes_max + 1) + " bytes cannot be sent: at most " +
		              std::to_string(limits::row_bytes_max) + " are accepted (row_bytes_max)");
	}
	// The same text without its last byte.
	auto text = duckdb::FlatVector::GetDataMutable<duckdb::string_t>(chunk->data[0]);
	*text = duckdb::string_t(text->GetData(), static_cast<uint32_t>(text_bytes));
	RecordBatchEncoder encoder(Context(), chunk->GetTypes(), {"v"}, RowLayout::NATIVE);
	EXPECT_EQ(encoder.AppendUntilFull(*chunk, 0), 1U);
	EXPECT_EQ(RecordBatchRows(*encoder.Finish()), 1U);
}

} // namespace skein
