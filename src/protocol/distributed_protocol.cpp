#include "protocol/distributed_protocol.hpp"

namespace skein {

namespace {

struct RequestTypeEntry {
	RequestType type;
	const char *name;
};

constexpr RequestTypeEntry REQUEST_TYPES[] = {
    {RequestType::EXECUTE_SQL, "EXECUTE_SQL"},
    {RequestType::CREATE_TABLE, "CREATE_TABLE"},
    {RequestType::DROP_TABLE, "DROP_TABLE"},
    {RequestType::INSERT_DATA, "INSERT_DATA"},
    {RequestType::SCAN_TABLE, "SCAN_TABLE"},
    {RequestType::DELETE_DATA, "DELETE_DATA"},
    {RequestType::TABLE_EXISTS, "TABLE_EXISTS"},
    {RequestType::UPDATE_DATA, "UPDATE_DATA"},
    {RequestType::OPEN_SESSION, "OPEN_SESSION"},
    {RequestType::CLOSE_SESSION, "CLOSE_SESSION"},
    {RequestType::BEGIN_TRANSACTION, "BEGIN_TRANSACTION"},
    {RequestType::COMMIT_TRANSACTION, "COMMIT_TRANSACTION"},
    {RequestType::ROLLBACK_TRANSACTION, "ROLLBACK_TRANSACTION"},
    {RequestType::HEARTBEAT, "HEARTBEAT"},
    {RequestType::STATISTICS, "STATISTICS"},
    {RequestType::CATALOG, "CATALOG"},
    {RequestType::DROP_DATABASE, "DROP_DATABASE"},
    {RequestType::READ_RESULT, "READ_RESULT"},
};

} // namespace

const char *RequestTypeName(RequestType type) {
	for (auto &entry : REQUEST_TYPES) {
		if (entry.type == type) {
			return entry.name;
		}
	}
	return "";
}

RequestType RequestTypeFromName(std::string_view name) {
	for (auto &entry : REQUEST_TYPES) {
		if (name == entry.name) {
			return entry.type;
		}
	}
	return RequestType::UNSPECIFIED;
}

} // namespace skein
