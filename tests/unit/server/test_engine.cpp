#include <fstream>

#include <gtest/gtest.h>

#include "duckdb/common/exception.hpp"
#include "duckdb/main/client_context.hpp"
#include "engine_queries.hpp"
#include "expect_refusal.hpp"
#include "server/table_statements.hpp"
#include "temporary_folder.hpp"

namespace skein {
namespace {

std::string OpenError(const EngineOptions &options) {
	try {
		Engine engine(options);
		return "opened";
	} catch (const std::exception &exception) {
		return exception.what();
	}
}

TEST(Engine, HasItsExtensionsWithoutLoadingAny) {
	Engine engine(EngineOptions {});
	EXPECT_EQ(Ask(engine, "SELECT string_agg(extension_name, ',' ORDER BY extension_name) FROM duckdb_extensions() "
	                      "WHERE loaded AND extension_name IN ('core_functions', 'json', 'icu', 'parquet')"),
	          "core_functions,icu,json,parquet");
	EXPECT_EQ(Ask(engine, "SELECT json_extract('{\"a\": 7}', '$.a')"), "7");
	EXPECT_EQ(Ask(engine, "SELECT extract('year' FROM TIMESTAMPTZ '2026-01-01 00:00:00+00')"), "2026");
	EXPECT_EQ(Ask(engine, "SELECT current_setting('external_threads')"), "0");
}

TEST(Engine, KeepsWhatItCommittedAndCheckpoints) {
	TemporaryFolder folder;
	auto file = folder.path + "/kept.db";
	{
		Engine engine(EngineOptions {file, false, "1GB", 2});
		Execute(engine, "CREATE TABLE t AS SELECT 42 AS i");
		engine.Checkpoint();
		EXPECT_FALSE(std::filesystem::exists(file + ".wal"));
		EXPECT_EQ(Ask(engine, "SELECT current_setting('threads')"), "2");
	}
	Engine engine(EngineOptions {file, true, "", 0});
	EXPECT_EQ(Ask(engine, "SELECT i FROM t"), "42");
	engine.Checkpoint();
	EXPECT_NE(Ask(engine, "INSERT INTO t VALUES (1)").find("read-only"), std::string::npos);
}

TEST(Engine, ReplaysALogThatNeedsItsExtensions) {
	TemporaryFolder folder;
	auto file = folder.path + "/log.db";
	{
		Engine engine(EngineOptions {file, false, "", 1});
		Execute(engine, "SET checkpoint_threshold = '1GB'");
		Execute(engine, "CREATE TABLE t (j JSON, i INTEGER DEFAULT (list_sum([1, 2])))");
		Execute(engine, "INSERT INTO t (j) VALUES ('{}')");
		std::filesystem::copy_file(file, folder.path + "/copy.db");
		std::filesystem::copy_file(file + ".wal", folder.path + "/copy.db.wal");
	}
	Engine engine(EngineOptions {folder.path + "/copy.db", false, "", 1});
	EXPECT_EQ(Ask(engine, "SELECT i FROM t"), "3");
}

TEST(Engine, NamesTheFileItCannotOpen) {
	TemporaryFolder folder;
	auto corrupt = folder.Write("corrupt.db", std::string(20000, 'x'));
	EXPECT_NE(OpenError(EngineOptions {corrupt, false, "", 0}).find(corrupt), std::string::npos);

	auto missing = folder.path + "/nowhere/new.db";
	EXPECT_NE(OpenError(EngineOptions {missing, false, "", 0}).find(missing), std::string::npos);

	auto absent = folder.path + "/absent.db";
	EXPECT_NE(OpenError(EngineOptions {absent, true, "", 0}).find(absent), std::string::npos);

	EXPECT_NE(OpenError(EngineOptions {"", false, "much", 0}), "opened");
	EXPECT_NE(OpenError(EngineOptions {"", true, "", 0}).find("read only"), std::string::npos);
}

TEST(Engine, NamesADamagedFile) {
	TemporaryFolder folder;
	auto file = folder.path + "/damaged.db";
	{
		Engine engine(EngineOptions {file, false, "", 1});
		Execute(engine, "CREATE TABLE t AS SELECT range AS i FROM range(100000)");
		engine.Checkpoint();
	}
	{
		std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
		bytes.seekp(4096);
		bytes << std::string(8192, '\x7f');
	}
	EXPECT_NE(OpenError(EngineOptions {file, false, "", 1}).find(file), std::string::npos);
}

TEST(ParseOneExpression, TakesExactlyOne) {
	Engine engine(EngineOptions {});
	auto connection = engine.Connect();
	auto &context = *connection->context;
	for (auto text : {"1", "a = 1 AND (b > 2 OR c IS NULL)", "a -- the rest is a comment", "(SELECT max(i) FROM t)",
	                  "nextval('s')", "\"odd \"\" name\" = 'it''s'"}) {
		EXPECT_TRUE(ParseOneExpression(context, text, "filter")) << text;
	}
	EXPECT_REFUSAL(ParseOneExpression(context, "1, 2", "filter"), ErrorCategory::INVALID_REQUEST, "filter");
	for (auto text :
	     {"a = 1; DROP TABLE t", "a FROM t", "a = 1) FROM t WHERE (true", "a ORDER BY a", "a UNION SELECT 1",
	      "a = 1 WHERE b", "a LIMIT 1", ") SELECT (", "a AS b) --", "'open", "a = 1 /*"}) {
		EXPECT_ANY_THROW(ParseOneExpression(context, text, "filter")) << text;
	}
}

} // namespace
} // namespace skein
