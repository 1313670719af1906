#include "codec/native_decoder.hpp"

#include <cstring>

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/util/bitmap_ops.h>
#include <arrow/util/ubsan.h>

#include "duckdb/common/types/string_type.hpp"
#include "duckdb/common/vector/array_vector.hpp"
#include "duckdb/common/vector/flat_vector.hpp"
#include "duckdb/common/vector/list_vector.hpp"
#include "duckdb/common/vector/struct_vector.hpp"

namespace skein {

using arrow::ArrayData;
using duckdb::FlatVector;
using duckdb::PhysicalType;
using duckdb::Vector;

namespace {

//! Lets a vector keep the memory it points into.
struct BatchHolder : public duckdb::AuxiliaryDataHolder {
	explicit BatchHolder(std::shared_ptr<arrow::RecordBatch> batch) : batch(std::move(batch)) {
	}
	const std::shared_ptr<arrow::RecordBatch> batch;
};

using Batch = std::shared_ptr<arrow::RecordBatch>;

void Keep(Vector &vector, const Batch &batch) {
	vector.BufferMutable().AddAuxiliaryData(duckdb::make_uniq<BatchHolder>(batch));
}

//! `first` counts from the beginning of the buffers.
void ReadValidity(const ArrayData &data, idx_t first, idx_t count, Vector &result) {
	if (count == 0 || !data.buffers[0] || data.GetNullCount() == 0) {
		return;
	}
	auto &validity = FlatVector::ValidityMutable(result);
	validity.EnsureWritable();
	arrow::internal::CopyBitmap(data.buffers[0]->data(), static_cast<int64_t>(first), static_cast<int64_t>(count),
	                            reinterpret_cast<uint8_t *>(validity.GetData()), 0);
}

int32_t OffsetAt(const ArrayData &data, idx_t index) {
	// Received memory lies as it came.
	return arrow::util::SafeLoadAs<int32_t>(data.buffers[1]->data() + index * sizeof(int32_t));
}

void ReadFixed(const ArrayData &data, idx_t first, idx_t count, Vector &result, const Batch &batch) {
	if (count == 0) {
		return;
	}
	const auto width = duckdb::GetTypeIdSize(result.GetType().InternalType());
	auto source = data.buffers[1]->data() + first * width;
	const auto alignment = duckdb::MinValue<idx_t>(width, sizeof(uint64_t));
	if (reinterpret_cast<uintptr_t>(source) % alignment == 0) {
		FlatVector::SetData(result, const_cast<uint8_t *>(source), duckdb::count_t(count));
		Keep(result, batch);
	} else {
		std::memcpy(FlatVector::GetDataMutable(result), source, count * width);
	}
}

void ReadText(const ArrayData &data, idx_t first, idx_t count, Vector &result, const Batch &batch) {
	if (count == 0) {
		return;
	}
	auto texts = FlatVector::GetDataMutable<duckdb::string_t>(result);
	auto bytes = reinterpret_cast<const char *>(data.buffers[2] ? data.buffers[2]->data() : nullptr);
	auto begin = OffsetAt(data, first);
	for (idx_t i = 0; i < count; i++) {
		auto end = OffsetAt(data, first + i + 1);
		texts[i] = duckdb::string_t(end == begin ? "" : bytes + begin, static_cast<uint32_t>(end - begin));
		begin = end;
	}
	Keep(result, batch);
}

void ReadVector(const ArrayData &data, idx_t offset, idx_t count, Vector &result, const Batch &batch);

void ReadList(const ArrayData &data, idx_t first, idx_t count, Vector &result, const Batch &batch) {
	if (count == 0) {
		duckdb::ListVector::SetListSize(result, 0);
		return;
	}
	auto entries = FlatVector::GetDataMutable<duckdb::list_entry_t>(result);
	const auto elements_begin = OffsetAt(data, first);
	auto begin = elements_begin;
	for (idx_t i = 0; i < count; i++) {
		auto end = OffsetAt(data, first + i + 1);
		entries[i].offset = static_cast<idx_t>(begin - elements_begin);
		entries[i].length = static_cast<idx_t>(end - begin);
		begin = end;
	}
	const auto elements = static_cast<idx_t>(begin - elements_begin);
	duckdb::ListVector::Reserve(result, elements);
	ReadVector(*data.child_data[0], static_cast<idx_t>(elements_begin), elements,
	           duckdb::ListVector::GetChildMutable(result), batch);
	duckdb::ListVector::SetListSize(result, elements);
}

void ReadVector(const ArrayData &data, idx_t offset, idx_t count, Vector &result, const Batch &batch) {
	const auto first = offset + static_cast<idx_t>(data.offset);
	auto &type = result.GetType();
	switch (type.InternalType()) {
	case PhysicalType::VARCHAR:
		ReadText(data, first, count, result, batch);
		break;
	case PhysicalType::LIST:
		ReadList(data, first, count, result, batch);
		break;
	case PhysicalType::ARRAY: {
		const auto size = duckdb::ArrayType::GetSize(type);
		ReadVector(*data.child_data[0], first * size, count * size, duckdb::ArrayVector::GetChildMutable(result),
		           batch);
		break;
	}
	case PhysicalType::STRUCT: {
		auto &entries = duckdb::StructVector::GetEntries(result);
		for (idx_t i = 0; i < entries.size(); i++) {
			ReadVector(*data.child_data[i], first, count, entries[i], batch);
		}
		break;
	}
	default:
		ReadFixed(data, first, count, result, batch);
	}
	ReadValidity(data, first, count, result);
	FlatVector::SetSize(result, count);
}

} // namespace

void ReadNativeColumn(const Batch &batch, int column, idx_t offset, idx_t count, Vector &result) {
	ReadVector(*batch->column_data(column), offset, count, result, batch);
}

} // namespace skein
