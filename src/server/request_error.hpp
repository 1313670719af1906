//! Refusals and failures of requests, and their one conversion into Flight's status.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include <arrow/result.h>
#include <arrow/status.h>

#include "duckdb/common/error_data.hpp"
#include "protocol/distributed_protocol.hpp"

namespace skein {

//! A request the server itself refuses, thrown by handlers. Its text is for the client.
class RequestError : public std::runtime_error {
public:
	RequestError(ErrorCategory category, const std::string &message);
	explicit RequestError(DistributedError error);

	const DistributedError error;
};

//! Throws the engine's error of a result as the RequestError it becomes.
[[noreturn]] void ThrowEngineError(const duckdb::ErrorData &error);

//! Throws a failed status of Arrow's as INVALID_REQUEST: the bytes were the client's.
void ThrowIfInvalid(const arrow::Status &status, const std::string &doing);

template <class T>
T ValueOrThrow(arrow::Result<T> result, const std::string &doing) {
	ThrowIfInvalid(result.status(), doing);
	return std::move(result).ValueUnsafe();
}

//! The error of the exception being handled. Call in a catch block only.
DistributedError DescribeCurrentException();

//! Runs `work`; whatever it throws becomes the error that is returned. The boundary every Flight handler stands behind.
arrow::Status RunGuarded(const std::function<void()> &work, DistributedError &error);

} // namespace skein
