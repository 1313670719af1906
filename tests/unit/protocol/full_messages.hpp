//! Messages with every field set to something telling, for tests of the codecs.
#pragma once

#include "protocol/distributed_protocol.hpp"

namespace skein {

inline DistributedRequest FullRequest() {
	DistributedRequest request;
	request.type = RequestType::SCAN_TABLE;
	request.sql = "SELECT 'ü' FROM t";
	request.table_name = "a \"quoted\" table";
	request.limit = 18446744073709551615ULL;
	request.offset = 300;
	request.protocol_version = 7;
	request.schema_name = "schema";
	request.catalog_name = "catalog";
	request.columns = {"a", "b c", "\xF0\x9F\xA6\x86"};
	request.filter = "a > 1";
	request.with_row_id = true;
	request.no_columns = true;
	request.row_schema = std::string("\x00\xFF\x80 bytes", 9);
	request.column_definitions = {{"id", "BIGINT", true, ""}, {"s", "STRUCT(a INTEGER)", false, "NULL"}};
	request.if_exists = true;
	request.if_not_exists = true;
	request.insert_id = std::string("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\xFF", 16);
	request.transaction_id = 1ULL << 63;
	request.default_columns = {"x", "y"};
	request.client_version = "v2.0.0";
	request.database = "Ente";
	request.create_database = true;
	request.search_path = {"s", "main"};
	request.settings = {{"TimeZone", "Europe/Berlin"}, {"default_collation", ""}};
	request.entries = {{CatalogEntryKind::TABLE, {"s", "nested"}, "t"}, {CatalogEntryKind::SCHEMA, {"s"}, ""}};
	request.in_full_count_max = 256;
	request.catalog_version = 1ULL << 62;
	request.describe_writes = true;
	request.parameters = std::string("\x00\x01\xFF", 3);
	request.native_rows = true;
	request.returning_columns = {"rowid", "name"};
	request.shares_result = true;
	request.result_id = "0123456789abcdef0123456789abcdef";
	request.readers_count = 3;
	return request;
}

inline DistributedError FullError() {
	DistributedError error;
	error.category = ErrorCategory::TABLE_NOT_FOUND;
	error.exception_type = "Catalog";
	error.message = "Table with name ente does not exist!";
	error.extra_info = {{"error_subtype", "MISSING_ENTRY"}, {"name", "ente"}, {"position", "14"}};
	return error;
}

inline DistributedResponse FullResponse() {
	DistributedResponse response;
	response.success = true;
	response.error_message = "none";
	response.rows_affected = 336776;
	response.exists = true;
	response.error = FullError();
	response.session_id = "0123456789abcdef0123456789abcdef";
	response.lease_milliseconds = 30000;
	response.transaction_id = 99;
	response.server_statistics = DistributedStatistics {1, 2, 3, 4, 5, 6, 7, 8, 9};
	response.session_statistics = DistributedStatistics {11, 12, 13, 14, 15, 16, 17, 18, 19};
	response.protocol_version = 1;
	response.server_version = "0.1.0";
	response.engine_version = "v2.0.0";
	response.catalog_version = 18446744073709551615ULL;
	response.catalog = CatalogDescription {"Ente",
	                                       true,
	                                       true,
	                                       {{{CatalogEntryKind::SCHEMA, {"main"}, ""}, 0, "", "", {}, "", ""},
	                                        {{CatalogEntryKind::TABLE, {"main"}, "t"},
	                                         7,
	                                         "",
	                                         "CREATE TABLE main.t(i INTEGER);",
	                                         {{"i", "INTEGER"}},
	                                         "a comment",
	                                         ""},
	                                        {{CatalogEntryKind::INDEX, {"main"}, "x"}, 0, "t", "", {}, "", "why"}}};
	return response;
}

} // namespace skein
