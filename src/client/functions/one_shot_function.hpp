//! Table functions that do one thing when they are executed and return what came of it. Binding, PREPARE and EXPLAIN do
//! nothing.
#pragma once

#include <functional>

#include "duckdb/function/table_function.hpp"

namespace skein {

using namespace duckdb;

//! Made by a bind function: the columns' values are made by `run` once, on execution.
struct OneShotBindData : public TableFunctionData {
	using Rows = vector<vector<Value>>;

	explicit OneShotBindData(std::function<Rows(ClientContext &)> run) : run(std::move(run)) {
	}

	const std::function<Rows(ClientContext &)> run;

	bool SupportStatementCache() const override {
		return false;
	}
};

//! A function of that name whose bind function returns OneShotBindData.
TableFunction MakeOneShotFunction(const char *name, vector<LogicalType> arguments, table_function_bind_t bind);

} // namespace skein
