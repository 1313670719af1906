//! The versions of the protocol and of Skein, and the names both sides must spell alike.
#pragma once

#include <cstdint>

namespace skein {

//! The version a client puts into every request. A server serves exactly the versions in its range and refuses others
//! by naming both.
constexpr uint32_t PROTOCOL_VERSION = 1;
constexpr uint32_t PROTOCOL_VERSION_MIN = 1;

constexpr const char *SKEIN_VERSION = "0.1.0";

//! The port of the seed's transcript.
constexpr int DEFAULT_PORT = 8815;

//! Request header that ties a call to a session: 32 hexadecimal digits.
constexpr const char *SESSION_HEADER = "x-skein-session";
//! Request header with the token: "Bearer <token>".
constexpr const char *AUTHORIZATION_HEADER = "authorization";

//! Arrow field metadata: the column's type as DuckDB writes it.
constexpr const char *FIELD_METADATA_TYPE = "duckdb:type";
//! Arrow field metadata: how values lie in the field. Absent: as its Arrow type says.
constexpr const char *FIELD_METADATA_LAYOUT = "skein:layout";
constexpr const char *FIELD_LAYOUT_NATIVE = "native";
constexpr const char *FIELD_LAYOUT_FRAMES = "frames";
//! Metadata of a field of frames, once for each column of the rows in them, each followed by its FIELD_METADATA_TYPE.
constexpr const char *FIELD_METADATA_COLUMN = "skein:column";
//! The newest frames spoken here, and where the number of rows in one ends (docs/frames.md).
constexpr uint32_t FRAME_VERSION = 1;
constexpr int64_t FRAME_ROW_COUNT_END = 8;
//! Arrow field metadata, present where true.
constexpr const char *FIELD_METADATA_NOT_NULL = "skein:not_null";
constexpr const char *FIELD_METADATA_GENERATED = "skein:generated";
constexpr const char *FIELD_METADATA_HAS_DEFAULT = "skein:has_default";
//! The default as SQL text, where it is a constant.
constexpr const char *FIELD_METADATA_DEFAULT = "skein:default";
//! Arrow schema metadata of a table: the estimated row count, and the name it resolved to.
constexpr const char *SCHEMA_METADATA_ESTIMATED_ROWS = "skein:estimated_rows";
constexpr const char *SCHEMA_METADATA_CATALOG = "skein:catalog";
constexpr const char *SCHEMA_METADATA_SCHEMA = "skein:schema";
constexpr const char *SCHEMA_METADATA_TABLE = "skein:table";
//! "table" or "view".
constexpr const char *SCHEMA_METADATA_KIND = "skein:kind";
//! Columns no two rows of the table have alike, as the fields' numbers: "0;1,3" are two such keys. Absent: none.
constexpr const char *SCHEMA_METADATA_UNIQUE_KEYS = "skein:unique_keys";

//! Arrow schema metadata of a stream of rows: the catalog version a DistributedResponse would carry; and, for a
//! statement that was described and not run, "1".
constexpr const char *SCHEMA_METADATA_CATALOG_VERSION = "skein:catalog_version";
constexpr const char *SCHEMA_METADATA_DEFERRED = "skein:deferred";
//! "1" where the rows follow without a wait: a small result that the server has already. Absent: nobody knows.
constexpr const char *SCHEMA_METADATA_COMPLETE = "skein:complete";
//! With SCHEMA_METADATA_DEFERRED: what the statement returns when it is run. Unknown: it becomes several, which decide.
constexpr const char *SCHEMA_METADATA_RETURN_TYPE = "skein:return_type";
constexpr const char *RETURN_TYPE_ROWS = "rows";
constexpr const char *RETURN_TYPE_CHANGED_ROWS = "changed_rows";
constexpr const char *RETURN_TYPE_NOTHING = "nothing";
constexpr const char *RETURN_TYPE_UNKNOWN = "unknown";

//! Arrow schema metadata of a stream that others may join (READ_RESULT): the result's id.
constexpr const char *SCHEMA_METADATA_RESULT = "skein:result";

//! The column a scan with row ids ends in, and an UPDATE_DATA or DELETE_DATA upload starts with.
constexpr const char *ROW_ID_COLUMN = "rowid";

} // namespace skein
