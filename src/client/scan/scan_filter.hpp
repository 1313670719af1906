//! Which conditions the server may evaluate, and how they are written for it.
//!
//! A condition is sent only if it means the same on both sides whatever the sessions' settings are: built-in operators
//! and functions of a fixed list, over types whose meaning does not depend on the time zone. All others stay with the
//! client.
#pragma once

#include <string>

#include "duckdb/common/vector.hpp"
#include "duckdb/planner/expression.hpp"

namespace duckdb {
class LogicalGet;
}

namespace skein {

class ScanFilter {
public:
	//! `filter` as SQL over the server's column names, in parentheses; empty where it has to stay.
	static std::string ToSql(duckdb::ClientContext &context, const duckdb::LogicalGet &get,
	                         const duckdb::vector<std::string> &column_names, const duckdb::Expression &filter);
};

} // namespace skein
