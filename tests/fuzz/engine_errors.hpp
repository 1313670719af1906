//! Which of the engine's exceptions hostile bytes may cause: all that are about the bytes.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "duckdb/common/error_data.hpp"

namespace skein_fuzz {

//! Ends the program for an exception that no input may cause: an internal error invalidates the database for every
//! client, and one without a DuckDB type was thrown by accident. Call in a catch block.
inline void ExpectRefusal(const std::exception &exception) {
	duckdb::ErrorData error(exception);
	switch (error.Type()) {
	case duckdb::ExceptionType::INTERNAL:
	case duckdb::ExceptionType::FATAL:
	case duckdb::ExceptionType::INVALID:
	case duckdb::ExceptionType::UNKNOWN_TYPE:
	case duckdb::ExceptionType::OUT_OF_MEMORY:
		std::fprintf(stderr, "an exception nobody may see: %s\n", exception.what());
		std::abort();
	default:
		return;
	}
}

} // namespace skein_fuzz
