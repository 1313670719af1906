//! Defaults belong to the server: a column left out of an INSERT, or set to DEFAULT, is left to it.
//!
//! DuckDB puts a column's default expression where the user gave no value. For a remote column with a default that
//! expression is a call of our marker function, which the planner of INSERT and UPDATE looks for. Where only some rows
//! take the default, a boolean beside each value says which. Anywhere else the marker is evaluated: to the default if
//! that is a constant, else to an error, so that no default is ever made up by the client.
#pragma once

#include <string>

#include "duckdb/common/optional_idx.hpp"
#include "duckdb/execution/physical_operator.hpp"
#include "duckdb/function/function_set.hpp"
#include "duckdb/parser/parsed_expression.hpp"

namespace duckdb {
class PhysicalPlanGenerator;
} // namespace duckdb

namespace skein {

class RemoteDefault {
public:
	//! The marker as a column's default. Shown as `text`, the expression the server has there, where that is known.
	//! `constant`: the same, if it is one; or null.
	static duckdb::unique_ptr<duckdb::ParsedExpression>
	MakeExpression(const std::string &text = std::string(),
	               duckdb::unique_ptr<duckdb::ParsedExpression> constant = nullptr);
	//! The marker functions, to be registered.
	static duckdb::ScalarFunctionSet GetFunctions();

	//! Whether column `index`, one with a default, is the marker in every row `plan` makes. If so it is replaced by
	//! NULL, which nobody will read.
	static bool TakeColumn(duckdb::ClientContext &context, duckdb::PhysicalOperator &plan, duckdb::idx_t index);
	//! For a column that TakeColumn did not take: adds a boolean to the plan's rows, true in those in which the column
	//! is the marker, and returns its index; the marker is replaced by NULL. Invalid, and nothing changed, where no row
	//! has it, or they are not made by VALUES.
	static duckdb::optional_idx AddFlag(duckdb::PhysicalOperator &plan, duckdb::idx_t index);
	//! Rows of DEFAULT VALUES, all of whose columns were taken: the first column, and a boolean that is true.
	static duckdb::PhysicalOperator &MakeDefaultRows(duckdb::PhysicalPlanGenerator &planner,
	                                                 duckdb::PhysicalOperator &plan);
	//! The column that an expression passes on unchanged but for a cast; invalid where it computes something.
	static duckdb::optional_idx PassedColumn(const duckdb::Expression &expression);
};

} // namespace skein
