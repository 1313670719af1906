// Types as text and back.
#include <gtest/gtest.h>

#include "codec/type_text.hpp"
#include "codec/linked_engine.hpp"
#include "duckdb.hpp"
#include "duckdb/common/exception.hpp"
#include "protocol/limits.hpp"

namespace skein {

using duckdb::InvalidInputException;
using duckdb::LogicalType;

class TypeTextTest : public testing::Test {
protected:
	LogicalType Parse(const std::string &text) {
		return ParseTypeText(*engine.connection.context, text);
	}

	LinkedEngine engine;
};

TEST_F(TypeTextTest, ThereAndBack) {
	for (auto text : {"INTEGER", "DECIMAL(38,10)", "VARCHAR", "VARCHAR('nocase')", "JSON", "TIME WITH TIME ZONE",
	                  "ENUM('a', 'it''s', 'x, y')", "STRUCT(a INTEGER, \"b \"\"c\" VARCHAR('de.noaccent')[])", "STRUCT",
	                  "TUPLE(INTEGER, JSON[])", "MAP(VARCHAR, UNION(n INTEGER, s TUPLE(DATE)))", "BOOLEAN[3][][2]",
	                  "VARIANT", "GEOMETRY", "GEOMETRY('OGC:CRS84')", "BIGNUM", "TIMESTAMPTZ_NS", "\"NULL\""}) {
		auto type = Parse(text);
		auto again = Parse(TypeText(type));
		EXPECT_EQ(type, again) << text;
		EXPECT_TRUE(type.EqualsIncludingCollation(again)) << text << ": " << TypeText(type);
		EXPECT_EQ(TypeText(type), TypeText(again));
	}
}

//! What is looked up is what the parser would say, which is asked where the type is a member's.
TEST_F(TypeTextTest, TypesWithoutNamesAreThoseOfTheParser) {
	for (auto text : {"BOOLEAN",
	                  "TINYINT",
	                  "SMALLINT",
	                  "INTEGER",
	                  "BIGINT",
	                  "HUGEINT",
	                  "UTINYINT",
	                  "USMALLINT",
	                  "UINTEGER",
	                  "UBIGINT",
	                  "UHUGEINT",
	                  "BIGNUM",
	                  "FLOAT",
	                  "DOUBLE",
	                  "VARCHAR",
	                  "BLOB",
	                  "BIT",
	                  "UUID",
	                  "DATE",
	                  "TIME",
	                  "TIME_NS",
	                  "TIME WITH TIME ZONE",
	                  "TIMESTAMP",
	                  "TIMESTAMP_S",
	                  "TIMESTAMP_MS",
	                  "TIMESTAMP_NS",
	                  "TIMESTAMP WITH TIME ZONE",
	                  "TIMESTAMPTZ_NS",
	                  "INTERVAL",
	                  "JSON",
	                  "DECIMAL(1,0)",
	                  "DECIMAL(18,3)",
	                  "DECIMAL(38,38)"}) {
		for (auto &each : {std::string(text), std::string(text) + "[]"}) {
			auto type = Parse(each);
			auto parsed = duckdb::StructType::GetChildType(Parse("STRUCT(a " + each + ")"), 0);
			EXPECT_EQ(type, parsed) << each;
			EXPECT_EQ(type.IsJSONType(), parsed.IsJSONType()) << each;
			EXPECT_EQ(TypeText(type), TypeText(parsed));
		}
	}
}

TEST_F(TypeTextTest, NamesAreReplacedByWhatTheyStandFor) {
	auto named = LogicalType::LIST(Parse("STRUCT(a ENUM('x'), j JSON)").WithAlias("mine")).WithAlias("many");
	EXPECT_EQ(TypeText(named), "STRUCT(\"a\" ENUM('x'), \"j\" JSON)[]");
}

TEST_F(TypeTextTest, WhatIsNoBuiltInTypeIsRefused) {
	for (auto text : {"", "nonsense", "INTEGER; DROP TABLE t", "INTEGER DEFAULT 1", "INTEGER, b VARCHAR",
	                  "STRUCT(a nonsense)", "DECIMAL(99,1)", "(SELECT 1)", "main.mood", "INTEGER[", "ENUM('a', 'a')"}) {
		EXPECT_THROW(Parse(text), InvalidInputException) << text;
	}
}

TEST_F(TypeTextTest, DeepTypesAreRefusedBeforeTheParserSeesThem) {
	std::string lists = "INTEGER";
	std::string structs = "INTEGER";
	for (uint64_t i = 0; i < limits::type_depth_max; i++) {
		lists += "[]";
		structs = "STRUCT(a " + structs + ")";
	}
	EXPECT_EQ(TypeText(Parse(lists)), lists);
	Parse(structs);
	EXPECT_THROW(Parse(lists + "[]"), InvalidInputException);
	EXPECT_THROW(Parse("STRUCT(a " + structs + ")"), InvalidInputException);
	EXPECT_THROW(Parse(std::string(1000000, '(')), InvalidInputException);
	auto deep = Parse(lists);
	EXPECT_THROW(TypeText(LogicalType::LIST(deep)), InvalidInputException);
}

} // namespace skein
