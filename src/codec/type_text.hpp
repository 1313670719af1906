//! DuckDB types as the text that travels with every Arrow field.
#pragma once

#include <string>

#include "duckdb/common/types.hpp"

namespace skein {

//! The type as DuckDB writes it, with collations, as VARCHAR('nocase'). Names given to types (CREATE TYPE, extensions)
//! are replaced by what they stand for, at every depth, as DuckDB does when a column gets such a type; JSON stays JSON.
//! Throws InvalidInputException for types deeper than type_depth_max.
std::string TypeText(const duckdb::LogicalType &type);

//! The built-in type that text names. Throws InvalidInputException for anything else; the text may be anybody's.
duckdb::LogicalType ParseTypeText(duckdb::ClientContext &context, const std::string &text);

} // namespace skein
