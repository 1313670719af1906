//! What a statement will do and return, found out without running it; with values for its parameters.
#pragma once

#include <string>

#include "duckdb/main/client_context.hpp"
#include "duckdb/planner/bound_parameter_map.hpp"

namespace skein {

using StatementParameters = duckdb::identifier_map_t<duckdb::BoundParameterData>;

struct BoundStatement {
	duckdb::vector<duckdb::LogicalType> types;
	duckdb::vector<duckdb::Identifier> names;
	duckdb::StatementReturnType return_type = duckdb::StatementReturnType::QUERY_RESULT;
	//! It expands into several statements; what it returns is known only once it runs.
	bool is_deferred = false;
	//! A SELECT that changes nothing: no row, no sequence, no state of the engine.
	bool is_plain_read = false;
};

//! Throws INVALID_REQUEST naming parameters of the statement without a value, and values without a parameter.
void CheckParameters(const duckdb::SQLStatement &statement, const StatementParameters &parameters);

//! Binds a copy of the statement in the context's transaction, which an error leaves as it is. Throws DuckDB
//! exceptions.
BoundStatement Bind(duckdb::ClientContext &context, const duckdb::SQLStatement &statement,
                    const StatementParameters &parameters);

//! The values of an Arrow IPC stream with one row: a column named "1" is that of $1, "name" that of $name. None for no
//! bytes. The bytes are a client's: throws INVALID_REQUEST, and DuckDB exceptions of the decoder.
StatementParameters DecodeParameters(duckdb::ClientContext &context, const std::string &bytes);

} // namespace skein
