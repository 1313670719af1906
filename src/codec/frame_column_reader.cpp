#include "codec/frame_column_reader.hpp"

#include <vector>

#include "codec/frame_numbers.hpp"
#include "duckdb/common/vector/array_vector.hpp"
#include "duckdb/common/vector/flat_vector.hpp"
#include "duckdb/common/vector/list_vector.hpp"
#include "duckdb/common/vector/struct_vector.hpp"
#include "protocol/limits.hpp"

namespace skein {

using duckdb::FlatVector;
using duckdb::InvalidInputException;
using duckdb::LogicalType;
using duckdb::PhysicalType;
using duckdb::Vector;

void FrameSource::Spend(uint64_t count, uint64_t width) {
	if (count > bytes_left / width) {
		throw InvalidInputException("The rows of a frame take more than %d bytes (upload_batch_bytes_max)",
		                            limits::upload_batch_bytes_max);
	}
	bytes_left -= count * width;
}

FrameValidity::FrameValidity(uint8_t first_byte, FrameReader &reader, idx_t count) {
	if (first_byte & FRAME_HAS_NULLS) {
		bits = reader.Take((count + 7) / 8);
	}
}

void FrameValidity::Apply(Vector &vector, idx_t count) const {
	if (!bits) {
		return;
	}
	auto &validity = FlatVector::ValidityMutable(vector);
	validity.EnsureWritable();
	auto target = reinterpret_cast<uint8_t *>(validity.GetData());
	std::memcpy(target, bits, count / 8);
	for (idx_t row = count / 8 * 8; row < count; row++) {
		if (!IsValid(row)) {
			validity.SetInvalid(row);
		}
	}
}

void FrameColumnReader::Read(FrameSource &source, idx_t count, Vector &result) {
	const auto first_byte = source.reader.TakeNumber<uint8_t>();
	const auto encoding = static_cast<FrameEncoding>(first_byte & ~FRAME_HAS_NULLS);
	if (encoding == FrameEncoding::NULLS) {
		ReadNulls(source, count, result);
		return;
	}
	FrameValidity validity(first_byte, source.reader, count);
	ReadValues(source, encoding, validity, count, result);
}

static void SetAllNull(Vector &result, idx_t count) {
	FlatVector::ValidityMutable(result).SetAllInvalid(count);
	FlatVector::SetSize(result, count);
}

static void RequireNested(FrameEncoding encoding) {
	if (encoding != FrameEncoding::NESTED) {
		throw InvalidInputException("A frame has encoding %d for a nested column", static_cast<int>(encoding));
	}
}

namespace {

//===--------------------------------------------------------------------===//
// Values of one width
//===--------------------------------------------------------------------===//
class FrameFixedReader : public FrameColumnReader {
public:
	explicit FrameFixedReader(PhysicalType type) : type(type), width(duckdb::GetTypeIdSize(type)) {
	}

protected:
	void ReadValues(FrameSource &source, FrameEncoding encoding, const FrameValidity &validity, idx_t count,
	                Vector &result) override {
		source.Spend(count, width);
		DecodeNumbers(type, encoding, source.reader, count, FlatVector::GetDataMutable(result));
		validity.Apply(result, count);
		FlatVector::SetSize(result, count);
	}
	void ReadNulls(FrameSource &source, idx_t count, Vector &result) override {
		source.Spend(count, width);
		std::memset(FlatVector::GetDataMutable(result), 0, count * width);
		SetAllNull(result, count);
	}

private:
	const PhysicalType type;
	const idx_t width;
};

//===--------------------------------------------------------------------===//
// LIST and MAP
//===--------------------------------------------------------------------===//
class FrameListReader : public FrameColumnReader {
public:
	explicit FrameListReader(const LogicalType &type)
	    : child(FrameColumnReader::Make(duckdb::ListType::GetChildType(type), true)) {
	}
	void StartFrame() override {
		child->StartFrame();
	}

protected:
	void ReadValues(FrameSource &source, FrameEncoding encoding, const FrameValidity &validity, idx_t count,
	                Vector &result) override {
		RequireNested(encoding);
		source.Spend(count, sizeof(duckdb::list_entry_t));
		lengths.resize(count);
		const auto lengths_encoding = static_cast<FrameEncoding>(source.reader.TakeNumber<uint8_t>());
		DecodeNumbers(PhysicalType::UINT64, lengths_encoding, source.reader, count,
		              reinterpret_cast<uint8_t *>(lengths.data()));
		auto entries = FlatVector::GetDataMutable<duckdb::list_entry_t>(result);
		uint64_t elements = 0;
		for (idx_t i = 0; i < count; i++) {
			const auto length = validity.IsValid(i) ? lengths[i] : 0;
			entries[i] = duckdb::list_entry_t(elements, length);
			// Every element takes a byte at least, so that the sum cannot overflow.
			source.Spend(length, 1);
			elements += length;
		}
		duckdb::ListVector::Reserve(result, elements);
		if (elements > 0) {
			child->Read(source, elements, duckdb::ListVector::GetChildMutable(result));
		}
		duckdb::ListVector::SetListSize(result, elements);
		validity.Apply(result, count);
		FlatVector::SetSize(result, count);
	}
	void ReadNulls(FrameSource &source, idx_t count, Vector &result) override {
		source.Spend(count, sizeof(duckdb::list_entry_t));
		std::memset(FlatVector::GetDataMutable(result), 0, count * sizeof(duckdb::list_entry_t));
		duckdb::ListVector::SetListSize(result, 0);
		SetAllNull(result, count);
	}

private:
	const std::unique_ptr<FrameColumnReader> child;
	std::vector<uint64_t> lengths;
};

//===--------------------------------------------------------------------===//
// ARRAY
//===--------------------------------------------------------------------===//
class FrameArrayReader : public FrameColumnReader {
public:
	explicit FrameArrayReader(const LogicalType &type)
	    : size(duckdb::ArrayType::GetSize(type)),
	      child(FrameColumnReader::Make(duckdb::ArrayType::GetChildType(type), true)) {
	}
	void StartFrame() override {
		child->StartFrame();
	}

protected:
	void ReadValues(FrameSource &source, FrameEncoding encoding, const FrameValidity &validity, idx_t count,
	                Vector &result) override {
		RequireNested(encoding);
		source.Spend(count, size);
		child->Read(source, count * size, duckdb::ArrayVector::GetChildMutable(result));
		validity.Apply(result, count);
		FlatVector::SetSize(result, count);
	}
	void ReadNulls(FrameSource &source, idx_t count, Vector &result) override {
		source.Spend(count, size);
		child->ReadNullRows(source, count * size, duckdb::ArrayVector::GetChildMutable(result));
		SetAllNull(result, count);
	}

private:
	const idx_t size;
	const std::unique_ptr<FrameColumnReader> child;
};

//===--------------------------------------------------------------------===//
// STRUCT, TUPLE, UNION, VARIANT
//===--------------------------------------------------------------------===//
class FrameStructReader : public FrameColumnReader {
public:
	explicit FrameStructReader(const LogicalType &type) {
		for (auto &child : duckdb::StructType::GetChildTypes(type)) {
			children.push_back(FrameColumnReader::Make(child.second, true));
		}
	}
	void StartFrame() override {
		for (auto &child : children) {
			child->StartFrame();
		}
	}

protected:
	void ReadValues(FrameSource &source, FrameEncoding encoding, const FrameValidity &validity, idx_t count,
	                Vector &result) override {
		RequireNested(encoding);
		auto &entries = duckdb::StructVector::GetEntries(result);
		for (idx_t i = 0; i < children.size(); i++) {
			children[i]->Read(source, count, entries[i]);
		}
		validity.Apply(result, count);
		FlatVector::SetSize(result, count);
	}
	void ReadNulls(FrameSource &source, idx_t count, Vector &result) override {
		auto &entries = duckdb::StructVector::GetEntries(result);
		for (idx_t i = 0; i < children.size(); i++) {
			children[i]->ReadNullRows(source, count, entries[i]);
		}
		SetAllNull(result, count);
	}

private:
	std::vector<std::unique_ptr<FrameColumnReader>> children;
};

} // namespace

std::unique_ptr<FrameColumnReader> FrameColumnReader::Make(const LogicalType &type, bool is_nested) {
	switch (type.InternalType()) {
	case PhysicalType::VARCHAR:
		return MakeFrameTextReader(type, is_nested);
	case PhysicalType::LIST:
		return std::make_unique<FrameListReader>(type);
	case PhysicalType::ARRAY:
		return std::make_unique<FrameArrayReader>(type);
	case PhysicalType::STRUCT:
		return std::make_unique<FrameStructReader>(type);
	case PhysicalType::BOOL:
	case PhysicalType::UINT8:
	case PhysicalType::INT8:
	case PhysicalType::UINT16:
	case PhysicalType::INT16:
	case PhysicalType::UINT32:
	case PhysicalType::INT32:
	case PhysicalType::UINT64:
	case PhysicalType::INT64:
	case PhysicalType::INT128:
	case PhysicalType::UINT128:
	case PhysicalType::FLOAT:
	case PhysicalType::DOUBLE:
	case PhysicalType::INTERVAL:
		return std::make_unique<FrameFixedReader>(type.InternalType());
	default:
		throw InvalidInputException("Values of type %s cannot be in a frame", type.ToString());
	}
}

} // namespace skein
