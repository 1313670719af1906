//! nextval, currval and setval of a sequence that lives in an attached database: the server draws the values.
//!
//! DuckDB binds such a call to its own function, which counts in local storage. Once a statement is bound, calls on
//! remote sequences are replaced by a function that asks the server, once for each vector of rows.
#pragma once

#include "duckdb/function/scalar_function.hpp"
#include "duckdb/planner/planner_extension.hpp"

namespace skein {

class RemoteSequence {
public:
	//! The function that asks.
	static duckdb::ScalarFunction GetFunction();
	//! The function that sets.
	static duckdb::ScalarFunction GetSetFunction();
	//! Replaces the calls of a bound statement.
	static void TakeFromPlan(duckdb::PlannerExtensionInput &input, duckdb::BoundStatement &statement);
	//! The same for a plan.
	static void TakeFromOperator(duckdb::ClientContext &context, duckdb::LogicalOperator &plan);
};

} // namespace skein
