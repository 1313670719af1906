#include "codec/duckdb_error.hpp"

#include "duckdb/common/exception.hpp"
#include "duckdb/common/string_util.hpp"
#include "protocol/errors.hpp"

namespace skein {

using duckdb::ErrorData;
using duckdb::ExceptionType;

//! DuckDB marks an entry that is not there so in the extra information; the type of entry is only in the text.
static bool IsMissingTable(const ErrorData &error) {
	if (error.Type() != ExceptionType::CATALOG) {
		return false;
	}
	auto &extra_info = error.ExtraInfo();
	auto subtype = extra_info.find("error_subtype");
	auto entry_type = extra_info.find("type");
	return subtype != extra_info.end() && subtype->second == "MISSING_ENTRY" && entry_type != extra_info.end() &&
	       (entry_type->second == "Table" || entry_type->second == "View");
}

static ErrorCategory CategoryOf(const ErrorData &error) {
	if (IsMissingTable(error)) {
		return ErrorCategory::TABLE_NOT_FOUND;
	}
	switch (error.Type()) {
	case ExceptionType::INTERRUPT:
		return ErrorCategory::CANCELLED;
	case ExceptionType::PERMISSION:
		return ErrorCategory::NOT_PERMITTED;
	default:
		return ErrorCategory::ENGINE_ERROR;
	}
}

DistributedError EncodeErrorData(const ErrorData &error) {
	DistributedError result;
	result.category = CategoryOf(error);
	result.exception_type = duckdb::Exception::ExceptionTypeToString(error.Type());
	result.message = error.RawMessage();
	for (auto &entry : error.ExtraInfo()) {
		// A server's stack trace is its own business.
		if (!duckdb::StringUtil::StartsWith(entry.first, "stack_trace")) {
			result.extra_info.emplace(entry.first, entry.second);
		}
	}
	return result;
}

static ExceptionType TypeOf(const DistributedError &error) {
	auto name = error.exception_type.empty() ? ExceptionTypeOf(error.category) : error.exception_type;
	auto type = duckdb::Exception::StringToExceptionType(name);
	switch (type) {
	case ExceptionType::INTERNAL:
	case ExceptionType::FATAL:
	case ExceptionType::INVALID:
	case ExceptionType::UNKNOWN_TYPE:
		// Internal and fatal errors invalidate the database that throws them: the server's are not the client's.
		return ExceptionType::IO;
	default:
		return type;
	}
}

ErrorData DecodeErrorData(const DistributedError &error) {
	auto type = TypeOf(error);
	auto message = error.message;
	if (type == ExceptionType::IO && (error.exception_type == "INTERNAL" || error.exception_type == "FATAL")) {
		message = "The server's engine failed: " + message;
	}
	duckdb::unordered_map<std::string, std::string> extra_info;
	for (auto &entry : error.extra_info) {
		// A position belongs to the text the server parsed, not to the client's statement.
		if (entry.first != "position" && entry.first != "location") {
			extra_info.emplace(entry.first, entry.second);
		}
	}
	return ErrorData(duckdb::Exception(extra_info, type, message));
}

void ThrowRemoteError(const DistributedError &error) {
	DecodeErrorData(error).Throw();
}

} // namespace skein
