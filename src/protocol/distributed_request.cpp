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
	CLIENT_VERSION = 20
};

enum ColumnField : uint32_t { NAME = 1, COLUMN_TYPE = 2, NOT_NULL = 3, DEFAULT_EXPRESSION = 4 };

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
	// A nameless column cannot exist; refusing it also keeps the decoded size in proportion to the message's.
	auto name = reader.ReadText(field);
	if (name.empty()) {
		reader.Fail(field, "a column's name is empty");
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
	case RequestField::CLIENT_VERSION:
		request.client_version = reader.ReadText("client_version");
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
	default:
		reader.Skip();
	}
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
		if (!ReadSeedField(reader, request) && !ReadTextField(reader, request)) {
			ReadOtherField(reader, request);
		}
	}
	return request;
}

} // namespace skein
