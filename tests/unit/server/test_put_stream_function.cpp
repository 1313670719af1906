#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "duckdb/main/client_context.hpp"
#include "engine_queries.hpp"
#include "expect_refusal.hpp"
#include "record_batches.hpp"
#include "server/engine_statement.hpp"
#include "server/put_stream_function.hpp"
#include "server/table_statements.hpp"
#include "waiting.hpp"

namespace skein {
namespace {

constexpr uint64_t BUDGET_BYTES = 1 << 20;

void NeverCancelled() {
}

//! An INSERT INTO t SELECT * FROM a put stream, under way.
struct StreamedInsert {
	explicit StreamedInsert(Engine &engine, std::shared_ptr<arrow::Schema> schema = NumberSchema())
	    : connection(engine.Connect()), stream(std::make_shared<PutStream>(schema, BUDGET_BYTES)) {
		DistributedRequest request;
		request.type = RequestType::INSERT_DATA;
		request.table_name = "t";
		auto table = RequireTable(*connection->context, request);
		result = connection->Submit(
		    MakeInsertStatement(*connection->context, table, {"i"}, {}, MakePutStreamRef(stream, UPLOAD_ALIAS)),
		    duckdb::ChunkFormat::InMemory());
		if (!result->HasError()) {
			result->Materialize();
		}
	}
	void Push(std::shared_ptr<arrow::RecordBatch> batch) {
		auto bytes = static_cast<uint64_t>(batch->num_rows()) * 8;
		EXPECT_TRUE(stream->Push(std::move(batch), bytes, NeverCancelled));
	}

	std::unique_ptr<duckdb::Connection> connection;
	std::shared_ptr<PutStream> stream;
	duckdb::unique_ptr<duckdb::QueryResult> result;
};

Engine &MakeTable(Engine &engine) {
	Execute(engine, "CREATE TABLE t (i BIGINT)");
	return engine;
}

class PutStreamFunctionTest : public ::testing::TestWithParam<uint64_t> {
protected:
	PutStreamFunctionTest() : engine(EngineOptions {"", false, "", GetParam()}) {
		MakeTable(engine);
	}
	Engine engine;
};

TEST_P(PutStreamFunctionTest, InsertsInTheOrderPushed) {
	StreamedInsert insert(engine);
	constexpr int64_t BATCHES = 200;
	constexpr int64_t ROWS = 3000;
	for (int64_t i = 0; i < BATCHES; i++) {
		insert.Push(MakeNumberBatch(i * ROWS, ROWS));
	}
	insert.stream->Finish();
	EXPECT_EQ(CompleteResult(*insert.result).rows_changed, static_cast<uint64_t>(BATCHES * ROWS));
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM t WHERE i = rowid"), std::to_string(BATCHES * ROWS));
}

TEST_P(PutStreamFunctionTest, ManyStalledUploadsHoldUpNobody) {
	std::vector<std::unique_ptr<StreamedInsert>> stalled;
	for (int i = 0; i < 16; i++) {
		stalled.push_back(std::make_unique<StreamedInsert>(engine));
		stalled.back()->Push(MakeNumberBatch(1000, 1));
	}
	// More of them than engine threads, yet others are served while they wait.
	StreamedInsert insert(engine);
	insert.Push(MakeNumberBatch(0, 10));
	insert.stream->Finish();
	EXPECT_EQ(CompleteResult(*insert.result).rows_changed, 10u);
	EXPECT_EQ(Ask(engine, "SELECT sum(r.range) FROM range(100000) r"), "4999950000");
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM t"), "10");
	for (auto &upload : stalled) {
		upload->stream->Finish();
		EXPECT_EQ(CompleteResult(*upload->result).rows_changed, 1u);
	}
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM t"), "26");
}

TEST_P(PutStreamFunctionTest, ABrokenUploadInsertsNothing) {
	StreamedInsert insert(engine);
	for (int64_t i = 0; i < 100; i++) {
		insert.Push(MakeNumberBatch(i, 2048));
	}
	insert.stream->Break("the client is gone");
	EXPECT_REFUSAL(CompleteResult(*insert.result), ErrorCategory::ENGINE_ERROR, "the client is gone");
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM t"), "0");
	EXPECT_EQ(engine.InvalidatedReason(), "");
}

TEST_P(PutStreamFunctionTest, AParkedUploadCanBeClosed) {
	{
		StreamedInsert insert(engine);
		insert.Push(MakeNumberBatch(0, 5));
		ASSERT_TRUE(WaitUntil([&]() { return insert.stream->QueuedBytes() == 0; }));
		insert.stream->Break("closed");
		insert.result->Close();
	}
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM t"), "0");
}

TEST_P(PutStreamFunctionTest, AnInvalidBatchFailsTheStatementAlone) {
	StreamedInsert insert(engine);
	insert.Push(MakeNumberBatch(0, 5));
	auto good = MakeNumberBatch(0, 2);
	auto data = good->column_data(0)->Copy();
	data->length = 1000000;
	insert.Push(arrow::RecordBatch::Make(NumberSchema(), 1000000, {arrow::MakeArray(data)}));
	insert.stream->Finish();
	EXPECT_REFUSAL(CompleteResult(*insert.result), ErrorCategory::ENGINE_ERROR, "not valid");
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM t"), "0");
	EXPECT_EQ(engine.InvalidatedReason(), "");
}

TEST_P(PutStreamFunctionTest, ABatchOfAnotherSchemaFailsTheStatementAlone) {
	StreamedInsert insert(engine);
	auto column = MakeNumberBatch(0, 2)->column(0);
	auto schema = arrow::schema({arrow::field("i", arrow::int64()), arrow::field("j", arrow::int64())});
	insert.Push(arrow::RecordBatch::Make(schema, 2, {column, column}));
	insert.stream->Finish();
	EXPECT_REFUSAL(CompleteResult(*insert.result), ErrorCategory::ENGINE_ERROR, "schema");
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM t"), "0");
}

TEST_P(PutStreamFunctionTest, NoSqlTextReachesAnUpload) {
	StreamedInsert insert(engine);
	insert.Push(MakeNumberBatch(0, 5));
	auto answer = Ask(engine, "SELECT * FROM skein_put_stream()");
	EXPECT_NE(answer.find("only the server itself"), std::string::npos) << answer;
	insert.stream->Finish();
	EXPECT_EQ(CompleteResult(*insert.result).rows_changed, 5u);
}

INSTANTIATE_TEST_SUITE_P(EngineThreads, PutStreamFunctionTest, ::testing::Values(1, 2, 4));

} // namespace
} // namespace skein
