#include <random>

#include <gtest/gtest.h>

#include "client/distributed_flight_client.hpp"
#include "protocol/errors.hpp"
#include "protocol/identifier.hpp"

namespace skein {

namespace {

struct Name {
	std::string catalog;
	std::string schema;
	std::string table;
	bool operator==(const Name &) const = default;
};

void PrintTo(const Name &name, std::ostream *out) {
	*out << "[" << name.catalog << "][" << name.schema << "][" << name.table << "]";
}

Name Parse(const std::string &text) {
	DistributedRequest request;
	request.catalog_name = "left over";
	request.schema_name = "left over";
	auto status = SetTableName(text, request);
	EXPECT_TRUE(status.ok()) << text << ": " << status.ToString();
	return {request.catalog_name, request.schema_name, request.table_name};
}

} // namespace

TEST(TableName, Plain) {
	EXPECT_EQ(Parse("t"), (Name {"", "", "t"}));
	EXPECT_EQ(Parse("s.t"), (Name {"", "s", "t"}));
	EXPECT_EQ(Parse("db.s.t"), (Name {"db", "s", "t"}));
	EXPECT_EQ(Parse(" db . s\t.\nt "), (Name {"db", "s", "t"}));
	EXPECT_EQ(Parse("\xC3\xBC"
	                "ber_1$"),
	          (Name {"", "",
	                 "\xC3\xBC"
	                 "ber_1$"}));
	EXPECT_EQ(Parse("MixedCase"), (Name {"", "", "MixedCase"})) << "case is the server's to ignore";
}

TEST(TableName, Quoted) {
	EXPECT_EQ(Parse("\"A b\".t"), (Name {"", "A b", "t"}));
	EXPECT_EQ(Parse("\"a.b\".\"c\"\"d\""), (Name {"", "a.b", "c\"d"}));
	EXPECT_EQ(Parse("\"\"\"\""), (Name {"", "", "\""}));
	EXPECT_EQ(Parse("\"1\""), (Name {"", "", "1"}));
	EXPECT_EQ(Parse("\" \""), (Name {"", "", " "}));
}

TEST(TableName, Refused) {
	for (std::string text : {"", " ", ".", "a.", ".a", "a..b", "a.b.c.d", "\"", "\"a", "\"\"", "a\"b\"", "\"a\"b",
	                         "a b", "1a", "a;b", "a-b", "t; DROP TABLE u", "a'b", "\xFF"}) {
		DistributedRequest request;
		auto status = SetTableName(text, request);
		ASSERT_FALSE(status.ok()) << text;
		auto error = ErrorFromFlightStatus(status);
		ASSERT_TRUE(error.has_value()) << text;
		EXPECT_EQ(error->category, ErrorCategory::INVALID_REQUEST);
	}
	DistributedRequest request;
	EXPECT_FALSE(SetTableName(std::string("a\0b", 3), request).ok());
}

//! Whatever QuoteQualifiedName writes is read back as it was.
TEST(TableName, ReadsWhatIsQuoted) {
	std::mt19937 random(7);
	const std::vector<std::string> pieces = {"a", "Z", "\"", ".", " ", "\xC3\xBC", "\xF0\x9F\xA6\x86",
	                                         ";", "'", "\n", "1", "--"};
	auto random_name = [&]() {
		std::string name;
		for (auto count = 1 + random() % 8; count > 0; count--) {
			name += pieces[random() % pieces.size()];
		}
		return name;
	};
	for (int round = 0; round < 10000; round++) {
		Name name {random_name(), random_name(), random_name()};
		EXPECT_EQ(Parse(QuoteQualifiedName(name.catalog, name.schema, name.table)), name);
	}
}

} // namespace skein
