//! The engine's internal errors about what came from elsewhere: refusals of it, not failures of the engine.
#pragma once

#include "duckdb/common/error_data.hpp"
#include "duckdb/common/exception.hpp"

namespace skein {

//! Runs `work`, which lets the engine look at foreign schemas or rows, and returns what it does. An internal error in
//! it is thrown as InvalidInputException: as it is, it would invalidate the database for every client.
template <class WORK>
auto RefuseInternalErrors(WORK work) {
	try {
		return work();
	} catch (const duckdb::InternalException &exception) {
		throw duckdb::InvalidInputException("The rows cannot be read: %s", duckdb::ErrorData(exception).RawMessage());
	}
}

} // namespace skein
