#include "codec/frame_schema.hpp"

#include <arrow/util/key_value_metadata.h>

#include "codec/type_text.hpp"
#include "duckdb/common/exception.hpp"
#include "protocol/frame_batch.hpp"
#include "protocol/version.hpp"

namespace skein {

std::shared_ptr<arrow::Schema> MakeFrameSchema(const duckdb::vector<duckdb::LogicalType> &types,
                                               const duckdb::vector<std::string> &names) {
	auto metadata = arrow::key_value_metadata({FIELD_METADATA_LAYOUT}, {FIELD_LAYOUT_FRAMES});
	for (duckdb::idx_t i = 0; i < types.size(); i++) {
		metadata->Append(FIELD_METADATA_COLUMN, names[i]);
		metadata->Append(FIELD_METADATA_TYPE, TypeText(types[i]));
	}
	return arrow::schema({arrow::field("frame", arrow::large_binary(), /*nullable=*/false, std::move(metadata))});
}

std::shared_ptr<arrow::Schema> RowSchema(const std::shared_ptr<arrow::Schema> &schema) {
	if (!IsFrameSchema(*schema)) {
		return schema;
	}
	const auto described = schema->field(0)->metadata();
	auto &metadata = *described;
	arrow::FieldVector fields;
	std::string name;
	bool has_name = false;
	for (int64_t i = 0; i < metadata.size(); i++) {
		if (metadata.key(i) == FIELD_METADATA_COLUMN) {
			name = metadata.value(i);
			has_name = true;
		} else if (metadata.key(i) == FIELD_METADATA_TYPE && has_name) {
			auto type = arrow::key_value_metadata({FIELD_METADATA_TYPE}, {metadata.value(i)});
			fields.push_back(arrow::field(name, arrow::null(), /*nullable=*/true, std::move(type)));
			has_name = false;
		} else if (metadata.key(i) == FIELD_METADATA_TYPE || has_name) {
			throw duckdb::InvalidInputException("A stream of frames has a column without a name or without a type");
		}
	}
	if (has_name || fields.empty()) {
		throw duckdb::InvalidInputException("A stream of frames does not say which columns are in them");
	}
	return arrow::schema(std::move(fields), schema->metadata());
}

} // namespace skein
