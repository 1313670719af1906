//! Arguments of macros in statements that DuckDB could not bind because a remote database is attached.
//!
//! Then DuckDB computes constant parts of a statement before it binds it, and gives each the text it was as its name.
//! A macro takes an argument with a name for one that is given by name: `m(1 + 1)` fails, whosever macro it is. Given
//! by the names of the macro's parameters, arguments keep them.
#pragma once

#include "duckdb/common/error_data.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/parser/sql_statement.hpp"

namespace skein {

class MacroArguments {
public:
	//! Whether the error may come of that.
	static bool MayBeCause(const duckdb::ErrorData &error);
	//! Names the arguments of the statement's macros; false where there was none to be named.
	static bool Name(duckdb::ClientContext &context, duckdb::SQLStatement &statement);
};

} // namespace skein
