//! The engine's DatabaseManager.
//!
//! Its header reaches others that name a table of DuckDB's private copy of fmt, which is not installed with them.
//! Nothing here calls the functions that use it.
#pragma once

namespace duckdb_fmt {
namespace internal {

struct data {
	static const char digits[];
};

} // namespace internal
} // namespace duckdb_fmt

#include "duckdb/main/database_manager.hpp"
