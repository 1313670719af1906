//! Whether timestamps from elsewhere are such as DuckDB makes.
#pragma once

#include <cstdint>
#include <limits>

#include "duckdb/common/types/interval.hpp"

namespace skein {

//! A timestamp's day must begin within 64 bits of microseconds (of nanoseconds, for types of these), and seconds and
//! milliseconds must fit microseconds: where not, the engine takes its own failure to convert the value for a fault and
//! closes the database. Infinities are the outermost values.
inline bool IsTimestampInRange(int64_t value, int64_t units_per_day) {
	constexpr auto infinity = std::numeric_limits<int64_t>::max();
	const auto counted_per_day =
	    units_per_day > duckdb::Interval::MICROS_PER_DAY ? units_per_day : duckdb::Interval::MICROS_PER_DAY;
	const auto multiplier = counted_per_day / units_per_day;
	const auto first_day = -(infinity / counted_per_day) * counted_per_day;
	return value == infinity || value == -infinity ||
	       (value <= infinity / multiplier && value >= first_day / multiplier);
}

} // namespace skein
