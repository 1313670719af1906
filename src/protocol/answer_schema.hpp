//! How a DistributedResponse travels in a stream without rows: in its schema, hexadecimal, so that it is text.
#pragma once

#include <memory>

#include <arrow/result.h>
#include <arrow/type_fwd.h>

#include "protocol/distributed_protocol.hpp"

namespace skein {

//! Request header of a DoGet whose ticket is a request of DoAction, to be answered so. Its value does not matter.
constexpr const char *ANSWER_HEADER = "x-skein-answer";
//! Arrow schema metadata with the answer.
constexpr const char *SCHEMA_METADATA_ANSWER = "skein:answer";

std::shared_ptr<arrow::Schema> AnswerSchema(const DistributedResponse &response);

//! A failed status where the schema has no answer, or a damaged one.
arrow::Result<DistributedResponse> AnswerOf(const arrow::Schema &schema);

} // namespace skein
