//! Rows into batches and back, beside what the engine says of them.
#pragma once

#include <gtest/gtest.h>

#include "codec/arrow_codec.hpp"
#include "codec/linked_engine.hpp"
#include "duckdb.hpp"

namespace skein {

using duckdb::DataChunk;

class RowsTest : public testing::Test {
protected:
	RowsTest() {
		connection.BeginTransaction();
	}

	duckdb::unique_ptr<duckdb::QueryResult> Query(const std::string &sql) {
		auto result = connection.Query(sql);
		EXPECT_FALSE(result->HasError()) << sql << ": " << (result->HasError() ? result->GetError() : "");
		return result;
	}
	duckdb::ClientContext &Context() {
		return *connection.context;
	}
	//! What is read back of a statement's rows, as text, one line each.
	std::string ThereAndBack(const std::string &sql, RowFormat format) {
		auto result = Query(sql);
		RecordBatchEncoder encoder(Context(), result->GetTypes(), duckdb::IdentifiersToStrings(result->GetNames()),
		                           format);
		RecordBatchDecoder decoder(Context(), encoder.Schema());
		EXPECT_EQ(decoder.Types(), result->GetTypes());
		std::string text;
		while (auto chunk = result->Fetch()) {
			for (idx_t offset = 0; offset < chunk->size();) {
				offset = encoder.AppendUntilFull(*chunk, offset);
				if (encoder.IsFull()) {
					text += Read(decoder, encoder.Finish());
				}
			}
		}
		return text + Read(decoder, encoder.Finish());
	}
	static std::string Read(RecordBatchDecoder &decoder, std::shared_ptr<arrow::RecordBatch> batch) {
		std::string text;
		if (!batch) {
			return text;
		}
		decoder.SetBatch(std::move(batch));
		while (true) {
			DataChunk chunk;
			chunk.InitializeEmpty(decoder.Types());
			decoder.Read(chunk);
			if (chunk.size() == 0) {
				return text;
			}
			chunk.Verify();
			text += TextOf(chunk);
		}
	}
	static std::string TextOf(const DataChunk &chunk) {
		std::string text;
		for (idx_t row = 0; row < chunk.size(); row++) {
			for (idx_t column = 0; column < chunk.ColumnCount(); column++) {
				text += chunk.GetValue(column, row).ToString() + "|";
			}
			text += "\n";
		}
		return text;
	}
	std::string Expected(const std::string &sql) {
		auto result = Query(sql);
		std::string text;
		while (auto chunk = result->Fetch()) {
			text += TextOf(*chunk);
		}
		return text;
	}

	LinkedEngine engine;
	duckdb::Connection &connection = engine.connection;
};

} // namespace skein
