#include "codec/frame_column.hpp"

#include <vector>

#include "codec/frame_numbers.hpp"
#include "codec/list_elements.hpp"
#include "duckdb/common/vector/array_vector.hpp"
#include "duckdb/common/vector/list_vector.hpp"
#include "duckdb/common/vector/struct_vector.hpp"

namespace skein {

using duckdb::LogicalType;
using duckdb::PhysicalType;
using duckdb::UnifiedVectorFormat;
using duckdb::Vector;

//===--------------------------------------------------------------------===//
// Head
//===--------------------------------------------------------------------===//
//! Dictionaries of the storage begin with an entry for NULL, which few columns use: whether one of the rows does is all
//! there is to ask of those.
static bool HasNullAmong(const UnifiedVectorFormat &format, RowSelection rows) {
	if (!format.sel->IsSet() || rows.positions || format.validity.RowIsValidUnsafe(0)) {
		return true;
	}
	auto positions = format.sel->data() + rows.begin;
	bool has_null = false;
	for (idx_t i = 0; i < rows.count; i++) {
		has_null |= positions[i] == 0;
	}
	const auto entries = format.validity.Capacity();
	if (has_null || (entries < 16 * rows.count && format.validity.CountValid(entries) + 1 == entries)) {
		return has_null;
	}
	for (idx_t i = 0; i < rows.count; i++) {
		has_null |= !format.validity.RowIsValidUnsafe(positions[i]);
	}
	return has_null;
}

FrameColumnHead::FrameColumnHead(const UnifiedVectorFormat &format, RowSelection rows, FrameWriter &writer)
    : position(writer.Size()), row_count(rows.count), valid_count(rows.count) {
	writer.WriteNumber<uint8_t>(0);
	if (format.validity.CannotHaveNull() || !HasNullAmong(format, rows)) {
		return;
	}
	WriteBitmap(format, rows, writer);
	if (!HasNulls() || IsAllNull()) {
		writer.Truncate(position + 1);
	}
}

void FrameColumnHead::WriteBitmap(const UnifiedVectorFormat &format, RowSelection rows, FrameWriter &writer) {
	const auto bytes = (rows.count + 7) / 8;
	auto bitmap = writer.Reserve(bytes);
	std::memset(bitmap, 0, bytes);
	valid_count = 0;
	for (idx_t i = 0; i < rows.count; i++) {
		const bool is_valid = format.validity.RowIsValidUnsafe(format.sel->get_index(rows[i]));
		bitmap[i / 8] |= static_cast<uint8_t>(is_valid) << (i % 8);
		valid_count += is_valid;
	}
	writer.Advance(bytes);
}

void FrameColumnHead::Finish(FrameEncoding encoding, FrameWriter &writer) const {
	const bool with_bitmap = HasNulls() && !IsAllNull();
	*writer.At(position) = static_cast<uint8_t>(static_cast<uint8_t>(encoding) | (with_bitmap ? FRAME_HAS_NULLS : 0));
}

namespace {

//===--------------------------------------------------------------------===//
// Values of one width
//===--------------------------------------------------------------------===//
//! Stands for any sixteen bytes.
struct SixteenBytes {
	uint64_t words[2];
};

template <class T>
class FrameFixedColumn : public FrameColumn {
public:
	explicit FrameFixedColumn(PhysicalType type) : type(type) {
	}

	void Write(const Vector &vector, RowSelection rows, FrameWriter &writer) override {
		UnifiedVectorFormat format;
		vector.ToUnifiedFormat(format);
		FrameColumnHead head(format, rows, writer);
		if (head.IsAllNull()) {
			head.Finish(FrameEncoding::NULLS, writer);
		} else if (vector.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR) {
			head.Finish(EncodeConstant(type, format.data, writer), writer);
		} else if (!head.HasNulls() && !rows.positions && !format.sel->IsSet()) {
			head.Finish(EncodeNumbers(type, format.data + rows.begin * sizeof(T), rows.count, writer), writer);
		} else {
			Gather(format, rows, head.HasNulls());
			head.Finish(EncodeNumbers(type, reinterpret_cast<const uint8_t *>(gathered.data()), rows.count, writer),
			            writer);
		}
	}

private:
	//! One behind the other. A NULL repeats the value before it, so that it makes no block larger.
	void Gather(const UnifiedVectorFormat &format, RowSelection rows, bool has_nulls) {
		gathered.resize(rows.count);
		auto values = reinterpret_cast<const T *>(format.data);
		if (!has_nulls) {
			for (idx_t i = 0; i < rows.count; i++) {
				gathered[i] = values[format.sel->get_index(rows[i])];
			}
			return;
		}
		idx_t first = 0;
		while (!format.validity.RowIsValidUnsafe(format.sel->get_index(rows[first]))) {
			first++;
		}
		T last = values[format.sel->get_index(rows[first])];
		for (idx_t i = 0; i < rows.count; i++) {
			const auto position = format.sel->get_index(rows[i]);
			if (format.validity.RowIsValidUnsafe(position)) {
				last = values[position];
			}
			gathered[i] = last;
		}
	}

	const PhysicalType type;
	std::vector<T> gathered;
};

//===--------------------------------------------------------------------===//
// LIST and MAP
//===--------------------------------------------------------------------===//
class FrameListColumn : public FrameColumn {
public:
	explicit FrameListColumn(const LogicalType &type) : child(FrameColumn::Make(duckdb::ListType::GetChildType(type))) {
	}

	void Write(const Vector &vector, RowSelection rows, FrameWriter &writer) override {
		UnifiedVectorFormat format;
		vector.ToUnifiedFormat(format);
		FrameColumnHead head(format, rows, writer);
		if (head.IsAllNull()) {
			head.Finish(FrameEncoding::NULLS, writer);
			return;
		}
		head.Finish(FrameEncoding::NESTED, writer);
		ListElements lists(format, rows);
		const auto position = writer.Size();
		writer.WriteNumber<uint8_t>(0);
		auto lengths = reinterpret_cast<const uint8_t *>(lists.Lengths().data());
		auto encoding = EncodeNumbers(PhysicalType::UINT64, lengths, rows.count, writer);
		*writer.At(position) = static_cast<uint8_t>(encoding);
		auto elements = lists.Positions();
		if (elements.count > 0) {
			child->Write(duckdb::ListVector::GetChild(vector), elements, writer);
		}
	}
	void StartFrame() override {
		child->StartFrame();
	}

private:
	const std::unique_ptr<FrameColumn> child;
};

//===--------------------------------------------------------------------===//
// ARRAY
//===--------------------------------------------------------------------===//
class FrameArrayColumn : public FrameColumn {
public:
	explicit FrameArrayColumn(const LogicalType &type)
	    : size(duckdb::ArrayType::GetSize(type)), child(FrameColumn::Make(duckdb::ArrayType::GetChildType(type))) {
	}

	void Write(const Vector &vector, RowSelection rows, FrameWriter &writer) override {
		vector.Flatten();
		UnifiedVectorFormat format;
		vector.ToUnifiedFormat(format);
		FrameColumnHead head(format, rows, writer);
		if (head.IsAllNull()) {
			head.Finish(FrameEncoding::NULLS, writer);
			return;
		}
		head.Finish(FrameEncoding::NESTED, writer);
		RowSelection elements {nullptr, rows.begin * size, rows.count * size};
		std::vector<duckdb::sel_t> positions;
		if (rows.positions) {
			positions.reserve(elements.count);
			for (idx_t i = 0; i < elements.count; i++) {
				positions.push_back(static_cast<duckdb::sel_t>(rows[i / size] * size + i % size));
			}
			elements.positions = positions.data();
		}
		child->Write(duckdb::ArrayVector::GetChild(vector), elements, writer);
	}
	void StartFrame() override {
		child->StartFrame();
	}

private:
	const idx_t size;
	const std::unique_ptr<FrameColumn> child;
};

//===--------------------------------------------------------------------===//
// STRUCT, TUPLE, UNION, VARIANT
//===--------------------------------------------------------------------===//
class FrameStructColumn : public FrameColumn {
public:
	explicit FrameStructColumn(const LogicalType &type) {
		for (auto &child : duckdb::StructType::GetChildTypes(type)) {
			children.push_back(FrameColumn::Make(child.second));
		}
	}

	void Write(const Vector &vector, RowSelection rows, FrameWriter &writer) override {
		UnifiedVectorFormat format;
		vector.ToUnifiedFormat(format);
		FrameColumnHead head(format, rows, writer);
		if (head.IsAllNull()) {
			head.Finish(FrameEncoding::NULLS, writer);
			return;
		}
		head.Finish(FrameEncoding::NESTED, writer);
		auto &entries = duckdb::StructVector::GetEntries(vector);
		for (idx_t i = 0; i < children.size(); i++) {
			children[i]->Write(entries[i], rows, writer);
		}
	}
	void StartFrame() override {
		for (auto &child : children) {
			child->StartFrame();
		}
	}

private:
	std::vector<std::unique_ptr<FrameColumn>> children;
};

} // namespace

std::unique_ptr<FrameColumn> FrameColumn::Make(const LogicalType &type) {
	const auto storage = type.InternalType();
	switch (storage) {
	case PhysicalType::BOOL:
	case PhysicalType::UINT8:
	case PhysicalType::INT8:
		return std::make_unique<FrameFixedColumn<uint8_t>>(storage);
	case PhysicalType::UINT16:
	case PhysicalType::INT16:
		return std::make_unique<FrameFixedColumn<uint16_t>>(storage);
	case PhysicalType::UINT32:
	case PhysicalType::INT32:
	case PhysicalType::FLOAT:
		return std::make_unique<FrameFixedColumn<uint32_t>>(storage);
	case PhysicalType::UINT64:
	case PhysicalType::INT64:
	case PhysicalType::DOUBLE:
		return std::make_unique<FrameFixedColumn<uint64_t>>(storage);
	case PhysicalType::INT128:
	case PhysicalType::UINT128:
	case PhysicalType::INTERVAL:
		return std::make_unique<FrameFixedColumn<SixteenBytes>>(storage);
	case PhysicalType::VARCHAR:
		return MakeFrameTextColumn();
	case PhysicalType::LIST:
		return std::make_unique<FrameListColumn>(type);
	case PhysicalType::ARRAY:
		return std::make_unique<FrameArrayColumn>(type);
	case PhysicalType::STRUCT:
		return std::make_unique<FrameStructColumn>(type);
	default:
		throw duckdb::NotImplementedException("Values of type %s cannot be sent", type.ToString());
	}
}

} // namespace skein
