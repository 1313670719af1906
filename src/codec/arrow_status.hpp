//! Arrow's failures as DuckDB's exceptions.
#pragma once

#include <utility>

#include <arrow/result.h>
#include <arrow/status.h>

#include "duckdb/common/exception.hpp"

namespace skein {

//! Arrow's failures in conversions are about the data at hand: the user's to know.
inline void ThrowIfNotOk(const arrow::Status &status, const char *doing) {
	if (!status.ok()) {
		throw duckdb::InvalidInputException("Arrow failed while %s: %s", doing, status.message());
	}
}

template <class T>
T ValueOrThrow(arrow::Result<T> result, const char *doing) {
	ThrowIfNotOk(result.status(), doing);
	return std::move(result).ValueUnsafe();
}

} // namespace skein
