//! What a database holds, as it travels: the answer to a CATALOG request.
//!
//! Plain values, no shared state. The .proto says what each field means.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skein {

//! Values are those of the .proto. Do not change.
enum class CatalogEntryKind : uint32_t {
	UNSPECIFIED = 0,
	SCHEMA = 1,
	TABLE = 2,
	VIEW = 3,
	INDEX = 4,
	SEQUENCE = 5,
	TYPE = 6,
	SCALAR_MACRO = 7,
	TABLE_MACRO = 8
};

struct CatalogEntryName {
	CatalogEntryKind kind = CatalogEntryKind::UNSPECIFIED;
	//! Outermost first; a schema's own name is the last, and `name` is empty.
	std::vector<std::string> schema_path;
	std::string name;

	std::string Encode() const;
	//! Throws MalformedMessage, as all decoders here.
	static CatalogEntryName Decode(std::string_view bytes);
	bool operator==(const CatalogEntryName &) const = default;
};

struct CatalogColumnDescription {
	std::string name;
	//! codec/type_text.hpp writes and reads it.
	std::string type;

	bool operator==(const CatalogColumnDescription &) const = default;
};

struct CatalogEntryDescription {
	CatalogEntryName name;
	uint64_t estimated_rows = 0;
	std::string table_name;
	std::string sql;
	std::vector<CatalogColumnDescription> columns;
	std::string comment;
	std::string error;

	bool operator==(const CatalogEntryDescription &) const = default;
};

struct CatalogDescription {
	std::string database;
	bool read_only = false;
	bool in_full = false;
	std::vector<CatalogEntryDescription> entries;

	std::string Encode() const;
	//! Allocates in proportion to the bytes there are.
	static CatalogDescription Decode(std::string_view bytes);
	bool operator==(const CatalogDescription &) const = default;
};

} // namespace skein
