//! Requests and responses, and their bytes. distributed_protocol.proto is the contract; this is its C++ side.
//!
//! Plain values, no shared state: any thread may use its own. Needs neither DuckDB nor Arrow, so that any client can be
//! built on it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/catalog_description.hpp"
#include "protocol/version.hpp"

namespace skein {

//! Values are those of the .proto. Do not change.
enum class RequestType : uint32_t {
	UNSPECIFIED = 0,
	EXECUTE_SQL = 1,
	CREATE_TABLE = 2,
	DROP_TABLE = 3,
	INSERT_DATA = 4,
	SCAN_TABLE = 5,
	DELETE_DATA = 6,
	TABLE_EXISTS = 7,
	UPDATE_DATA = 8,
	OPEN_SESSION = 16,
	CLOSE_SESSION = 17,
	BEGIN_TRANSACTION = 18,
	COMMIT_TRANSACTION = 19,
	ROLLBACK_TRANSACTION = 20,
	HEARTBEAT = 21,
	STATISTICS = 22,
	CATALOG = 23,
	DROP_DATABASE = 24,
	READ_RESULT = 25
};

//! "EXECUTE_SQL", ...: also the name of the Flight action that carries it. Empty for a value that is none.
const char *RequestTypeName(RequestType type);
//! The type of that name, exactly spelled; UNSPECIFIED where there is none.
RequestType RequestTypeFromName(std::string_view name);

//! Values are those of the .proto. Do not change.
enum class ErrorCategory : uint32_t {
	UNSPECIFIED = 0,
	ENGINE_ERROR = 1,
	TABLE_NOT_FOUND = 2,
	INVALID_REQUEST = 3,
	UNSUPPORTED_VERSION = 4,
	NOT_AUTHENTICATED = 5,
	NOT_PERMITTED = 6,
	SESSION_NOT_FOUND = 7,
	SERVER_UNAVAILABLE = 8,
	LIMIT_REACHED = 9,
	CANCELLED = 10,
	OUTCOME_UNKNOWN = 11,
	CATALOG_CHANGED = 12
};

//! Thrown by the decoders; the message names the field and what is wrong with it.
class MalformedMessage : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

//! How frames are made smaller for slow links. AUTO: as far as the link turns out to be slower than the work.
enum class RowCompression : uint32_t { NONE = 0, LZ4 = 1, ZSTD = 2, AUTO = 3 };

struct RemoteColumnDefinition {
	std::string name;
	//! As DuckDB writes types.
	std::string type;
	bool not_null = false;
	//! SQL; empty: none.
	std::string default_expression;

	bool operator==(const RemoteColumnDefinition &) const = default;
};

//! A request. Fields a type does not use stay at their defaults.
struct DistributedRequest {
	RequestType type = RequestType::UNSPECIFIED;
	std::string sql;
	std::string table_name;
	//! Absent: all rows. 0: none.
	std::optional<uint64_t> limit;
	uint64_t offset = 0;
	uint32_t protocol_version = PROTOCOL_VERSION;
	std::string schema_name;
	std::string catalog_name;
	std::vector<std::string> columns;
	std::string filter;
	bool with_row_id = false;
	bool no_columns = false;
	//! An Arrow IPC schema message.
	std::string row_schema;
	std::vector<RemoteColumnDefinition> column_definitions;
	bool if_exists = false;
	bool if_not_exists = false;
	//! Empty or 16 bytes.
	std::string insert_id;
	uint64_t transaction_id = 0;
	std::vector<std::string> default_columns;
	std::string client_version;
	std::string database;
	bool create_database = false;
	std::vector<std::string> search_path;
	std::map<std::string, std::string> settings;
	std::vector<CatalogEntryName> entries;
	uint64_t in_full_count_max = 0;
	uint64_t catalog_version = 0;
	bool describe_writes = false;
	//! An Arrow IPC stream of one row.
	std::string parameters;
	bool native_rows = false;
	std::vector<std::string> returning_columns;
	//! The newest frames the client reads. 0: none.
	uint32_t frame_version = 0;
	RowCompression compression = RowCompression::NONE;
	bool shares_result = false;
	std::string result_id;
	uint64_t readers_count = 0;

	std::string Encode() const;
	//! Checks form only: wire types, numbers' ranges, UTF-8 of names and text (none may hold NUL), insert_id's length,
	//! counts within limits. A type nobody here knows is kept: the server refuses it by number. Allocates in proportion
	//! to the bytes there are, never to a length they claim. Throws MalformedMessage. An empty message is a request of
	//! type UNSPECIFIED; a missing version reads as 0.
	static DistributedRequest Decode(std::string_view bytes);

	bool operator==(const DistributedRequest &) const = default;
};

//! An error as it travels. `message` is without DuckDB's "Catalog Error: ".
struct DistributedError {
	ErrorCategory category = ErrorCategory::UNSPECIFIED;
	std::string exception_type;
	std::string message;
	std::map<std::string, std::string> extra_info;

	//! Cuts the message to what fits into gRPC's headers (limits.hpp), at a UTF-8 boundary, and leaves out the entries
	//! of extra information that do not fit whole. What is not UTF-8 text becomes '?'.
	std::string Encode() const;
	static DistributedError Decode(std::string_view bytes);

	bool operator==(const DistributedError &) const = default;
};

//! Counters; see the .proto.
struct DistributedStatistics {
	uint64_t statements = 0;
	uint64_t round_trips = 0;
	uint64_t bytes_sent = 0;
	uint64_t bytes_received = 0;
	uint64_t rows_sent = 0;
	uint64_t rows_received = 0;
	uint64_t active_statements = 0;
	uint64_t sessions = 0;
	uint64_t rows_produced = 0;

	bool operator==(const DistributedStatistics &) const = default;
};

//! The answer to an action or an upload. Failures arrive as a failed Flight call that carries a DistributedError
//! (errors.hpp); a client library turns those into a response with success == false.
struct DistributedResponse {
	bool success = false;
	std::string error_message;
	uint64_t rows_affected = 0;
	bool exists = false;
	std::optional<DistributedError> error;
	std::string session_id;
	uint64_t lease_milliseconds = 0;
	uint64_t transaction_id = 0;
	std::optional<DistributedStatistics> server_statistics;
	std::optional<DistributedStatistics> session_statistics;
	uint32_t protocol_version = 0;
	std::string server_version;
	std::string engine_version;
	std::optional<CatalogDescription> catalog;
	uint64_t catalog_version = 0;

	std::string Encode() const;
	//! As DistributedRequest::Decode.
	static DistributedResponse Decode(std::string_view bytes);

	bool operator==(const DistributedResponse &) const = default;
};

} // namespace skein
