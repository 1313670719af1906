//! The values of a prepared statement's parameters, on their way to the server beside the SQL text. Plain values.
#pragma once

#include <string>

#include "duckdb/planner/binder.hpp"

namespace skein {

struct ParameterValues {
	//! As a request carries them; empty where the text has no parameters, or not all have their values.
	std::string encoded;
	//! False while the statement is being prepared: it is bound once more when it is executed.
	bool complete = true;
	//! Set if not complete: the text is a SELECT.
	bool is_select = false;

	//! The values `binder` knows for the parameters that `sql` names; a variable is one, as everywhere in DuckDB.
	//! Throws for a value that cannot be sent.
	static ParameterValues Find(duckdb::ClientContext &context, duckdb::Binder &binder, const std::string &sql);
};

} // namespace skein
