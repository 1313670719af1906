#include "codec/dense_dictionaries.hpp"

#include <arrow/array.h>
#include <arrow/compute/api_vector.h>
#include <arrow/type.h>

namespace skein {

using arrow::ArrayData;
using arrow::DataType;
using arrow::Result;
using TypePointer = std::shared_ptr<DataType>;

static TypePointer DenseType(const TypePointer &type);

static arrow::FieldVector DenseFields(const DataType &type) {
	arrow::FieldVector result;
	for (auto &field : type.fields()) {
		result.push_back(field->WithType(DenseType(field->type())));
	}
	return result;
}

//! Types whose children cannot be exchanged stay as they are, and what reads them decides.
static TypePointer DenseType(const TypePointer &type) {
	switch (type->id()) {
	case arrow::Type::DICTIONARY:
		return DenseType(static_cast<const arrow::DictionaryType &>(*type).value_type());
	case arrow::Type::LIST:
		return arrow::list(DenseFields(*type)[0]);
	case arrow::Type::LARGE_LIST:
		return arrow::large_list(DenseFields(*type)[0]);
	case arrow::Type::FIXED_SIZE_LIST:
		return arrow::fixed_size_list(DenseFields(*type)[0],
		                              static_cast<const arrow::FixedSizeListType &>(*type).list_size());
	case arrow::Type::MAP:
		return std::make_shared<arrow::MapType>(DenseFields(*type)[0],
		                                        static_cast<const arrow::MapType &>(*type).keys_sorted());
	case arrow::Type::STRUCT:
		return arrow::struct_(DenseFields(*type));
	case arrow::Type::SPARSE_UNION:
		return arrow::sparse_union(DenseFields(*type), static_cast<const arrow::UnionType &>(*type).type_codes());
	default:
		return type;
	}
}

//! A column's own dictionary stays.
static TypePointer DenseColumnType(const TypePointer &type) {
	return type->id() == arrow::Type::DICTIONARY ? type : DenseType(type);
}

std::shared_ptr<arrow::Schema> WithoutNestedDictionaries(const std::shared_ptr<arrow::Schema> &schema) {
	arrow::FieldVector fields;
	bool changed = false;
	for (auto &field : schema->fields()) {
		auto type = DenseColumnType(field->type());
		changed = changed || !type->Equals(*field->type());
		fields.push_back(field->WithType(std::move(type)));
	}
	return changed ? arrow::schema(std::move(fields), schema->metadata()) : schema;
}

static Result<std::shared_ptr<ArrayData>> Dense(const std::shared_ptr<ArrayData> &data, const TypePointer &type) {
	if (data->type->Equals(*type)) {
		return data;
	}
	if (data->type->id() == arrow::Type::DICTIONARY) {
		arrow::DictionaryArray array(data);
		ARROW_ASSIGN_OR_RAISE(auto taken, arrow::compute::Take(*array.dictionary(), *array.indices()));
		return Dense(taken->data(), type);
	}
	auto result = std::make_shared<ArrayData>(*data);
	result->type = type;
	for (size_t i = 0; i < result->child_data.size(); i++) {
		ARROW_ASSIGN_OR_RAISE(result->child_data[i],
		                      Dense(data->child_data[i], type->field(static_cast<int>(i))->type()));
	}
	return result;
}

Result<std::shared_ptr<arrow::RecordBatch>>
WithoutNestedDictionaries(const arrow::RecordBatch &batch, const std::shared_ptr<arrow::Schema> &dense_schema) {
	std::vector<std::shared_ptr<ArrayData>> columns;
	for (int i = 0; i < batch.num_columns(); i++) {
		ARROW_ASSIGN_OR_RAISE(auto column, Dense(batch.column_data(i), dense_schema->field(i)->type()));
		columns.push_back(std::move(column));
	}
	return arrow::RecordBatch::Make(dense_schema, batch.num_rows(), std::move(columns));
}

} // namespace skein
