//! The one way a name gets into SQL text.
#pragma once

#include <string>

namespace skein {

//! `name` as a quoted SQL identifier: in double quotes, inner ones doubled. Safe for any bytes but NUL, which no DuckDB
//! identifier can hold; callers refuse those before.
std::string QuoteIdentifier(const std::string &name);

//! `value` as a SQL string literal: in single quotes, inner ones doubled.
std::string QuoteLiteral(const std::string &value);

//! catalog.schema.table, each quoted, empty parts left out.
std::string QuoteQualifiedName(const std::string &catalog, const std::string &schema, const std::string &table);

} // namespace skein
