#include "codec/value_check.hpp"

#include "codec/bytes_check.hpp"
#include "codec/timestamp_check.hpp"
#include "codec/variant_check.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/types/datetime.hpp"
#include "duckdb/common/types/interval.hpp"
#include "duckdb/common/vector/array_vector.hpp"
#include "duckdb/common/vector/list_vector.hpp"
#include "duckdb/common/vector/map_vector.hpp"
#include "duckdb/common/vector/struct_vector.hpp"
#include "duckdb/common/vector/union_vector.hpp"

namespace skein {

using duckdb::InvalidInputException;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::UnifiedVectorFormat;
using duckdb::Vector;

bool NeedsValueCheck(const LogicalType &type) {
	switch (type.id()) {
	case LogicalTypeId::BOOLEAN:
	case LogicalTypeId::ENUM:
	case LogicalTypeId::TIME:
	case LogicalTypeId::TIME_NS:
	case LogicalTypeId::TIME_TZ:
	case LogicalTypeId::TIMESTAMP_SEC:
	case LogicalTypeId::TIMESTAMP_MS:
	case LogicalTypeId::TIMESTAMP:
	case LogicalTypeId::TIMESTAMP_TZ:
	case LogicalTypeId::TIMESTAMP_NS:
	case LogicalTypeId::TIMESTAMP_TZ_NS:
	case LogicalTypeId::BIT:
	case LogicalTypeId::BIGNUM:
	case LogicalTypeId::GEOMETRY:
	case LogicalTypeId::UNION:
	case LogicalTypeId::MAP:
	case LogicalTypeId::VARIANT:
		return true;
	case LogicalTypeId::LIST:
		return NeedsValueCheck(duckdb::ListType::GetChildType(type));
	case LogicalTypeId::ARRAY:
		return NeedsValueCheck(duckdb::ArrayType::GetChildType(type));
	case LogicalTypeId::STRUCT:
	case LogicalTypeId::TUPLE:
		for (auto &child : duckdb::StructType::GetChildTypes(type)) {
			if (NeedsValueCheck(child.second)) {
				return true;
			}
		}
		return false;
	default:
		return false;
	}
}

//! Calls check with every value that is not NULL.
template <class T, class CHECK>
static void ForEachValue(const Vector &vector, idx_t count, CHECK &&check) {
	UnifiedVectorFormat format;
	vector.ToUnifiedFormat(format);
	auto values = reinterpret_cast<const T *>(format.data);
	for (idx_t i = 0; i < count; i++) {
		auto position = format.sel->get_index(i);
		if (format.validity.RowIsValid(position)) {
			check(values[position]);
		}
	}
}

template <class T>
static void CheckRange(const Vector &vector, idx_t count, T max) {
	ForEachValue<T>(vector, count, [&](T value) {
		if (value < 0 || value > max) {
			throw InvalidInputException("A value of type %s is out of range: %d", vector.GetType().ToString(), value);
		}
	});
}

template <class T>
static void CheckPositions(const Vector &vector, idx_t count) {
	const auto size = duckdb::EnumType::GetSize(vector.GetType());
	ForEachValue<T>(vector, count, [&](T position) {
		if (position >= size) {
			throw InvalidInputException("An ENUM of %d values has none at position %d", size, position);
		}
	});
}

static void CheckEnums(const Vector &vector, idx_t count) {
	switch (vector.GetType().InternalType()) {
	case duckdb::PhysicalType::UINT8:
		return CheckPositions<uint8_t>(vector, count);
	case duckdb::PhysicalType::UINT16:
		return CheckPositions<uint16_t>(vector, count);
	default:
		return CheckPositions<uint32_t>(vector, count);
	}
}

static void CheckTimesWithZone(const Vector &vector, idx_t count) {
	using duckdb::dtime_tz_t;
	ForEachValue<uint64_t>(vector, count, [](uint64_t bits) {
		if (bits >> dtime_tz_t::OFFSET_BITS > static_cast<uint64_t>(duckdb::Interval::MICROS_PER_DAY) ||
		    (bits & dtime_tz_t::OFFSET_MASK) > 2 * static_cast<uint64_t>(dtime_tz_t::MAX_OFFSET)) {
			throw InvalidInputException("A value of type TIME WITH TIME ZONE is out of range");
		}
	});
}

static void CheckTimestamps(const Vector &vector, idx_t count, int64_t units_per_day) {
	ForEachValue<int64_t>(vector, count, [&](int64_t value) {
		if (!IsTimestampInRange(value, units_per_day)) {
			throw InvalidInputException("A value of type %s is out of range: %d", vector.GetType().ToString(), value);
		}
	});
}

template <class CHECK>
static void CheckBytes(const Vector &vector, idx_t count, CHECK &&check) {
	ForEachValue<duckdb::string_t>(vector, count, [&](const duckdb::string_t &value) {
		check(std::string_view(value.GetData(), value.GetSize()));
	});
}

static void CheckUnions(const Vector &vector, idx_t count) {
	using duckdb::UnionVector;
	// The engine asks for a vector it could change, and does not.
	auto reason = UnionVector::CheckUnionValidity(const_cast<Vector &>(vector), count);
	if (reason != duckdb::UnionInvalidReason::VALID) {
		throw InvalidInputException("A UNION value does not have exactly the member its tag names");
	}
}

//! Keys of maps that are there: the engine keeps a NULL key for a map that is NULL, as an absent member of a UNION is.
static void CheckKeys(const Vector &vector, idx_t count) {
	UnifiedVectorFormat keys;
	duckdb::MapVector::GetKeys(vector).ToUnifiedFormat(keys);
	if (keys.validity.CannotHaveNull()) {
		return;
	}
	ForEachValue<duckdb::list_entry_t>(vector, count, [&](const duckdb::list_entry_t &entry) {
		for (idx_t i = entry.offset; i < entry.offset + entry.length; i++) {
			if (!keys.validity.RowIsValid(keys.sel->get_index(i))) {
				throw InvalidInputException("Keys of a MAP can not be NULL");
			}
		}
	});
}

static void CheckChildren(const Vector &vector, idx_t count) {
	switch (vector.GetType().InternalType()) {
	case duckdb::PhysicalType::LIST:
		return CheckValues(duckdb::ListVector::GetChild(vector), duckdb::ListVector::GetListSize(vector));
	case duckdb::PhysicalType::ARRAY:
		return CheckValues(duckdb::ArrayVector::GetChild(vector), count * duckdb::ArrayType::GetSize(vector.GetType()));
	case duckdb::PhysicalType::STRUCT:
		for (auto &child : duckdb::StructVector::GetEntries(vector)) {
			CheckValues(child, count);
		}
		return;
	default:
		return;
	}
}

void CheckValues(const Vector &vector, idx_t count) {
	if (!NeedsValueCheck(vector.GetType())) {
		return;
	}
	switch (vector.GetType().id()) {
	case LogicalTypeId::BOOLEAN:
		return CheckRange<uint8_t>(vector, count, 1);
	case LogicalTypeId::ENUM:
		return CheckEnums(vector, count);
	case LogicalTypeId::TIME:
		return CheckRange<int64_t>(vector, count, duckdb::Interval::MICROS_PER_DAY);
	case LogicalTypeId::TIME_NS:
		return CheckRange<int64_t>(vector, count, duckdb::Interval::NANOS_PER_DAY);
	case LogicalTypeId::TIME_TZ:
		return CheckTimesWithZone(vector, count);
	case LogicalTypeId::TIMESTAMP_SEC:
		return CheckTimestamps(vector, count, duckdb::Interval::SECS_PER_DAY);
	case LogicalTypeId::TIMESTAMP_MS:
		return CheckTimestamps(vector, count, duckdb::Interval::SECS_PER_DAY * duckdb::Interval::MSECS_PER_SEC);
	case LogicalTypeId::TIMESTAMP:
	case LogicalTypeId::TIMESTAMP_TZ:
		return CheckTimestamps(vector, count, duckdb::Interval::MICROS_PER_DAY);
	case LogicalTypeId::TIMESTAMP_NS:
	case LogicalTypeId::TIMESTAMP_TZ_NS:
		return CheckTimestamps(vector, count, duckdb::Interval::NANOS_PER_DAY);
	case LogicalTypeId::BIT:
		return CheckBytes(vector, count, CheckBit);
	case LogicalTypeId::BIGNUM:
		return CheckBytes(vector, count, CheckBignum);
	case LogicalTypeId::GEOMETRY:
		return CheckBytes(vector, count, CheckGeometry);
	case LogicalTypeId::VARIANT:
		return CheckVariants(vector, count);
	case LogicalTypeId::UNION:
		CheckUnions(vector, count);
		break;
	case LogicalTypeId::MAP:
		CheckKeys(vector, count);
		break;
	default:
		break;
	}
	CheckChildren(vector, count);
}

} // namespace skein
