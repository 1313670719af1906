#include "server/request_error.hpp"

#include <new>

#include "codec/duckdb_error.hpp"
#include "duckdb/common/exception.hpp"
#include "protocol/errors.hpp"

namespace skein {

static DistributedError MakeError(ErrorCategory category, const std::string &message) {
	DistributedError error;
	error.category = category;
	error.exception_type = ExceptionTypeOf(category);
	error.message = message;
	return error;
}

RequestError::RequestError(ErrorCategory category, const std::string &message)
    : std::runtime_error(message), error(MakeError(category, message)) {
}

RequestError::RequestError(DistributedError error) : std::runtime_error(error.message), error(std::move(error)) {
}

void ThrowEngineError(const duckdb::ErrorData &error) {
	throw RequestError(EncodeErrorData(error));
}

void ThrowIfInvalid(const arrow::Status &status, const std::string &doing) {
	if (!status.ok()) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, doing + ": " + status.message());
	}
}

DistributedError DescribeCurrentException() {
	try {
		throw;
	} catch (const RequestError &exception) {
		return exception.error;
	} catch (const MalformedMessage &exception) {
		return MakeError(ErrorCategory::INVALID_REQUEST, exception.what());
	} catch (const std::bad_alloc &) {
		return MakeError(ErrorCategory::LIMIT_REACHED, "The server has no memory left for this request");
	} catch (const std::exception &exception) {
		// Also DuckDB's own exceptions, whose type is in their text.
		return EncodeErrorData(duckdb::ErrorData(exception));
	} catch (...) {
		return MakeError(ErrorCategory::ENGINE_ERROR, "The server failed in a way that it cannot describe");
	}
}

arrow::Status RunGuarded(const std::function<void()> &work, DistributedError &error) {
	try {
		work();
		return arrow::Status::OK();
	} catch (...) {
		error = DescribeCurrentException();
	}
	return MakeFlightStatus(error);
}

} // namespace skein
