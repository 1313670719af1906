#include "protocol/catalog_description.hpp"

#include "protocol/limits.hpp"
#include "protocol/message_reader.hpp"
#include "protocol/message_writer.hpp"

namespace skein {

namespace {

enum NameField : uint32_t { KIND = 1, SCHEMA_PATH = 2, NAME = 3 };
enum ColumnField : uint32_t { COLUMN_NAME = 1, COLUMN_TYPE = 2 };
enum EntryField : uint32_t {
	ENTRY_NAME = 1,
	ESTIMATED_ROWS = 2,
	TABLE_NAME = 3,
	SQL = 4,
	COLUMNS = 5,
	COMMENT = 6,
	ERROR = 7
};
enum CatalogField : uint32_t { DATABASE = 1, READ_ONLY = 2, IN_FULL = 3, ENTRIES = 4 };

std::string EncodeColumn(const CatalogColumnDescription &column) {
	std::string bytes;
	MessageWriter writer(bytes);
	writer.WriteString(ColumnField::COLUMN_NAME, column.name);
	writer.WriteString(ColumnField::COLUMN_TYPE, column.type);
	return bytes;
}

CatalogColumnDescription DecodeColumn(std::string_view bytes) {
	CatalogColumnDescription column;
	MessageReader reader(bytes, "CatalogColumn");
	while (reader.Next()) {
		switch (reader.FieldNumber()) {
		case ColumnField::COLUMN_NAME:
			column.name = reader.ReadText("name");
			break;
		case ColumnField::COLUMN_TYPE:
			column.type = reader.ReadText("type");
			break;
		default:
			reader.Skip();
		}
	}
	return column;
}

std::string EncodeEntry(const CatalogEntryDescription &entry) {
	std::string bytes;
	MessageWriter writer(bytes);
	writer.WriteAlways(EntryField::ENTRY_NAME, entry.name.Encode());
	writer.WriteNumber(EntryField::ESTIMATED_ROWS, entry.estimated_rows);
	writer.WriteString(EntryField::TABLE_NAME, entry.table_name);
	writer.WriteString(EntryField::SQL, entry.sql);
	for (auto &column : entry.columns) {
		writer.WriteAlways(EntryField::COLUMNS, EncodeColumn(column));
	}
	writer.WriteString(EntryField::COMMENT, entry.comment);
	writer.WriteString(EntryField::ERROR, entry.error);
	return bytes;
}

void ReadColumn(MessageReader &reader, CatalogEntryDescription &entry) {
	if (entry.columns.size() == limits::columns_count_max) {
		reader.Fail("columns", "more than " + std::to_string(limits::columns_count_max) + " columns");
	}
	auto column = DecodeColumn(reader.ReadMessage("columns"));
	if (column.name.empty() || column.type.empty()) {
		reader.Fail("columns", "a column has no name or no type");
	}
	entry.columns.push_back(std::move(column));
}

CatalogEntryDescription DecodeEntry(std::string_view bytes) {
	CatalogEntryDescription entry;
	MessageReader reader(bytes, "CatalogEntry");
	while (reader.Next()) {
		switch (reader.FieldNumber()) {
		case EntryField::ENTRY_NAME:
			entry.name = CatalogEntryName::Decode(reader.ReadMessage("name"));
			break;
		case EntryField::ESTIMATED_ROWS:
			entry.estimated_rows = reader.ReadUInt64("estimated_rows");
			break;
		case EntryField::TABLE_NAME:
			entry.table_name = reader.ReadText("table_name");
			break;
		case EntryField::SQL:
			entry.sql = reader.ReadText("sql");
			break;
		case EntryField::COLUMNS:
			ReadColumn(reader, entry);
			break;
		case EntryField::COMMENT:
			entry.comment = reader.ReadText("comment");
			break;
		case EntryField::ERROR:
			entry.error = reader.ReadText("error");
			break;
		default:
			reader.Skip();
		}
	}
	return entry;
}

void ReadEntry(MessageReader &reader, CatalogDescription &catalog) {
	auto entry = DecodeEntry(reader.ReadMessage("entries"));
	// Refusing those also keeps the decoded size in proportion to the message's.
	if (entry.name.schema_path.empty()) {
		reader.Fail("entries", "an entry has no schema");
	}
	catalog.entries.push_back(std::move(entry));
}

} // namespace

std::string CatalogEntryName::Encode() const {
	std::string bytes;
	MessageWriter writer(bytes);
	writer.WriteNumber(NameField::KIND, static_cast<uint32_t>(kind));
	for (auto &schema : schema_path) {
		writer.WriteAlways(NameField::SCHEMA_PATH, schema);
	}
	writer.WriteString(NameField::NAME, name);
	return bytes;
}

CatalogEntryName CatalogEntryName::Decode(std::string_view bytes) {
	CatalogEntryName result;
	MessageReader reader(bytes, "CatalogEntryName");
	while (reader.Next()) {
		switch (reader.FieldNumber()) {
		case NameField::KIND:
			result.kind = static_cast<CatalogEntryKind>(reader.ReadUInt32("kind"));
			break;
		case NameField::SCHEMA_PATH:
			result.schema_path.push_back(reader.ReadText("schema_path"));
			if (result.schema_path.back().empty()) {
				reader.Fail("schema_path", "a schema's name is empty");
			}
			break;
		case NameField::NAME:
			result.name = reader.ReadText("name");
			break;
		default:
			reader.Skip();
		}
	}
	return result;
}

std::string CatalogDescription::Encode() const {
	std::string bytes;
	MessageWriter writer(bytes);
	writer.WriteString(CatalogField::DATABASE, database);
	writer.WriteBool(CatalogField::READ_ONLY, read_only);
	writer.WriteBool(CatalogField::IN_FULL, in_full);
	for (auto &entry : entries) {
		writer.WriteAlways(CatalogField::ENTRIES, EncodeEntry(entry));
	}
	return bytes;
}

CatalogDescription CatalogDescription::Decode(std::string_view bytes) {
	CatalogDescription catalog;
	MessageReader reader(bytes, "Catalog");
	while (reader.Next()) {
		switch (reader.FieldNumber()) {
		case CatalogField::DATABASE:
			catalog.database = reader.ReadText("database");
			break;
		case CatalogField::READ_ONLY:
			catalog.read_only = reader.ReadBool("read_only");
			break;
		case CatalogField::IN_FULL:
			catalog.in_full = reader.ReadBool("in_full");
			break;
		case CatalogField::ENTRIES:
			ReadEntry(reader, catalog);
			break;
		default:
			reader.Skip();
		}
	}
	return catalog;
}

} // namespace skein
