#include "codec/native_encoder.hpp"

#include <cstring>
#include <limits>

#include <arrow/array.h>
#include <arrow/buffer_builder.h>
#include <arrow/util/bit_util.h>

#include "codec/arrow_status.hpp"
#include "codec/list_elements.hpp"
#include "codec/native_schema.hpp"
#include "duckdb/common/types/string_type.hpp"
#include "duckdb/common/vector/array_vector.hpp"
#include "duckdb/common/vector/list_vector.hpp"
#include "duckdb/common/vector/struct_vector.hpp"
#include "protocol/limits.hpp"

namespace skein {

using arrow::ArrayData;
using duckdb::LogicalType;
using duckdb::PhysicalType;
using duckdb::UnifiedVectorFormat;
using duckdb::Vector;

namespace {

constexpr const char *ENCODING = "encoding rows";

//! Which rows are not NULL; takes no memory before the first that is.
class ValidityBuilder {
public:
	//! Adds the rows; true where one of them is NULL.
	bool Append(const UnifiedVectorFormat &format, RowSelection rows) {
		const auto first = row_count;
		row_count += rows.count;
		if (format.validity.CannotHaveNull()) {
			if (bits.length() > 0) {
				GrowTo(row_count);
			}
			return false;
		}
		const auto nulls_before = null_count;
		for (idx_t i = 0; i < rows.count; i++) {
			if (!format.validity.RowIsValid(format.sel->get_index(rows[i]))) {
				GrowTo(row_count);
				arrow::bit_util::ClearBit(bits.mutable_data(), static_cast<int64_t>(first + i));
				null_count++;
			}
		}
		if (bits.length() > 0) {
			GrowTo(row_count);
		}
		return null_count > nulls_before;
	}
	idx_t RowCount() const {
		return row_count;
	}
	int64_t NullCount() const {
		return static_cast<int64_t>(null_count);
	}
	//! Null where no row is NULL.
	std::shared_ptr<arrow::Buffer> Finish() {
		return null_count == 0 ? nullptr : ValueOrThrow(bits.Finish(/*shrink_to_fit=*/false), ENCODING);
	}

private:
	void GrowTo(idx_t rows) {
		auto bytes = static_cast<int64_t>((rows + 7) / 8);
		if (bytes > bits.length()) {
			ThrowIfNotOk(bits.Append(bytes - bits.length(), 0xFF), ENCODING);
		}
	}

	arrow::BufferBuilder bits;
	idx_t row_count = 0;
	idx_t null_count = 0;
};

//! A buffer that a second chunk makes as large as most batches get, instead of doubling on the way there.
void Reserve(arrow::BufferBuilder &buffer, idx_t rows, idx_t row_bytes, idx_t rows_before) {
	auto reserved = rows_before == 0 ? rows : duckdb::MaxValue<idx_t>(rows, limits::batch_rows_max - rows_before);
	auto needed = static_cast<int64_t>(rows * row_bytes);
	if (buffer.length() + needed > buffer.capacity()) {
		auto wanted = rows_before < limits::batch_rows_max ? static_cast<int64_t>(reserved * row_bytes) : needed;
		ThrowIfNotOk(buffer.Reserve(duckdb::MaxValue(needed, wanted)), ENCODING);
	}
}

std::shared_ptr<ArrayData> MakeData(const LogicalType &type, ValidityBuilder &validity,
                                    std::vector<std::shared_ptr<arrow::Buffer>> buffers,
                                    std::vector<std::shared_ptr<ArrayData>> children = {}) {
	const auto rows = static_cast<int64_t>(validity.RowCount());
	const auto nulls = validity.NullCount();
	buffers.insert(buffers.begin(), validity.Finish());
	return ArrayData::Make(NativeArrowType(type), rows, std::move(buffers), std::move(children), nulls);
}

//===--------------------------------------------------------------------===//
// Values of one width
//===--------------------------------------------------------------------===//
template <class T>
class FixedColumn : public NativeColumn {
public:
	explicit FixedColumn(const LogicalType &type) : type(type) {
	}

	void Append(const Vector &vector, RowSelection rows) override {
		UnifiedVectorFormat format;
		vector.ToUnifiedFormat(format);
		Reserve(values, rows.count, sizeof(T), validity.RowCount());
		const bool has_nulls = validity.Append(format, rows);
		if (!has_nulls && !rows.positions && !format.sel->IsSet()) {
			values.UnsafeAppend(format.data + rows.begin * sizeof(T), static_cast<int64_t>(rows.count * sizeof(T)));
			return;
		}
		auto target = values.mutable_data() + values.length();
		for (idx_t i = 0; i < rows.count; i++) {
			auto position = format.sel->get_index(rows[i]);
			if (has_nulls && !format.validity.RowIsValid(position)) {
				std::memset(target + i * sizeof(T), 0, sizeof(T));
			} else {
				std::memcpy(target + i * sizeof(T), format.data + position * sizeof(T), sizeof(T));
			}
		}
		values.UnsafeAdvance(static_cast<int64_t>(rows.count * sizeof(T)));
	}
	std::shared_ptr<ArrayData> Finish() override {
		return MakeData(type, validity, {ValueOrThrow(values.Finish(false), ENCODING)});
	}

private:
	const LogicalType type;
	ValidityBuilder validity;
	arrow::BufferBuilder values;
};

//! Stands for any sixteen bytes.
struct SixteenBytes {
	uint64_t words[2];
};

//===--------------------------------------------------------------------===//
// Offsets
//===--------------------------------------------------------------------===//
class OffsetsBuilder {
public:
	void Reserve(idx_t rows, idx_t rows_before) {
		skein::Reserve(offsets, rows + 1, sizeof(int32_t), rows_before);
		if (offsets.length() == 0) {
			Push();
		}
	}
	//! After Reserve.
	void Add(uint64_t length) {
		end += length;
		if (end > static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) {
			throw duckdb::InvalidInputException("A record batch cannot hold more than 2 GiB of text or 2^31 elements");
		}
		Push();
	}
	std::shared_ptr<arrow::Buffer> Finish() {
		Reserve(0, 0);
		return ValueOrThrow(offsets.Finish(false), ENCODING);
	}

private:
	void Push() {
		auto value = static_cast<int32_t>(end);
		offsets.UnsafeAppend(&value, sizeof(value));
	}

	arrow::BufferBuilder offsets;
	uint64_t end = 0;
};

//===--------------------------------------------------------------------===//
// Text and bytes
//===--------------------------------------------------------------------===//
class TextColumn : public NativeColumn {
public:
	explicit TextColumn(const LogicalType &type) : type(type) {
	}

	void Append(const Vector &vector, RowSelection rows) override {
		UnifiedVectorFormat format;
		vector.ToUnifiedFormat(format);
		offsets.Reserve(rows.count, validity.RowCount());
		const bool has_nulls = validity.Append(format, rows);
		auto texts = UnifiedVectorFormat::GetData<duckdb::string_t>(format);
		if (rows.count < LARGE_TEXT_ROWS) {
			ReserveBytes(texts, format, rows);
		}
		for (idx_t i = 0; i < rows.count; i++) {
			auto position = format.sel->get_index(rows[i]);
			if (has_nulls && !format.validity.RowIsValid(position)) {
				offsets.Add(0);
				continue;
			}
			auto &text = texts[position];
			offsets.Add(text.GetSize());
			ThrowIfNotOk(bytes.Append(text.GetData(), static_cast<int64_t>(text.GetSize())), ENCODING);
		}
	}
	std::shared_ptr<ArrayData> Finish() override {
		auto ends = offsets.Finish();
		return MakeData(type, validity, {std::move(ends), ValueOrThrow(bytes.Finish(false), ENCODING)});
	}

private:
	//! So few rows come at once where they are large: then a buffer that doubles would take twice what they need.
	static constexpr idx_t LARGE_TEXT_ROWS = 512;

	void ReserveBytes(const duckdb::string_t *texts, const UnifiedVectorFormat &format, RowSelection rows) {
		int64_t needed = 0;
		for (idx_t i = 0; i < rows.count; i++) {
			auto position = format.sel->get_index(rows[i]);
			needed += format.validity.RowIsValid(position) ? static_cast<int64_t>(texts[position].GetSize()) : 0;
		}
		if (bytes.length() == 0) {
			ThrowIfNotOk(bytes.Reserve(needed), ENCODING);
		}
	}

	const LogicalType type;
	ValidityBuilder validity;
	OffsetsBuilder offsets;
	arrow::BufferBuilder bytes;
};

//===--------------------------------------------------------------------===//
// LIST and MAP
//===--------------------------------------------------------------------===//
class ListColumn : public NativeColumn {
public:
	explicit ListColumn(const LogicalType &type)
	    : type(type), child(NativeColumn::Make(duckdb::ListType::GetChildType(type))) {
	}

	void Append(const Vector &vector, RowSelection rows) override {
		UnifiedVectorFormat format;
		vector.ToUnifiedFormat(format);
		offsets.Reserve(rows.count, validity.RowCount());
		validity.Append(format, rows);
		ListElements lists(format, rows);
		for (auto length : lists.Lengths()) {
			offsets.Add(length);
		}
		auto elements = lists.Positions();
		if (elements.count > 0) {
			child->Append(duckdb::ListVector::GetChild(vector), elements);
		}
	}
	std::shared_ptr<ArrayData> Finish() override {
		auto ends = offsets.Finish();
		return MakeData(type, validity, {std::move(ends)}, {child->Finish()});
	}

private:
	const LogicalType type;
	ValidityBuilder validity;
	OffsetsBuilder offsets;
	const std::unique_ptr<NativeColumn> child;
};

//===--------------------------------------------------------------------===//
// ARRAY
//===--------------------------------------------------------------------===//
class ArrayColumn : public NativeColumn {
public:
	explicit ArrayColumn(const LogicalType &type)
	    : type(type), size(duckdb::ArrayType::GetSize(type)),
	      child(NativeColumn::Make(duckdb::ArrayType::GetChildType(type))) {
	}

	void Append(const Vector &vector, RowSelection rows) override {
		vector.Flatten();
		UnifiedVectorFormat format;
		vector.ToUnifiedFormat(format);
		validity.Append(format, rows);
		RowSelection elements {nullptr, rows.begin * size, rows.count * size};
		std::vector<duckdb::sel_t> positions;
		if (rows.positions) {
			positions.reserve(elements.count);
			for (idx_t i = 0; i < elements.count; i++) {
				positions.push_back(static_cast<duckdb::sel_t>(rows[i / size] * size + i % size));
			}
			elements.positions = positions.data();
		}
		child->Append(duckdb::ArrayVector::GetChild(vector), elements);
	}
	std::shared_ptr<ArrayData> Finish() override {
		return MakeData(type, validity, {}, {child->Finish()});
	}

private:
	const LogicalType type;
	const idx_t size;
	ValidityBuilder validity;
	const std::unique_ptr<NativeColumn> child;
};

//===--------------------------------------------------------------------===//
// STRUCT, TUPLE, UNION, VARIANT
//===--------------------------------------------------------------------===//
class StructColumn : public NativeColumn {
public:
	explicit StructColumn(const LogicalType &type) : type(type) {
		for (auto &child : duckdb::StructType::GetChildTypes(type)) {
			children.push_back(NativeColumn::Make(child.second));
		}
	}

	void Append(const Vector &vector, RowSelection rows) override {
		UnifiedVectorFormat format;
		vector.ToUnifiedFormat(format);
		validity.Append(format, rows);
		auto &entries = duckdb::StructVector::GetEntries(vector);
		for (idx_t i = 0; i < children.size(); i++) {
			children[i]->Append(entries[i], rows);
		}
	}
	std::shared_ptr<ArrayData> Finish() override {
		std::vector<std::shared_ptr<ArrayData>> data;
		for (auto &child : children) {
			data.push_back(child->Finish());
		}
		return MakeData(type, validity, {}, std::move(data));
	}

private:
	const LogicalType type;
	ValidityBuilder validity;
	std::vector<std::unique_ptr<NativeColumn>> children;
};

} // namespace

std::unique_ptr<NativeColumn> NativeColumn::Make(const LogicalType &type) {
	switch (type.InternalType()) {
	case PhysicalType::BOOL:
	case PhysicalType::UINT8:
	case PhysicalType::INT8:
		return std::make_unique<FixedColumn<uint8_t>>(type);
	case PhysicalType::UINT16:
	case PhysicalType::INT16:
		return std::make_unique<FixedColumn<uint16_t>>(type);
	case PhysicalType::UINT32:
	case PhysicalType::INT32:
	case PhysicalType::FLOAT:
		return std::make_unique<FixedColumn<uint32_t>>(type);
	case PhysicalType::UINT64:
	case PhysicalType::INT64:
	case PhysicalType::DOUBLE:
		return std::make_unique<FixedColumn<uint64_t>>(type);
	case PhysicalType::INT128:
	case PhysicalType::UINT128:
	case PhysicalType::INTERVAL:
		return std::make_unique<FixedColumn<SixteenBytes>>(type);
	case PhysicalType::VARCHAR:
		return std::make_unique<TextColumn>(type);
	case PhysicalType::LIST:
		return std::make_unique<ListColumn>(type);
	case PhysicalType::ARRAY:
		return std::make_unique<ArrayColumn>(type);
	case PhysicalType::STRUCT:
		return std::make_unique<StructColumn>(type);
	default:
		throw duckdb::NotImplementedException("Values of type %s cannot be sent", type.ToString());
	}
}

NativeBatchBuilder::NativeBatchBuilder(const duckdb::vector<LogicalType> &types) {
	for (auto &type : types) {
		columns.push_back(NativeColumn::Make(type));
	}
}

void NativeBatchBuilder::Append(const duckdb::DataChunk &chunk, RowSelection rows) {
	for (idx_t i = 0; i < columns.size(); i++) {
		columns[i]->Append(chunk.data[i], rows);
	}
	row_count += rows.count;
}

idx_t NativeBatchBuilder::RowCount() const {
	return row_count;
}

std::shared_ptr<arrow::RecordBatch> NativeBatchBuilder::Finish(const std::shared_ptr<arrow::Schema> &schema) {
	std::vector<std::shared_ptr<ArrayData>> data;
	for (auto &column : columns) {
		data.push_back(column->Finish());
	}
	return arrow::RecordBatch::Make(schema, static_cast<int64_t>(row_count), std::move(data));
}

} // namespace skein
