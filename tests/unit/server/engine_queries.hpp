//! Asking an engine in tests.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "duckdb/main/connection.hpp"
#include "server/engine.hpp"

namespace skein {

inline void Execute(duckdb::Connection &connection, const std::string &sql) {
	auto result = connection.Query(sql);
	ASSERT_FALSE(result->HasError()) << sql << ": " << result->GetError();
}

inline void Execute(Engine &engine, const std::string &sql) {
	Execute(*engine.Connect(), sql);
}

//! The one value of a query, as text.
inline std::string Ask(duckdb::Connection &connection, const std::string &sql) {
	auto result = connection.Query(sql);
	if (result->HasError()) {
		return result->GetError();
	}
	auto &rows = result->Collection();
	return rows.Count() == 1 ? rows.GetValue(0, 0).ToString() : std::to_string(rows.Count()) + " rows";
}

inline std::string Ask(Engine &engine, const std::string &sql) {
	return Ask(*engine.Connect(), sql);
}

} // namespace skein
