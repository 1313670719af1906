#include "codec/row_sizes.hpp"

#include "duckdb/common/types/string_type.hpp"
#include "duckdb/common/vector/array_vector.hpp"
#include "duckdb/common/vector/dictionary_vector.hpp"
#include "duckdb/common/vector/list_vector.hpp"
#include "duckdb/common/vector/struct_vector.hpp"
#include "protocol/limits.hpp"

namespace skein {

using duckdb::LogicalType;
using duckdb::PhysicalType;
using duckdb::UnifiedVectorFormat;
using duckdb::Vector;

//! A bound on one column's rows that is more than this part of a batch is not close enough.
static constexpr uint64_t BOUNDED_SHARE = 64;

//! What a value takes besides its text and elements.
static uint64_t FixedBytes(const LogicalType &type) {
	switch (type.InternalType()) {
	case PhysicalType::VARCHAR:
		return 2 * sizeof(int32_t);
	case PhysicalType::LIST:
		return sizeof(int32_t);
	case PhysicalType::ARRAY:
		return duckdb::ArrayType::GetSize(type) * FixedBytes(duckdb::ArrayType::GetChildType(type));
	case PhysicalType::STRUCT: {
		uint64_t bytes = 0;
		for (auto &child : duckdb::StructType::GetChildTypes(type)) {
			bytes += FixedBytes(child.second);
		}
		return bytes;
	}
	default:
		return duckdb::GetTypeIdSize(type.InternalType());
	}
}

static bool IsVariable(const LogicalType &type) {
	switch (type.InternalType()) {
	case PhysicalType::VARCHAR:
	case PhysicalType::LIST:
		return true;
	case PhysicalType::ARRAY:
		return IsVariable(duckdb::ArrayType::GetChildType(type));
	case PhysicalType::STRUCT:
		for (auto &child : duckdb::StructType::GetChildTypes(type)) {
			if (IsVariable(child.second)) {
				return true;
			}
		}
		return false;
	default:
		return false;
	}
}

static uint64_t MeasureVector(const Vector &vector, RowSelection rows, uint64_t *each);

static uint64_t MeasureText(const UnifiedVectorFormat &format, RowSelection rows, uint64_t *each) {
	auto texts = UnifiedVectorFormat::GetData<duckdb::string_t>(format);
	uint64_t total = 0;
	if (!each && !format.sel->IsSet() && !rows.positions && format.validity.CannotHaveNull()) {
		for (idx_t i = 0; i < rows.count; i++) {
			total += texts[rows.begin + i].GetSize();
		}
		return total;
	}
	for (idx_t i = 0; i < rows.count; i++) {
		auto position = format.sel->get_index(rows[i]);
		if (format.validity.RowIsValid(position)) {
			auto bytes = texts[position].GetSize();
			total += bytes;
			if (each) {
				each[i] += bytes;
			}
		}
	}
	return total;
}

static uint64_t MeasureLists(const Vector &vector, const UnifiedVectorFormat &format, RowSelection rows,
                             uint64_t *each) {
	auto &child = duckdb::ListVector::GetChild(vector);
	const auto element_bytes = FixedBytes(child.GetType());
	const bool is_variable = IsVariable(child.GetType());
	auto entries = UnifiedVectorFormat::GetData<duckdb::list_entry_t>(format);
	uint64_t total = 0;
	for (idx_t i = 0; i < rows.count; i++) {
		auto position = format.sel->get_index(rows[i]);
		if (!format.validity.RowIsValid(position)) {
			continue;
		}
		auto &entry = entries[position];
		auto bytes = entry.length * element_bytes;
		if (is_variable && entry.length > 0) {
			bytes += MeasureVector(child, RowSelection {nullptr, entry.offset, entry.length}, nullptr);
		}
		total += bytes;
		if (each) {
			each[i] += bytes;
		}
	}
	return total;
}

static uint64_t MeasureArrays(const Vector &vector, RowSelection rows, uint64_t *each) {
	vector.Flatten();
	auto &child = duckdb::ArrayVector::GetChild(vector);
	const auto size = duckdb::ArrayType::GetSize(vector.GetType());
	uint64_t total = 0;
	for (idx_t i = 0; i < rows.count; i++) {
		auto bytes = MeasureVector(child, RowSelection {nullptr, rows[i] * size, size}, nullptr);
		total += bytes;
		if (each) {
			each[i] += bytes;
		}
	}
	return total;
}

//! Text and elements only: what FixedBytes does not count.
static uint64_t MeasureVector(const Vector &vector, RowSelection rows, uint64_t *each) {
	auto &type = vector.GetType();
	if (!IsVariable(type)) {
		return 0;
	}
	if (type.InternalType() == PhysicalType::ARRAY) {
		return MeasureArrays(vector, rows, each);
	}
	UnifiedVectorFormat format;
	vector.ToUnifiedFormat(format);
	switch (type.InternalType()) {
	case PhysicalType::VARCHAR:
		return MeasureText(format, rows, each);
	case PhysicalType::LIST:
		return MeasureLists(vector, format, rows, each);
	default: {
		uint64_t total = 0;
		for (auto &child : duckdb::StructVector::GetEntries(vector)) {
			total += MeasureVector(child, rows, each);
		}
		return total;
	}
	}
}

RowSizes::RowSizes(const duckdb::vector<LogicalType> &types) {
	for (idx_t i = 0; i < types.size(); i++) {
		fixed_bytes += FixedBytes(types[i]);
		if (IsVariable(types[i])) {
			variable_columns.push_back(i);
		}
	}
}

uint64_t RowSizes::Measure(const duckdb::DataChunk &chunk, RowSelection rows) const {
	auto bytes = fixed_bytes * rows.count;
	for (auto column : variable_columns) {
		bytes += MeasureVector(chunk.data[column], rows, nullptr);
	}
	return bytes;
}

std::optional<uint64_t> DictionaryBounds::Bound(idx_t column, const Vector &vector, idx_t count) {
	if (vector.GetVectorType() != duckdb::VectorType::DICTIONARY_VECTOR ||
	    vector.GetType().InternalType() != PhysicalType::VARCHAR) {
		return std::nullopt;
	}
	auto &id = duckdb::DictionaryVector::DictionaryId(vector);
	const auto size = duckdb::DictionaryVector::DictionarySize(vector);
	if (id.empty() || !size.IsValid()) {
		return std::nullopt;
	}
	auto &known = columns[column];
	if (known.id != id) {
		known.id = id;
		known.longest = 0;
		UnifiedVectorFormat format;
		duckdb::DictionaryVector::Child(vector).ToUnifiedFormat(format);
		auto texts = UnifiedVectorFormat::GetData<duckdb::string_t>(format);
		for (idx_t i = 0; i < size.GetIndex(); i++) {
			const auto position = format.sel->get_index(i);
			if (format.validity.RowIsValid(position)) {
				known.longest = duckdb::MaxValue<uint64_t>(known.longest, texts[position].GetSize());
			}
		}
	}
	return known.longest * count;
}

uint64_t RowSizes::Bound(const duckdb::DataChunk &chunk, RowSelection rows, DictionaryBounds &dictionaries) const {
	auto bytes = fixed_bytes * rows.count;
	for (auto column : variable_columns) {
		auto bound = dictionaries.Bound(column, chunk.data[column], rows.count);
		const bool is_close = bound && *bound <= limits::batch_bytes_max / BOUNDED_SHARE;
		bytes += is_close ? *bound : MeasureVector(chunk.data[column], rows, nullptr);
	}
	return bytes;
}

std::vector<uint64_t> RowSizes::MeasureEach(const duckdb::DataChunk &chunk, RowSelection rows) const {
	std::vector<uint64_t> result(rows.count, fixed_bytes);
	for (auto column : variable_columns) {
		MeasureVector(chunk.data[column], rows, result.data());
	}
	return result;
}

} // namespace skein
