#include "codec/variant_check.hpp"

#include <cstring>
#include <string_view>
#include <vector>

#include "codec/bytes_check.hpp"
#include "codec/timestamp_check.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/types/decimal.hpp"
#include "duckdb/common/types/interval.hpp"
#include "duckdb/common/types/variant.hpp"
#include "duckdb/common/types/variant_iterator.hpp"
#include "duckdb/common/vector/list_vector.hpp"
#include "protocol/limits.hpp"

namespace skein {

using duckdb::idx_t;
using duckdb::VariantLogicalType;

namespace {

[[noreturn]] void Refuse(const char *what) {
	throw duckdb::InvalidInputException("A VARIANT value is not valid: %s", what);
}

//! Bytes of a value's data, taken from the front.
class Bytes {
public:
	explicit Bytes(std::string_view rest) : rest(rest) {
	}

	std::string_view Take(uint64_t count) {
		if (count > rest.size()) {
			Refuse("it ends before its data does");
		}
		auto result = rest.substr(0, count);
		rest.remove_prefix(count);
		return result;
	}
	uint32_t TakeVarint() {
		uint64_t result = 0;
		for (uint32_t shift = 0; shift < 35; shift += 7) {
			auto byte = static_cast<unsigned char>(Take(1)[0]);
			result |= static_cast<uint64_t>(byte & 0x7F) << shift;
			if ((byte & 0x80) == 0) {
				if (result > UINT32_MAX) {
					break;
				}
				return static_cast<uint32_t>(result);
			}
		}
		Refuse("a number in it is too large");
	}

private:
	std::string_view rest;
};

uint64_t DecimalBytes(Bytes &bytes) {
	const auto width = bytes.TakeVarint();
	const auto scale = bytes.TakeVarint();
	if (width == 0 || width > duckdb::Decimal::MAX_WIDTH_DECIMAL || scale > width) {
		Refuse("a DECIMAL in it has no such width");
	}
	return width <= 4 ? 2 : width <= 9 ? 4 : width <= 18 ? 8 : 16;
}

//! The size of values that all have the same; 0 for types without bytes.
uint64_t FixedBytes(VariantLogicalType type) {
	switch (type) {
	case VariantLogicalType::VARIANT_NULL:
	case VariantLogicalType::BOOL_TRUE:
	case VariantLogicalType::BOOL_FALSE:
		return 0;
	case VariantLogicalType::INT8:
	case VariantLogicalType::UINT8:
		return 1;
	case VariantLogicalType::INT16:
	case VariantLogicalType::UINT16:
		return 2;
	case VariantLogicalType::INT32:
	case VariantLogicalType::UINT32:
	case VariantLogicalType::FLOAT:
	case VariantLogicalType::DATE:
		return 4;
	case VariantLogicalType::INT128:
	case VariantLogicalType::UINT128:
	case VariantLogicalType::UUID:
	case VariantLogicalType::INTERVAL:
		return 16;
	default:
		return 8;
	}
}

void CheckString(VariantLogicalType type, std::string_view text) {
	switch (type) {
	case VariantLogicalType::VARCHAR:
		if (!duckdb::Value::StringIsValid(text.data(), text.size())) {
			Refuse("a text in it is not UTF-8");
		}
		return;
	case VariantLogicalType::BITSTRING:
		return CheckBit(text);
	case VariantLogicalType::BIGNUM:
		return CheckBignum(text);
	case VariantLogicalType::GEOMETRY:
		return CheckGeometry(text);
	default:
		return;
	}
}

//! The time of day in a value's bytes.
void CheckTime(VariantLogicalType type, std::string_view bytes) {
	uint64_t value;
	std::memcpy(&value, bytes.data(), sizeof(value));
	if (type == VariantLogicalType::TIME_MICROS_TZ) {
		const auto offset = value & duckdb::dtime_tz_t::OFFSET_MASK;
		value >>= duckdb::dtime_tz_t::OFFSET_BITS;
		if (offset > 2 * static_cast<uint64_t>(duckdb::dtime_tz_t::MAX_OFFSET)) {
			Refuse("a time zone in it is out of range");
		}
	}
	const auto day =
	    type == VariantLogicalType::TIME_NANOS ? duckdb::Interval::NANOS_PER_DAY : duckdb::Interval::MICROS_PER_DAY;
	if (value > static_cast<uint64_t>(day)) {
		Refuse("a time in it is out of range");
	}
}

int64_t UnitsPerDay(VariantLogicalType type) {
	using duckdb::Interval;
	switch (type) {
	case VariantLogicalType::TIMESTAMP_SEC:
		return Interval::SECS_PER_DAY;
	case VariantLogicalType::TIMESTAMP_MILIS:
		return Interval::SECS_PER_DAY * Interval::MSECS_PER_SEC;
	case VariantLogicalType::TIMESTAMP_MICROS:
	case VariantLogicalType::TIMESTAMP_MICROS_TZ:
		return Interval::MICROS_PER_DAY;
	default:
		return Interval::NANOS_PER_DAY;
	}
}

void CheckTimestamp(VariantLogicalType type, std::string_view bytes) {
	int64_t value;
	std::memcpy(&value, bytes.data(), sizeof(value));
	if (!IsTimestampInRange(value, UnitsPerDay(type))) {
		Refuse("a timestamp in it is out of range");
	}
}

//! Values of one row, in the order of their numbers: an object's members and an array's elements have higher numbers
//! than it has itself.
class RowCheck {
public:
	RowCheck(const duckdb::UnifiedVariantVectorData &variant, idx_t row, idx_t values_count)
	    : variant(variant), row(row), depths(values_count, 0) {
		depths[0] = 1;
	}

	void Run() {
		for (idx_t i = 0; i < depths.size(); i++) {
			CheckValue(static_cast<uint32_t>(i));
		}
	}

private:
	void CheckValue(uint32_t index) {
		const auto type = variant.GetTypeId(row, index);
		if (type >= VariantLogicalType::ENUM_SIZE) {
			Refuse("it holds a value of no known type");
		}
		auto &blob = variant.GetData(row);
		Bytes bytes(std::string_view(blob.GetData(), blob.GetSize()));
		bytes.Take(variant.GetByteOffset(row, index));
		switch (type) {
		case VariantLogicalType::VARCHAR:
		case VariantLogicalType::BLOB:
		case VariantLogicalType::BITSTRING:
		case VariantLogicalType::BIGNUM:
		case VariantLogicalType::GEOMETRY:
			CheckString(type, bytes.Take(bytes.TakeVarint()));
			return;
		case VariantLogicalType::DECIMAL:
			bytes.Take(DecimalBytes(bytes));
			return;
		case VariantLogicalType::OBJECT:
		case VariantLogicalType::ARRAY:
			CheckChildren(index, type == VariantLogicalType::OBJECT, bytes);
			return;
		case VariantLogicalType::TIMESTAMP_SEC:
		case VariantLogicalType::TIMESTAMP_MILIS:
		case VariantLogicalType::TIMESTAMP_MICROS:
		case VariantLogicalType::TIMESTAMP_MICROS_TZ:
		case VariantLogicalType::TIMESTAMP_NANOS:
		case VariantLogicalType::TIMESTAMP_NANOS_TZ:
			CheckTimestamp(type, bytes.Take(FixedBytes(type)));
			return;
		case VariantLogicalType::TIME_MICROS:
		case VariantLogicalType::TIME_NANOS:
		case VariantLogicalType::TIME_MICROS_TZ:
			CheckTime(type, bytes.Take(FixedBytes(type)));
			return;
		default:
			bytes.Take(FixedBytes(type));
		}
	}

	void CheckChildren(uint32_t index, bool is_object, Bytes &bytes) {
		const uint64_t count = bytes.TakeVarint();
		if (count == 0) {
			return;
		}
		const uint64_t first = bytes.TakeVarint();
		if (first + count > variant.GetChildrenListEntry(row).length) {
			Refuse("it names members that are not there");
		}
		if (depths[index] >= limits::variant_depth_max) {
			Refuse("it is nested too deep (variant_depth_max)");
		}
		// What the engine took out of a larger value keeps the rest of that, which nothing leads to.
		const bool is_reached = depths[index] != 0;
		for (auto i = first; i < first + count; i++) {
			const auto child = variant.GetValuesIndex(row, i);
			if (child >= depths.size()) {
				Refuse("it names members that are not there");
			}
			if (is_reached) {
				// One number for each value, and upwards only: so there are no cycles, and no value is seen twice.
				if (child <= index || depths[child] != 0) {
					Refuse("its members are not a tree");
				}
				depths[child] = depths[index] + 1;
			}
			if (is_object &&
			    (!variant.KeysIndexIsValid(row, i) || variant.GetKeysIndex(row, i) >= variant.GetKeysCount(row))) {
				Refuse("a member in it has no name");
			}
		}
	}

	const duckdb::UnifiedVariantVectorData &variant;
	const idx_t row;
	//! 0: no value holds this one.
	std::vector<uint32_t> depths;
};

//! The lists a row of a VARIANT is made of hold no NULLs but positions of keys.
void RequireValid(const duckdb::UnifiedVectorFormat &format, idx_t begin, idx_t count) {
	if (format.validity.CannotHaveNull()) {
		return;
	}
	for (idx_t i = begin; i < begin + count; i++) {
		if (!format.validity.RowIsValid(format.sel->get_index(i))) {
			Refuse("a part of it is missing");
		}
	}
}

} // namespace

void CheckVariants(const duckdb::Vector &vector, idx_t count) {
	using duckdb::UnifiedVariantVector;
	duckdb::RecursiveUnifiedVectorFormat format;
	duckdb::Vector::RecursiveToUnifiedFormat(vector, format);
	duckdb::UnifiedVariantVectorData variant(format);
	auto &keys = UnifiedVariantVector::GetKeys(format);
	for (idx_t row = 0; row < count; row++) {
		if (!variant.RowIsValid(row)) {
			continue;
		}
		RequireValid(keys, row, 1);
		RequireValid(UnifiedVariantVector::GetChildren(format), row, 1);
		RequireValid(UnifiedVariantVector::GetValues(format), row, 1);
		RequireValid(UnifiedVariantVector::GetData(format), row, 1);
		const auto key_entry = keys.GetData<duckdb::list_entry_t>()[keys.sel->get_index(row)];
		const auto children = variant.GetChildrenListEntry(row);
		const auto values = variant.GetValuesListEntry(row);
		RequireValid(UnifiedVariantVector::GetKeysEntry(format), key_entry.offset, key_entry.length);
		RequireValid(UnifiedVariantVector::GetChildrenValuesIndex(format), children.offset, children.length);
		RequireValid(UnifiedVariantVector::GetValuesTypeId(format), values.offset, values.length);
		RequireValid(UnifiedVariantVector::GetValuesByteOffset(format), values.offset, values.length);
		if (values.length == 0) {
			Refuse("it holds nothing");
		}
		RowCheck(variant, row, values.length).Run();
	}
}

} // namespace skein
