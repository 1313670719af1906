//! VACUUM and ANALYZE of a table of an attached database, which run on the server.
//!
//! DuckDB plans them as a scan whose rows go into the statistics of local storage. Once the statement is bound, it is
//! replaced by one that the server runs.
#pragma once

#include "duckdb/planner/planner_extension.hpp"

namespace skein {

class RemoteVacuum {
public:
	static void TakeFromStatement(duckdb::PlannerExtensionInput &input, duckdb::BoundStatement &statement);
};

} // namespace skein
