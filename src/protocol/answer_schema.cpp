#include "protocol/answer_schema.hpp"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <arrow/util/string.h>

namespace skein {

std::shared_ptr<arrow::Schema> AnswerSchema(const DistributedResponse &response) {
	auto answer = arrow::HexEncode(std::string_view(response.Encode()));
	return arrow::schema({}, arrow::key_value_metadata({SCHEMA_METADATA_ANSWER}, {std::move(answer)}));
}

arrow::Result<DistributedResponse> AnswerOf(const arrow::Schema &schema) {
	auto digits = schema.metadata() ? schema.metadata()->Get(SCHEMA_METADATA_ANSWER) : arrow::Status::KeyError("");
	if (!digits.ok()) {
		return arrow::Status::SerializationError("The server ended the call without an answer");
	}
	if (digits->size() % 2 != 0) {
		return arrow::Status::SerializationError("The server's answer is damaged: half a byte");
	}
	std::string bytes(digits->size() / 2, '\0');
	for (size_t i = 0; i < bytes.size(); i++) {
		ARROW_RETURN_NOT_OK(arrow::ParseHexValue(digits->data() + 2 * i, reinterpret_cast<uint8_t *>(&bytes[i])));
	}
	try {
		return DistributedResponse::Decode(bytes);
	} catch (const MalformedMessage &error) {
		return arrow::Status::SerializationError("The server's answer is damaged: ", error.what());
	}
}

} // namespace skein
