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
	//! May be called from a thread of its own, where the statement parks meanwhile. Throws soon once `is_cancelled`
	//! holds.
	using LongRun = std::function<Rows(ClientContext &, const std::function<bool()> &is_cancelled)>;

	explicit OneShotBindData(std::function<Rows(ClientContext &)> run) : run(std::move(run)) {
	}

	//! For work that may take long.
	static unique_ptr<OneShotBindData> Long(LongRun run) {
		auto result = make_uniq<OneShotBindData>(nullptr);
		result->long_run = std::move(run);
		return result;
	}

	//! Exactly one of the two is set.
	const std::function<Rows(ClientContext &)> run;
	LongRun long_run;
	//! The SQL that will run on the server, for EXPLAIN; empty: none that is worth showing.
	string remote_sql;
	//! The one value it returns is a count of rows.
	bool returns_count = false;

	bool SupportStatementCache() const override {
		return false;
	}
};

//! A function of that name whose bind function returns OneShotBindData.
TableFunction MakeOneShotFunction(const char *name, vector<LogicalType> arguments, table_function_bind_t bind);

} // namespace skein
