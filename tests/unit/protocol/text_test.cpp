#include <gtest/gtest.h>

#include "protocol/identifier.hpp"
#include "protocol/utf8.hpp"

namespace skein {

TEST(Text, WellFormed) {
	EXPECT_TRUE(IsText(""));
	EXPECT_TRUE(IsText("a\n\t\x7F"));
	EXPECT_TRUE(IsText("\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
}

TEST(Text, Malformed) {
	EXPECT_FALSE(IsText(std::string("a\0", 2)));
	for (auto bytes :
	     {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82", "\xF0\x8F\xBF\xBF",
	      "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC2\x41", "\xE2\x82\x41"}) {
		EXPECT_FALSE(IsText(bytes)) << "a malformed sequence was accepted";
		EXPECT_FALSE(IsText(std::string("x") + bytes + "y"));
		EXPECT_TRUE(IsText(ToText(std::string("x") + bytes + "y")));
	}
	EXPECT_EQ(ToText(std::string("a\0b\xFF\xC3\xBC", 6)), "a?b?\xC3\xBC");
}

TEST(Text, CutsBetweenCharacters) {
	EXPECT_EQ(CutText("abcdef", 6), "abcdef");
	EXPECT_EQ(CutText("abcdefg", 6), "abc...");
	// Two ducks of four bytes each: the cut must not fall inside one.
	std::string ducks = "\xF0\x9F\xA6\x86\xF0\x9F\xA6\x86";
	for (size_t bytes_max = 0; bytes_max < ducks.size(); bytes_max++) {
		auto cut = CutText(ducks, bytes_max);
		EXPECT_LE(cut.size(), bytes_max);
		EXPECT_TRUE(IsText(cut));
	}
	EXPECT_EQ(CutText(ducks, 7), "\xF0\x9F\xA6\x86...");
}

TEST(Identifier, Quotes) {
	EXPECT_EQ(QuoteIdentifier("a\"b"), "\"a\"\"b\"");
	EXPECT_EQ(QuoteLiteral("it's"), "'it''s'");
	EXPECT_EQ(QuoteQualifiedName("", "s", "t"), "\"s\".\"t\"");
	EXPECT_EQ(QuoteQualifiedName("c", "s", "t.u"), "\"c\".\"s\".\"t.u\"");
}

} // namespace skein
