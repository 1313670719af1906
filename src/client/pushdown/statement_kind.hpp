//! What a statement gives to its user, known from its text alone.
#pragma once

#include <cstdint>

#include "duckdb/parser/query_node.hpp"
#include "duckdb/parser/sql_statement.hpp"

namespace skein {

enum class RemoteStatementKind : uint8_t {
	ROWS,
	CHANGED_ROWS,
	//! CREATE: no row, under the name of a count.
	NOTHING,
	//! DROP, ALTER and other commands: no row, under the name of a success.
	SUCCESS
};

RemoteStatementKind KindOf(const duckdb::QueryNode &node);
RemoteStatementKind KindOf(const duckdb::SQLStatement &statement);

} // namespace skein
