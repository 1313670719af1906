#include "codec/interval_check.hpp"

#include <limits>

#include "duckdb/common/exception.hpp"
#include "duckdb/common/type_visitor.hpp"
#include "duckdb/common/types/interval.hpp"
#include "duckdb/common/vector/array_vector.hpp"
#include "duckdb/common/vector/list_vector.hpp"
#include "duckdb/common/vector/struct_vector.hpp"

namespace skein {

using duckdb::UnifiedVectorFormat;
using duckdb::Vector;

bool HasIntervals(const duckdb::LogicalType &type) {
	return duckdb::TypeVisitor::Contains(type, duckdb::LogicalTypeId::INTERVAL);
}

static void CheckInterval(const duckdb::interval_t &interval, const std::string &column) {
	constexpr auto micros_max = std::numeric_limits<int64_t>::max() / duckdb::Interval::NANOS_PER_MICRO;
	if (interval.micros > micros_max || interval.micros < -micros_max) {
		throw duckdb::InvalidInputException(
		    "INTERVAL %s of column \"%s\" does not fit Arrow's interval type, which counts time in 64 bits of "
		    "nanoseconds, at most 2562047 hours: cast the column to VARCHAR, or ask for native rows",
		    duckdb::Value::INTERVAL(interval).ToString(), column);
	}
}

static void CheckLists(const Vector &vector, const UnifiedVectorFormat &format, RowSelection rows,
                       const std::string &column) {
	auto entries = format.GetData<duckdb::list_entry_t>();
	for (idx_t i = 0; i < rows.count; i++) {
		auto position = format.sel->get_index(rows[i]);
		if (format.validity.RowIsValid(position) && entries[position].length > 0) {
			CheckArrowIntervals(duckdb::ListVector::GetChild(vector),
			                    RowSelection {nullptr, entries[position].offset, entries[position].length}, column);
		}
	}
}

void CheckArrowIntervals(const Vector &vector, RowSelection rows, const std::string &column) {
	if (!HasIntervals(vector.GetType())) {
		return;
	}
	UnifiedVectorFormat format;
	vector.ToUnifiedFormat(format);
	switch (vector.GetType().InternalType()) {
	case duckdb::PhysicalType::INTERVAL:
		for (idx_t i = 0; i < rows.count; i++) {
			auto position = format.sel->get_index(rows[i]);
			if (format.validity.RowIsValid(position)) {
				CheckInterval(format.GetData<duckdb::interval_t>()[position], column);
			}
		}
		return;
	case duckdb::PhysicalType::LIST:
		return CheckLists(vector, format, rows, column);
	case duckdb::PhysicalType::ARRAY: {
		vector.Flatten();
		const auto size = duckdb::ArrayType::GetSize(vector.GetType());
		for (idx_t i = 0; i < rows.count; i++) {
			CheckArrowIntervals(duckdb::ArrayVector::GetChild(vector), RowSelection {nullptr, rows[i] * size, size},
			                    column);
		}
		return;
	}
	case duckdb::PhysicalType::STRUCT:
		for (auto &child : duckdb::StructVector::GetEntries(vector)) {
			CheckArrowIntervals(child, rows, column);
		}
		return;
	default:
		return;
	}
}

} // namespace skein
