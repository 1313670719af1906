//! What a request says about where its statement works, applied to the engine's connection.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "duckdb/common/types/value.hpp"
#include "protocol/distributed_protocol.hpp"
#include "server/databases.hpp"

namespace duckdb {
class Connection;
} // namespace duckdb

namespace skein {

//! What requests have set on one connection, so that only differences are set again.
struct ConnectionState {
	bool has_path = false;
	//! Of the path.
	std::string database;
	std::vector<std::string> search_path;
	std::map<std::string, std::string> settings;
	//! Of those settings, where they were something else.
	std::map<std::string, duckdb::Value> before;
};

//! Applies `search_path` and `settings` of the request. Throws RequestError: INVALID_REQUEST for a setting that is not
//! mirrored; the engine's error for a value it does not take.
void SetUpConnection(duckdb::Connection &connection, const DatabaseUse &database, const DistributedRequest &request,
                     ConnectionState &state);

} // namespace skein
