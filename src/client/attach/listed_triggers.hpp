//! The triggers of attached databases in duckdb_triggers(), and nowhere else.
//!
//! DuckDB asks a table for its triggers to list them and to fire them, in one and the same way. Those of a remote table
//! fire on the server, so a table has them only while duckdb_triggers() gathers what it lists: calls of it run inside a
//! function that says so, on the thread that it runs on. Every database is asked once for each call.
#pragma once

#include <functional>

#include "duckdb/catalog/catalog_entry.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/planner/logical_operator.hpp"

namespace skein {

using namespace duckdb;

class ListedTriggers {
public:
	//! Lets calls of duckdb_triggers() in a plan list the triggers of attached databases, too.
	static void TakeFromPlan(LogicalOperator &plan);
	//! Calls back for every trigger of the table, in the order of their names; for none where nobody lists them. The
	//! entries live as long as the statement that lists them.
	static void Scan(ClientContext &context, const TableCatalogEntry &table,
	                 const std::function<void(CatalogEntry &)> &callback);
};

} // namespace skein
