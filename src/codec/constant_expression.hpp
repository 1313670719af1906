//! Expressions that are the same value whoever evaluates them, and when: literals and casts of them.
#pragma once

#include <string>

#include "duckdb/common/unique_ptr.hpp"
#include "duckdb/parser/parsed_expression.hpp"

namespace skein {

//! Whether the expression is a literal, with or without a sign, or a cast of one to a type that every database has.
bool IsConstantExpression(const duckdb::ParsedExpression &expression);

//! The constant expression that text holds, null where it holds anything else.
duckdb::unique_ptr<duckdb::ParsedExpression> ParseConstantExpression(const std::string &text);

} // namespace skein
