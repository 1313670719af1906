#include <gtest/gtest.h>
#include <protozero/pbf_writer.hpp>

#include "protocol/full_messages.hpp"

namespace skein {

TEST(Response, EveryFieldSurvives) {
	EXPECT_EQ(DistributedResponse::Decode(FullResponse().Encode()), FullResponse());
}

TEST(Response, DefaultsSurvive) {
	EXPECT_EQ(DistributedResponse().Encode(), "");
	EXPECT_EQ(DistributedResponse::Decode(""), DistributedResponse());
}

TEST(Response, EmptyPartsArePresent) {
	DistributedResponse response;
	response.error = DistributedError();
	response.server_statistics = DistributedStatistics();
	auto decoded = DistributedResponse::Decode(response.Encode());
	EXPECT_TRUE(decoded.error.has_value());
	EXPECT_TRUE(decoded.server_statistics.has_value());
	EXPECT_FALSE(decoded.session_statistics.has_value());
}

TEST(Response, UnknownFieldsAreIgnored) {
	std::string unknown;
	protozero::pbf_writer(unknown).add_string(900, "future");
	EXPECT_EQ(DistributedResponse::Decode(unknown + FullResponse().Encode() + unknown), FullResponse());
}

//! A field number written wrongly on both sides would pass a comparison of whole messages.
TEST(Response, FieldNumbersAreThoseOfTheContract) {
	std::string bytes;
	protozero::pbf_writer writer(bytes);
	auto full = FullResponse();
	writer.add_bool(1, true);
	writer.add_string(2, full.error_message);
	writer.add_uint64(3, full.rows_affected);
	writer.add_bool(4, true);
	{
		protozero::pbf_writer error(writer, 5);
		error.add_uint32(1, 2);
		error.add_string(2, full.error->exception_type);
		error.add_string(3, full.error->message);
		for (auto &[key, value] : full.error->extra_info) {
			protozero::pbf_writer entry(error, 4);
			entry.add_string(1, key);
			entry.add_string(2, value);
		}
	}
	writer.add_string(6, full.session_id);
	writer.add_uint64(7, full.lease_milliseconds);
	writer.add_uint64(8, full.transaction_id);
	for (uint32_t field : {9, 10}) {
		protozero::pbf_writer statistics(writer, field);
		for (uint32_t counter = 1; counter <= 9; counter++) {
			statistics.add_uint64(counter, counter + (field == 10 ? 10 : 0));
		}
	}
	writer.add_uint32(11, full.protocol_version);
	writer.add_string(12, full.server_version);
	writer.add_string(13, full.engine_version);
	writer.add_string(14, full.catalog->Encode());
	writer.add_uint64(15, full.catalog_version);
	EXPECT_EQ(DistributedResponse::Decode(bytes), full);
}

TEST(Response, FieldNumbersOfTheCatalogAreThoseOfTheContract) {
	auto expected = *FullResponse().catalog;
	std::string bytes;
	protozero::pbf_writer writer(bytes);
	writer.add_string(1, expected.database);
	writer.add_bool(2, true);
	writer.add_bool(3, true);
	for (auto &described : expected.entries) {
		protozero::pbf_writer entry(writer, 4);
		{
			protozero::pbf_writer name(entry, 1);
			name.add_uint32(1, static_cast<uint32_t>(described.name.kind));
			name.add_string(2, described.name.schema_path[0]);
			name.add_string(3, described.name.name);
		}
		entry.add_uint64(2, described.estimated_rows);
		entry.add_string(3, described.table_name);
		entry.add_string(4, described.sql);
		for (auto &described_column : described.columns) {
			protozero::pbf_writer column(entry, 5);
			column.add_string(1, described_column.name);
			column.add_string(2, described_column.type);
		}
		entry.add_string(6, described.comment);
		entry.add_string(7, described.error);
	}
	EXPECT_EQ(CatalogDescription::Decode(bytes), expected);
}

} // namespace skein
