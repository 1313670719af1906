#include "codec/native_schema.hpp"

#include <arrow/util/key_value_metadata.h>

#include "duckdb/common/exception.hpp"
#include "protocol/version.hpp"

namespace skein {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::PhysicalType;

static std::shared_ptr<arrow::DataType> StructArrowType(const LogicalType &type) {
	arrow::FieldVector fields;
	idx_t index = 0;
	for (auto &child : duckdb::StructType::GetChildTypes(type)) {
		// Numbered: names are the DuckDB type's, and members of a TUPLE have none.
		fields.push_back(arrow::field(std::to_string(index++), NativeArrowType(child.second)));
	}
	return arrow::struct_(std::move(fields));
}

std::shared_ptr<arrow::DataType> NativeArrowType(const LogicalType &type) {
	switch (type.InternalType()) {
	case PhysicalType::BOOL:
	case PhysicalType::UINT8:
		return arrow::uint8();
	case PhysicalType::INT8:
		return arrow::int8();
	case PhysicalType::UINT16:
		return arrow::uint16();
	case PhysicalType::INT16:
		return arrow::int16();
	case PhysicalType::UINT32:
		return arrow::uint32();
	case PhysicalType::INT32:
		return arrow::int32();
	case PhysicalType::UINT64:
		return arrow::uint64();
	case PhysicalType::INT64:
		return arrow::int64();
	case PhysicalType::FLOAT:
		return arrow::float32();
	case PhysicalType::DOUBLE:
		return arrow::float64();
	case PhysicalType::INT128:
	case PhysicalType::UINT128:
	case PhysicalType::INTERVAL:
		return arrow::fixed_size_binary(16);
	case PhysicalType::VARCHAR:
		// Arrow checks the text of utf8.
		return type.id() == duckdb::LogicalTypeId::VARCHAR ? arrow::utf8() : arrow::binary();
	case PhysicalType::LIST:
		return arrow::list(NativeArrowType(duckdb::ListType::GetChildType(type)));
	case PhysicalType::ARRAY:
		return arrow::fixed_size_list(NativeArrowType(duckdb::ArrayType::GetChildType(type)),
		                              static_cast<int32_t>(duckdb::ArrayType::GetSize(type)));
	case PhysicalType::STRUCT:
		return StructArrowType(type);
	default:
		throw duckdb::NotImplementedException("Values of type %s cannot be sent", type.ToString());
	}
}

static bool IsNativeField(const arrow::Field &field) {
	if (!field.metadata()) {
		return false;
	}
	auto layout = field.metadata()->Get(FIELD_METADATA_LAYOUT);
	if (!layout.ok()) {
		return false;
	}
	if (*layout != FIELD_LAYOUT_NATIVE || !field.metadata()->Contains(FIELD_METADATA_TYPE)) {
		throw duckdb::InvalidInputException("Column \"%s\" has a layout that is not known: %s", field.name(), *layout);
	}
	return true;
}

bool HasNativeFields(const arrow::Schema &schema, const duckdb::vector<LogicalType> &types) {
	idx_t native_count = 0;
	for (idx_t i = 0; i < types.size(); i++) {
		auto &field = *schema.field(static_cast<int>(i));
		if (!IsNativeField(field)) {
			continue;
		}
		native_count++;
		if (!NativeArrowType(types[i])->Equals(*field.type())) {
			throw duckdb::InvalidInputException("Column \"%s\" is native and of type %s, but comes as %s", field.name(),
			                                    types[i].ToString(), field.type()->ToString());
		}
	}
	if (native_count != 0 && native_count != types.size()) {
		throw duckdb::InvalidInputException("Some columns of the rows are native and some are not");
	}
	return native_count != 0;
}

} // namespace skein
