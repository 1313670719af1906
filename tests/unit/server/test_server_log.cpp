#include <gtest/gtest.h>

#include "server/server_log.hpp"

namespace skein {
namespace {

TEST(ServerLog, PlainValuesStayAsTheyAre) {
	EXPECT_EQ(LogQuote("ipv4:127.0.0.1:5"), "ipv4:127.0.0.1:5");
	EXPECT_EQ(LogQuote("/data/skein.db"), "/data/skein.db");
}

TEST(ServerLog, ValuesCannotForgeALine) {
	EXPECT_EQ(LogQuote(""), "\"\"");
	EXPECT_EQ(LogQuote("a b"), "\"a b\"");
	EXPECT_EQ(LogQuote("a=b"), "\"a=b\"");
	EXPECT_EQ(LogQuote("a\"b\\c"), "\"a\\\"b\\\\c\"");
	EXPECT_EQ(LogQuote("x\nlevel=error"), "\"x\\x0alevel=error\"");
	EXPECT_EQ(LogQuote(std::string_view("a\0b\x1b\x7f", 5)), "\"a\\x00b\\x1b\\x7f\"");
	EXPECT_EQ(LogQuote("\xC3\xB6"), "\"\\xc3\\xb6\"");
}

TEST(ServerLog, LinesHaveLevelsAndGoToStandardError) {
	StartLog(LogLevel::WARNING);
	testing::internal::CaptureStderr();
	Log(LogLevel::INFO, "not seen");
	Log(LogLevel::WARNING, "two words", {{"count", 3}, {"peer", "ipv4:127.0.0.1:5"}, {"empty", ""}});
	auto text = testing::internal::GetCapturedStderr();
	StartLog(LogLevel::OFF);
	EXPECT_EQ(text.find("not seen"), std::string::npos) << text;
	EXPECT_NE(text.find("Z level=warning event=\"two words\" count=3 peer=ipv4:127.0.0.1:5 empty=\"\"\n"),
	          std::string::npos)
	    << text;
	EXPECT_FALSE(LogEnabled(LogLevel::ERROR));
}

TEST(ServerLog, LevelsHaveNames) {
	LogLevel level = LogLevel::OFF;
	EXPECT_TRUE(ParseLogLevel("debug", level));
	EXPECT_EQ(level, LogLevel::DETAIL);
	EXPECT_TRUE(ParseLogLevel("warning", level));
	EXPECT_EQ(level, LogLevel::WARNING);
	EXPECT_FALSE(ParseLogLevel("WARNING", level));
	EXPECT_FALSE(ParseLogLevel("", level));
}

} // namespace
} // namespace skein
