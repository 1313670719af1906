#include <gtest/gtest.h>
#include <protozero/pbf_writer.hpp>

#include "protocol/limits.hpp"
#include "protocol/full_messages.hpp"

namespace skein {

namespace {

//! What Decode says of `bytes`; empty where it accepts them.
std::string Refusal(const std::string &bytes) {
	try {
		DistributedRequest::Decode(bytes);
		return std::string();
	} catch (const MalformedMessage &error) {
		return error.what();
	}
}

std::string BytesField(uint32_t field, const std::string &value) {
	std::string bytes;
	protozero::pbf_writer(bytes).add_bytes(field, value);
	return bytes;
}

std::string NumberField(uint32_t field, uint64_t value) {
	std::string bytes;
	protozero::pbf_writer(bytes).add_uint64(field, value);
	return bytes;
}

} // namespace

TEST(Request, EveryFieldSurvives) {
	EXPECT_EQ(DistributedRequest::Decode(FullRequest().Encode()), FullRequest());
}

TEST(Request, DefaultsSurvive) {
	DistributedRequest request;
	EXPECT_EQ(DistributedRequest::Decode(request.Encode()), request);
	EXPECT_EQ(request.Encode(), NumberField(6, PROTOCOL_VERSION)) << "only the version is not at its proto3 default";
}

TEST(Request, EmptyMessageHasNoVersion) {
	auto request = DistributedRequest::Decode("");
	EXPECT_EQ(request.type, RequestType::UNSPECIFIED);
	EXPECT_EQ(request.protocol_version, 0u);
	EXPECT_FALSE(request.limit.has_value());
}

TEST(Request, LimitZeroIsNotNoLimit) {
	DistributedRequest request;
	request.limit = 0;
	EXPECT_EQ(DistributedRequest::Decode(request.Encode()).limit, std::optional<uint64_t>(0));
	request.limit = std::nullopt;
	EXPECT_EQ(DistributedRequest::Decode(request.Encode()).limit, std::nullopt);
}

//! Each field alone: a field number written wrongly on both sides would pass a comparison of whole messages.
TEST(Request, FieldNumbersAreThoseOfTheContract) {
	EXPECT_EQ(DistributedRequest::Decode(NumberField(1, 6)).type, RequestType::DELETE_DATA);
	EXPECT_EQ(DistributedRequest::Decode(BytesField(2, "x")).sql, "x");
	EXPECT_EQ(DistributedRequest::Decode(BytesField(3, "x")).table_name, "x");
	EXPECT_EQ(DistributedRequest::Decode(NumberField(4, 5)).limit, std::optional<uint64_t>(5));
	EXPECT_EQ(DistributedRequest::Decode(NumberField(5, 5)).offset, 5u);
	EXPECT_EQ(DistributedRequest::Decode(NumberField(6, 5)).protocol_version, 5u);
	EXPECT_EQ(DistributedRequest::Decode(BytesField(7, "x")).schema_name, "x");
	EXPECT_EQ(DistributedRequest::Decode(BytesField(8, "x")).catalog_name, "x");
	EXPECT_EQ(DistributedRequest::Decode(BytesField(9, "x")).columns, std::vector<std::string> {"x"});
	EXPECT_EQ(DistributedRequest::Decode(BytesField(10, "x")).filter, "x");
	EXPECT_TRUE(DistributedRequest::Decode(NumberField(11, 1)).with_row_id);
	EXPECT_TRUE(DistributedRequest::Decode(NumberField(12, 1)).no_columns);
	EXPECT_EQ(DistributedRequest::Decode(BytesField(13, "x")).row_schema, "x");
	auto column = BytesField(1, "n") + BytesField(2, "t") + NumberField(3, 1) + BytesField(4, "d");
	auto columns = DistributedRequest::Decode(BytesField(14, column)).column_definitions;
	ASSERT_EQ(columns.size(), 1u);
	EXPECT_EQ(columns[0], (RemoteColumnDefinition {"n", "t", true, "d"}));
	EXPECT_TRUE(DistributedRequest::Decode(NumberField(15, 1)).if_exists);
	EXPECT_TRUE(DistributedRequest::Decode(NumberField(16, 1)).if_not_exists);
	EXPECT_EQ(DistributedRequest::Decode(BytesField(17, std::string(16, 'i'))).insert_id, std::string(16, 'i'));
	EXPECT_EQ(DistributedRequest::Decode(NumberField(18, 5)).transaction_id, 5u);
	EXPECT_EQ(DistributedRequest::Decode(BytesField(19, "x")).default_columns, std::vector<std::string> {"x"});
	EXPECT_EQ(DistributedRequest::Decode(BytesField(20, "x")).client_version, "x");
}

TEST(Request, FieldNumbersOfTheDatabaseAreThoseOfTheContract) {
	using Settings = std::map<std::string, std::string>;
	EXPECT_EQ(DistributedRequest::Decode(BytesField(21, "x")).database, "x");
	EXPECT_TRUE(DistributedRequest::Decode(NumberField(22, 1)).create_database);
	EXPECT_EQ(DistributedRequest::Decode(BytesField(23, "x")).search_path, std::vector<std::string> {"x"});
	auto setting = BytesField(1, "k") + BytesField(2, "v");
	EXPECT_EQ(DistributedRequest::Decode(BytesField(24, setting)).settings, (Settings {{"k", "v"}}));
	auto name = NumberField(1, 2) + BytesField(2, "s") + BytesField(3, "t");
	auto entries = DistributedRequest::Decode(BytesField(25, name)).entries;
	ASSERT_EQ(entries.size(), 1u);
	EXPECT_EQ(entries[0], (CatalogEntryName {CatalogEntryKind::TABLE, {"s"}, "t"}));
	EXPECT_EQ(DistributedRequest::Decode(NumberField(26, 5)).in_full_count_max, 5u);
	EXPECT_EQ(DistributedRequest::Decode(NumberField(27, 5)).catalog_version, 5u);
	EXPECT_TRUE(DistributedRequest::Decode(NumberField(28, 1)).describe_writes);
	EXPECT_EQ(DistributedRequest::Decode(BytesField(29, "x")).parameters, "x");
	EXPECT_TRUE(DistributedRequest::Decode(NumberField(30, 1)).native_rows);
	EXPECT_EQ(DistributedRequest::Decode(BytesField(31, "x")).returning_columns, std::vector<std::string> {"x"});
	EXPECT_TRUE(DistributedRequest::Decode(NumberField(50, 1)).shares_result);
	EXPECT_EQ(DistributedRequest::Decode(BytesField(51, "x")).result_id, "x");
	EXPECT_EQ(DistributedRequest::Decode(NumberField(52, 5)).readers_count, 5u);
}

TEST(Request, UnknownFieldsAreIgnored) {
	std::string unknown;
	protozero::pbf_writer writer(unknown);
	writer.add_uint64(1000, 7);
	writer.add_string(1001, "future");
	writer.add_fixed32(1002, 1);
	writer.add_fixed64(1003, 1);
	EXPECT_EQ(DistributedRequest::Decode(unknown + FullRequest().Encode() + unknown), FullRequest());
}

TEST(Request, UnknownTypeIsKeptForTheServerToRefuse) {
	auto request = DistributedRequest::Decode(NumberField(1, 4000));
	EXPECT_EQ(static_cast<uint32_t>(request.type), 4000u);
	EXPECT_STREQ(RequestTypeName(request.type), "");
}

TEST(Request, RefusalsNameTheField) {
	EXPECT_NE(Refusal(BytesField(2, std::string("a\0b", 3))).find("sql"), std::string::npos);
	EXPECT_NE(Refusal(BytesField(3, "\xC3")).find("table_name"), std::string::npos);
	EXPECT_NE(Refusal(BytesField(7, "\xED\xA0\x80")).find("schema_name"), std::string::npos);
	EXPECT_NE(Refusal(BytesField(9, "")).find("columns"), std::string::npos);
	EXPECT_NE(Refusal(BytesField(14, "")).find("column_definitions"), std::string::npos);
	EXPECT_NE(Refusal(BytesField(14, BytesField(1, "\xFF"))).find("name"), std::string::npos);
	EXPECT_NE(Refusal(BytesField(17, "short")).find("insert_id"), std::string::npos);
	EXPECT_NE(Refusal(NumberField(1, 1ULL << 32)).find("type"), std::string::npos);
	EXPECT_NE(Refusal(NumberField(6, 1ULL << 32)).find("protocol_version"), std::string::npos);
	EXPECT_NE(Refusal(NumberField(2, 1)).find("sql"), std::string::npos) << "a number where text belongs";
	EXPECT_NE(Refusal(BytesField(5, "1")).find("offset"), std::string::npos) << "text where a number belongs";
}

TEST(Request, LengthsThatLieAreRefused) {
	// Field 2, announced as 4 GiB long, then three bytes.
	EXPECT_NE(Refusal(std::string("\x12\xFF\xFF\xFF\xFF\x0F"
	                              "abc",
	                              9))
	              .find("sql"),
	          std::string::npos);
	// An unknown field that announces more than there is.
	EXPECT_NE(Refusal(std::string("\xC2\x3E\x7F", 3)), "");
	// A number without an end, and one of more than ten bytes.
	EXPECT_NE(Refusal(std::string("\x28\xFF", 2)).find("offset"), std::string::npos);
	EXPECT_NE(Refusal("\x28" + std::string(11, '\xFF')).find("offset"), std::string::npos);
	// A bool without its byte.
	EXPECT_NE(Refusal(std::string("\x58", 1)).find("with_row_id"), std::string::npos);
}

TEST(Request, CountsAndSizesAreLimited) {
	std::string columns;
	for (uint64_t i = 0; i < limits::columns_count_max; i++) {
		columns += BytesField(9, "c");
	}
	EXPECT_EQ(DistributedRequest::Decode(columns).columns.size(), limits::columns_count_max);
	EXPECT_NE(Refusal(columns + BytesField(9, "c")).find("columns"), std::string::npos);
	EXPECT_NE(Refusal(BytesField(13, std::string(limits::request_bytes_max, 'x'))), "");
}

TEST(RequestType, NamesAndTypesFitEachOther) {
	for (uint32_t value = 0; value < 64; value++) {
		auto type = static_cast<RequestType>(value);
		std::string name = RequestTypeName(type);
		if (!name.empty()) {
			EXPECT_EQ(RequestTypeFromName(name), type);
		}
	}
	EXPECT_EQ(RequestTypeFromName("scan_table"), RequestType::UNSPECIFIED);
	EXPECT_EQ(RequestTypeFromName(""), RequestType::UNSPECIFIED);
}

} // namespace skein
