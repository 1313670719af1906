// Which statements are seen to change nothing without being bound.
#include <gtest/gtest.h>

#include "duckdb/main/client_context.hpp"
#include "engine_queries.hpp"
#include "server/plain_read.hpp"

namespace skein {
namespace {

class PlainReadTest : public testing::Test {
protected:
	PlainReadTest() : connection(engine.Connect()) {
		Execute(*connection, "CREATE TABLE t (i INTEGER, v VARCHAR)");
		Execute(*connection, "CREATE TABLE generated (i INTEGER, j AS (i + 1))");
		Execute(*connection, "CREATE VIEW seen AS SELECT i FROM t");
		Execute(*connection, "CREATE SEQUENCE s");
		Execute(*connection, "CREATE MACRO m(a) AS a + nextval('s')");
	}
	bool IsPlain(const std::string &sql) {
		auto statements = connection->ExtractStatements(sql);
		EXPECT_EQ(statements.size(), 1u) << sql;
		return IsPlainRead(*connection->context, *statements[0]);
	}

	Engine engine {EngineOptions {}};
	std::unique_ptr<duckdb::Connection> connection;
};

TEST_F(PlainReadTest, ColumnsConstantsAndComparisonsOfATable) {
	for (auto sql : {"FROM t", "SELECT i FROM t", "SELECT v, 42 AS n FROM main.t WHERE i = 7",
	                 "SELECT * FROM memory.main.t WHERE i BETWEEN 1 AND 3 AND v > 'a'",
	                 "SELECT CAST(i AS VARCHAR) FROM t AS x WHERE x.i = $1"}) {
		EXPECT_TRUE(IsPlain(sql)) << sql;
	}
}

TEST_F(PlainReadTest, WhateverMayDoMoreIsBound) {
	for (auto sql : {"SELECT 42",
	                 "SELECT nextval('s') FROM t",
	                 "SELECT m(i) FROM t",
	                 "SELECT i + 1 FROM t",
	                 "FROM seen",
	                 "FROM generated",
	                 "FROM absent",
	                 "FROM range(3)",
	                 "SELECT i FROM t, t AS u",
	                 "SELECT (SELECT nextval('s')) FROM t",
	                 "SELECT i FROM t WHERE i IN (SELECT nextval('s'))",
	                 "SELECT i FROM t ORDER BY i",
	                 "SELECT i FROM t LIMIT 1",
	                 "SELECT DISTINCT i FROM t",
	                 "WITH w AS (SELECT nextval('s')) SELECT i FROM t",
	                 "SELECT i FROM t GROUP BY i",
	                 "SELECT i FROM t USING SAMPLE 1",
	                 "FROM t UNION ALL FROM t",
	                 "SELECT i FROM t WHERE m(i) = 1",
	                 "SELECT COLUMNS(c -> nextval('s') > 0) FROM t",
	                 "SELECT * REPLACE (nextval('s') AS i) FROM t",
	                 "INSERT INTO t VALUES (1, 'a')",
	                 "DELETE FROM t",
	                 "CREATE TABLE u AS FROM t"}) {
		EXPECT_FALSE(IsPlain(sql)) << sql;
	}
}

} // namespace
} // namespace skein
