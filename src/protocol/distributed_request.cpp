//! DistributedRequest and its bytes.
#include "protocol/distributed_protocol.hpp"
#include "protocol/limits.hpp"
#include "protocol/message_reader.hpp"
#include "protocol/message_writer.hpp"

namespace skein {

namespace {

enum RequestField : uint32_t {
	TYPE = 1,
	SQL = 2,
	TABLE_NAME = 3,
	LIMIT = 4,
	OFFSET = 5,
	VERSION = 6,
	SCHEMA_NAME = 7,
	CATALOG_NAME = 8,
	COLUMNS = 9,
	FILTER = 10,
	WITH_ROW_ID = 11,
	NO_COLUMNS = 12,
	ROW_SCHEMA = 13,
	COLUMN_DEFINITIONS = 14,
	IF_EXISTS = 15,
	IF_NOT_EXISTS = 16,
	INSERT_ID = 17,
	TRANSACTION_ID = 18,
	DEFAULT_COLUMNS = 19,
	CLIENT_VERSION = 20,
	DATABASE = 21,
	CREATE_DATABASE = 22,
	SEARCH_PATH = 23,
	SETTINGS = 24,
	ENTRIES = 25,
	IN_FULL_COUNT_MAX = 26,
	CATALOG_VERSION = 27,
	DESCRIBE_WRITES = 28,
	PARAMETERS = 29,
	NATIVE_ROWS = 30,
	RETURNING_COLUMNS = 31,
	FRAME_VERSION = 40,
	COMPRESSION = 41,
	SHARES_RESULT = 50,
	RESULT_ID = 51,
	READERS_COUNT = 52
};

enum ColumnField : uint32_t { NAME = 1, COLUMN_TYPE = 2, NOT_NULL = 3, DEFAULT_EXPRESSION = 4 };

enum SettingField : uint32_t { KEY = 1, VALUE = 2 };

constexpr size_t INSERT_ID_BYTES = 16;

std::string EncodeColumn(const RemoteColumnDefinition &column) {
	std::string bytes;
	MessageWriter writer(bytes);
	writer.WriteString(ColumnField::NAME, column.name);
	writer.WriteString(ColumnField::COLUMN_TYPE, column.type);
	writer.WriteBool(ColumnField::NOT_NULL, column.not_null);
	writer.WriteString(ColumnField::DEFAULT_EXPRESSION, column.default_expression);
	return bytes;
}

RemoteColumnDefinition DecodeColumn(std::string_view bytes) {
	RemoteColumnDefinition column;
	MessageReader reader(bytes, "ColumnDefinition");
	while (reader.Next()) {
		switch (reader.FieldNumber()) {
		case ColumnField::NAME:
			column.name = reader.ReadText("name");
			break;
		case ColumnField::COLUMN_TYPE:
			column.type = reader.ReadText("type");
			break;
		case ColumnField::NOT_NULL:
			column.not_null = reader.ReadBool("not_null");
			break;
		case ColumnField::DEFAULT_EXPRESSION:
			column.default_expression = reader.ReadText("default_expression");
			break;
		default:
			reader.Skip();
		}
	}
	return column;
}

void ReadName(MessageReader &reader, const char *field, std::vector<std::string> &names) {
	if (names.size() == limits::columns_count_max) {
		reader.Fail(field, "more than " + std::to_string(limits::columns_count_max) + " columns");
	}
	// Nothing nameless exists; refusing it also keeps the decoded size in proportion to the message's.
	auto name = reader.ReadText(field);
	if (name.empty()) {
		reader.Fail(field, "a name is empty");
	}
	names.push_back(std::move(name));
}

void ReadColumn(MessageReader &reader, std::vector<RemoteColumnDefinition> &columns) {
	constexpr const char *field = "column_definitions";
	if (columns.size() == limits::columns_count_max) {
		reader.Fail(field, "more than " + std::to_string(limits::columns_count_max) + " columns");
	}
	auto column = DecodeColumn(reader.ReadMessage(field));
	if (column.name.empty() || column.type.empty()) {
		reader.Fail(field, "a column has no name or no type");
	}
	columns.push_back(std::move(column));
}

void ReadInsertId(MessageReader &reader, std::string &insert_id) {
	insert_id = reader.ReadBytes("insert_id");
	if (!insert_id.empty() && insert_id.size() != INSERT_ID_BYTES) {
		reader.Fail("insert_id", std::to_string(insert_id.size()) + " bytes, must be 16 or none");
	}
}

std::string EncodeSetting(const std::string &key, const std::string &value) {
	std::string bytes;
	MessageWriter writer(bytes);
	writer.WriteString(SettingField::KEY, key);
	writer.WriteString(SettingField::VALUE, value);
	return bytes;
}

void ReadSetting(MessageReader &reader, std::map<std::string, std::string> &settings) {
	std::string key;
	std::string value;
	MessageReader setting(reader.ReadMessage("settings"), "DistributedRequest.settings");
	while (setting.Next()) {
		switch (setting.FieldNumber()) {
		case SettingField::KEY:
			key = setting.ReadText("key");
			break;
		case SettingField::VALUE:
			value = setting.ReadText("value");
			break;
		default:
			setting.Skip();
		}
	}
	if (key.empty()) {
		reader.Fail("settings", "a setting has no name");
	}
	settings[std::move(key)] = std::move(value);
}

void ReadEntryName(MessageReader &reader, std::vector<CatalogEntryName> &entries) {
	auto entry = CatalogEntryName::Decode(reader.ReadMessage("entries"));
	if (entry.schema_path.empty()) {
		reader.Fail("entries", "an entry has no schema");
	}
	entries.push_back(std::move(entry));
}

//! The fields of the seed's request; false for a field that is none of them.
bool ReadSeedField(MessageReader &reader, DistributedRequest &request) {
	switch (reader.FieldNumber()) {
	case RequestField::TYPE:
		request.type = static_cast<RequestType>(reader.ReadUInt32("type"));
		return true;
	case RequestField::SQL:
		request.sql = reader.ReadText("sql");
		return true;
	case RequestField::TABLE_NAME:
		request.table_name = reader.ReadText("table_name");
		return true;
	case RequestField::LIMIT:
		request.limit = reader.ReadUInt64("limit");
		return true;
	case RequestField::OFFSET:
		request.offset = reader.ReadUInt64("offset");
		return true;
	default:
		return false;
	}
}

//! Names and texts; false for a field that is none of them.
bool ReadTextField(MessageReader &reader, DistributedRequest &request) {
	switch (reader.FieldNumber()) {
	case RequestField::SCHEMA_NAME:
		request.schema_name = reader.ReadText("schema_name");
		return true;
	case RequestField::CATALOG_NAME:
		request.catalog_name = reader.ReadText("catalog_name");
		return true;
	case RequestField::COLUMNS:
		ReadName(reader, "columns", request.columns);
		return true;
	case RequestField::FILTER:
		request.filter = reader.ReadText("filter");
		return true;
	case RequestField::COLUMN_DEFINITIONS:
		ReadColumn(reader, request.column_definitions);
		return true;
	case RequestField::DEFAULT_COLUMNS:
		ReadName(reader, "default_columns", request.default_columns);
		return true;
	case RequestField::RETURNING_COLUMNS:
		ReadName(reader, "returning_columns", request.returning_columns);
		return true;
	case RequestField::CLIENT_VERSION:
		request.client_version = reader.ReadText("client_version");
		return true;
	case RequestField::RESULT_ID:
		request.result_id = reader.ReadText("result_id");
		return true;
	default:
		return false;
	}
}

//! Where the call works and from which catalog; false for a field that is none of them.
bool ReadDatabaseField(MessageReader &reader, DistributedRequest &request) {
	switch (reader.FieldNumber()) {
	case RequestField::DATABASE:
		request.database = reader.ReadText("database");
		return true;
	case RequestField::CREATE_DATABASE:
		request.create_database = reader.ReadBool("create_database");
		return true;
	case RequestField::SEARCH_PATH:
		ReadName(reader, "search_path", request.search_path);
		return true;
	case RequestField::SETTINGS:
		ReadSetting(reader, request.settings);
		return true;
	case RequestField::ENTRIES:
		ReadEntryName(reader, request.entries);
		return true;
	case RequestField::IN_FULL_COUNT_MAX:
		request.in_full_count_max = reader.ReadUInt64("in_full_count_max");
		return true;
	case RequestField::CATALOG_VERSION:
		request.catalog_version = reader.ReadUInt64("catalog_version");
		return true;
	default:
		return false;
	}
}

void ReadOtherField(MessageReader &reader, DistributedRequest &request) {
	switch (reader.FieldNumber()) {
	case RequestField::VERSION:
		request.protocol_version = reader.ReadUInt32("protocol_version");
		break;
	case RequestField::WITH_ROW_ID:
		request.with_row_id = reader.ReadBool("with_row_id");
		break;
	case RequestField::NO_COLUMNS:
		request.no_columns = reader.ReadBool("no_columns");
		break;
	case RequestField::ROW_SCHEMA:
		request.row_schema = reader.ReadBytes("row_schema");
		break;
	case RequestField::IF_EXISTS:
		request.if_exists = reader.ReadBool("if_exists");
		break;
	case RequestField::IF_NOT_EXISTS:
		request.if_not_exists = reader.ReadBool("if_not_exists");
		break;
	case RequestField::INSERT_ID:
		ReadInsertId(reader, request.insert_id);
		break;
	case RequestField::TRANSACTION_ID:
		request.transaction_id = reader.ReadUInt64("transaction_id");
		break;
	case RequestField::DESCRIBE_WRITES:
		request.describe_writes = reader.ReadBool("describe_writes");
		break;
	case RequestField::PARAMETERS:
		request.parameters = reader.ReadBytes("parameters");
		break;
	case RequestField::NATIVE_ROWS:
		request.native_rows = reader.ReadBool("native_rows");
		break;
	case RequestField::FRAME_VERSION:
		request.frame_version = reader.ReadUInt32("frame_version");
		break;
	case RequestField::COMPRESSION:
		request.compression = static_cast<RowCompression>(reader.ReadUInt32("compression"));
		break;
	case RequestField::SHARES_RESULT:
		request.shares_result = reader.ReadBool("shares_result");
		break;
	case RequestField::READERS_COUNT:
		request.readers_count = reader.ReadUInt64("readers_count");
		break;
	default:
		reader.Skip();
	}
}

void EncodeDatabaseFields(const DistributedRequest &request, MessageWriter &writer) {
	writer.WriteString(RequestField::DATABASE, request.database);
	writer.WriteBool(RequestField::CREATE_DATABASE, request.create_database);
	for (auto &schema : request.search_path) {
		writer.WriteAlways(RequestField::SEARCH_PATH, schema);
	}
	for (auto &[name, value] : request.settings) {
		writer.WriteAlways(RequestField::SETTINGS, EncodeSetting(name, value));
	}
	for (auto &entry : request.entries) {
		writer.WriteAlways(RequestField::ENTRIES, entry.Encode());
	}
	writer.WriteNumber(RequestField::IN_FULL_COUNT_MAX, request.in_full_count_max);
	writer.WriteNumber(RequestField::CATALOG_VERSION, request.catalog_version);
}

} // namespace

std::string DistributedRequest::Encode() const {
	std::string bytes;
	MessageWriter writer(bytes);
	writer.WriteNumber(RequestField::TYPE, static_cast<uint32_t>(type));
	writer.WriteString(RequestField::SQL, sql);
	writer.WriteString(RequestField::TABLE_NAME, table_name);
	if (limit) {
		writer.WriteAlways(RequestField::LIMIT, *limit);
	}
	writer.WriteNumber(RequestField::OFFSET, offset);
	writer.WriteNumber(RequestField::VERSION, protocol_version);
	writer.WriteString(RequestField::SCHEMA_NAME, schema_name);
	writer.WriteString(RequestField::CATALOG_NAME, catalog_name);
	for (auto &column : columns) {
		writer.WriteAlways(RequestField::COLUMNS, column);
	}
	writer.WriteString(RequestField::FILTER, filter);
	writer.WriteBool(RequestField::WITH_ROW_ID, with_row_id);
	writer.WriteBool(RequestField::NO_COLUMNS, no_columns);
	writer.WriteString(RequestField::ROW_SCHEMA, row_schema);
	for (auto &column : column_definitions) {
		writer.WriteAlways(RequestField::COLUMN_DEFINITIONS, EncodeColumn(column));
	}
	writer.WriteBool(RequestField::IF_EXISTS, if_exists);
	writer.WriteBool(RequestField::IF_NOT_EXISTS, if_not_exists);
	writer.WriteString(RequestField::INSERT_ID, insert_id);
	writer.WriteNumber(RequestField::TRANSACTION_ID, transaction_id);
	for (auto &column : default_columns) {
		writer.WriteAlways(RequestField::DEFAULT_COLUMNS, column);
	}
	writer.WriteString(RequestField::CLIENT_VERSION, client_version);
	EncodeDatabaseFields(*this, writer);
	writer.WriteBool(RequestField::DESCRIBE_WRITES, describe_writes);
	writer.WriteString(RequestField::PARAMETERS, parameters);
	writer.WriteBool(RequestField::NATIVE_ROWS, native_rows);
	for (auto &column : returning_columns) {
		writer.WriteAlways(RequestField::RETURNING_COLUMNS, column);
	}
	writer.WriteNumber(RequestField::FRAME_VERSION, frame_version);
	writer.WriteNumber(RequestField::COMPRESSION, static_cast<uint64_t>(compression));
	writer.WriteBool(RequestField::SHARES_RESULT, shares_result);
	writer.WriteString(RequestField::RESULT_ID, result_id);
	writer.WriteNumber(RequestField::READERS_COUNT, readers_count);
	return bytes;
}

DistributedRequest DistributedRequest::Decode(std::string_view bytes) {
	if (bytes.size() > limits::request_bytes_max) {
		throw MalformedMessage("DistributedRequest: " + std::to_string(bytes.size()) + " bytes, at most " +
		                       std::to_string(limits::request_bytes_max) + " are accepted");
	}
	DistributedRequest request;
	// A request that does not name its version must not pass for one of ours.
	request.protocol_version = 0;
	MessageReader reader(bytes, "DistributedRequest");
	while (reader.Next()) {
		if (!ReadSeedField(reader, request) && !ReadTextField(reader, request) && !ReadDatabaseField(reader, request)) {
			ReadOtherField(reader, request);
		}
	}
	return request;
}

} // namespace skein
