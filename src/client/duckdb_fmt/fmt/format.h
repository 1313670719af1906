//! DuckDB's installed headers include its private copy of fmt, which is not installed with them. Of it, their inline
//! functions name only this table. The extension calls none of those functions, so nothing refers to it when linked. First
//! in the include path of the extension's sources only.
#pragma once

namespace duckdb_fmt {
namespace internal {

struct data {
	static const char digits[];
};

} // namespace internal
} // namespace duckdb_fmt
