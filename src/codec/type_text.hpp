//! DuckDB types as the text that travels with every Arrow field.
#pragma once

#include <string>

#include "duckdb/common/types.hpp"

namespace skein {

//! The type as DuckDB writes it. Names a server gave to types of its own are replaced by what they stand for, at every
//! depth, because the other side does not know them; JSON stays JSON.
std::string TypeText(const duckdb::LogicalType &type);

//! The built-in type that text names. Throws InvalidInputException for anything else.
duckdb::LogicalType ParseTypeText(duckdb::ClientContext &context, const std::string &text);

} // namespace skein
