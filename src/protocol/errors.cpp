#include "protocol/errors.hpp"

#include <arrow/flight/types.h>

#include "protocol/limits.hpp"
#include "protocol/utf8.hpp"

namespace skein {

using arrow::StatusCode;
using arrow::flight::FlightStatusCode;
using arrow::flight::FlightStatusDetail;

namespace {

//! One row per category. docs/protocol.md shows the same table; a unit test compares the two.
struct ErrorRow {
	ErrorCategory category;
	//! Becomes the gRPC code: Failed is UNKNOWN, Unauthorized is PERMISSION_DENIED, the others are called alike.
	FlightStatusCode flight_code;
	//! What Arrow clients in C++ and Python see the status as.
	StatusCode arrow_code;
	//! As DuckDB names its exceptions.
	const char *exception_type;
};

constexpr ErrorRow ERROR_TABLE[] = {
    {ErrorCategory::UNSPECIFIED, FlightStatusCode::Failed, StatusCode::UnknownError, "IO"},
    {ErrorCategory::ENGINE_ERROR, FlightStatusCode::Failed, StatusCode::ExecutionError, "Invalid Input"},
    {ErrorCategory::TABLE_NOT_FOUND, FlightStatusCode::Failed, StatusCode::KeyError, "Catalog"},
    {ErrorCategory::INVALID_REQUEST, FlightStatusCode::Failed, StatusCode::Invalid, "Invalid Input"},
    {ErrorCategory::UNSUPPORTED_VERSION, FlightStatusCode::Failed, StatusCode::NotImplemented, "Not implemented"},
    {ErrorCategory::NOT_AUTHENTICATED, FlightStatusCode::Unauthenticated, StatusCode::IOError, "Permission"},
    {ErrorCategory::NOT_PERMITTED, FlightStatusCode::Unauthorized, StatusCode::IOError, "Permission"},
    {ErrorCategory::SESSION_NOT_FOUND, FlightStatusCode::Failed, StatusCode::KeyError, "Connection"},
    {ErrorCategory::SERVER_UNAVAILABLE, FlightStatusCode::Unavailable, StatusCode::IOError, "IO"},
    {ErrorCategory::LIMIT_REACHED, FlightStatusCode::Failed, StatusCode::CapacityError, "Out of Range"},
    {ErrorCategory::CANCELLED, FlightStatusCode::Cancelled, StatusCode::Cancelled, "INTERRUPT"},
    {ErrorCategory::OUTCOME_UNKNOWN, FlightStatusCode::Internal, StatusCode::IOError, "IO"},
    {ErrorCategory::CATALOG_CHANGED, FlightStatusCode::Failed, StatusCode::Invalid, "TransactionContext"},
};

const ErrorRow &RowOf(ErrorCategory category) {
	for (auto &row : ERROR_TABLE) {
		if (row.category == category) {
			return row;
		}
	}
	return ERROR_TABLE[0];
}

DistributedError MakeError(ErrorCategory category, std::string message) {
	DistributedError error;
	error.category = category;
	error.exception_type = ExceptionTypeOf(category);
	error.message = std::move(message);
	return error;
}

//! What the transport did, for a status that no Skein server made.
ErrorCategory TransportCategory(const arrow::Status &status) {
	if (auto detail = FlightStatusDetail::UnwrapStatus(status)) {
		switch (detail->code()) {
		case FlightStatusCode::Unauthenticated:
			return ErrorCategory::NOT_AUTHENTICATED;
		case FlightStatusCode::Unauthorized:
			return ErrorCategory::NOT_PERMITTED;
		case FlightStatusCode::Cancelled:
			return ErrorCategory::CANCELLED;
		default:
			return ErrorCategory::SERVER_UNAVAILABLE;
		}
	}
	switch (status.code()) {
	case StatusCode::Cancelled:
		return ErrorCategory::CANCELLED;
	case StatusCode::Invalid:
	case StatusCode::TypeError:
	case StatusCode::KeyError:
	case StatusCode::IndexError:
	case StatusCode::SerializationError:
		return ErrorCategory::INVALID_REQUEST;
	case StatusCode::NotImplemented:
		return ErrorCategory::UNSUPPORTED_VERSION;
	case StatusCode::OutOfMemory:
	case StatusCode::CapacityError:
		return ErrorCategory::LIMIT_REACHED;
	default:
		return ErrorCategory::SERVER_UNAVAILABLE;
	}
}

bool IsTimeout(const arrow::Status &status) {
	auto detail = FlightStatusDetail::UnwrapStatus(status);
	return detail && detail->code() == FlightStatusCode::TimedOut;
}

std::string TransportMessage(ErrorCategory category, const arrow::Status &status, const std::string &peer) {
	auto reason = " (" + CutText(status.message(), limits::error_status_bytes_max) + ")";
	switch (category) {
	case ErrorCategory::OUTCOME_UNKNOWN:
		return "The connection to " + peer +
		       " broke while a change was under way: it may have been made or not. Look at the data before "
		       "repeating it" +
		       reason;
	case ErrorCategory::SERVER_UNAVAILABLE:
		if (IsTimeout(status)) {
			return peer + " did not answer in time. Check that the server is running and not overloaded" + reason;
		}
		return "The connection to " + peer + " failed. Check that the server is running" + reason;
	case ErrorCategory::NOT_AUTHENTICATED:
		return peer + " asks for a token, or refused the one it got. Check the token" + reason;
	case ErrorCategory::NOT_PERMITTED:
		return peer + " does not permit this" + reason;
	case ErrorCategory::UNSUPPORTED_VERSION:
		return peer + " does not know this call: it is no Skein server, or one of another version" + reason;
	case ErrorCategory::CANCELLED:
		return "The call to " + peer + " was cancelled" + reason;
	default:
		return "The call to " + peer + " failed" + reason;
	}
}

} // namespace

const char *ExceptionTypeOf(ErrorCategory category) {
	return RowOf(category).exception_type;
}

arrow::Status MakeFlightStatus(const DistributedError &error) {
	auto &row = RowOf(error.category);
	std::string type = error.exception_type.empty() ? row.exception_type : error.exception_type;
	auto text = CutText(ToText(type + " Error: " + error.message), limits::error_status_bytes_max);
	return arrow::Status(row.arrow_code, std::move(text),
	                     std::make_shared<FlightStatusDetail>(row.flight_code, error.Encode()));
}

arrow::Status MakeFlightStatus(ErrorCategory category, const std::string &message) {
	return MakeFlightStatus(MakeError(category, message));
}

std::optional<DistributedError> ErrorFromFlightStatus(const arrow::Status &status) {
	auto detail = FlightStatusDetail::UnwrapStatus(status);
	if (!detail || detail->extra_info().empty()) {
		return std::nullopt;
	}
	try {
		auto error = DistributedError::Decode(detail->extra_info());
		if (error.category == ErrorCategory::UNSPECIFIED) {
			return std::nullopt;
		}
		return error;
	} catch (const MalformedMessage &) {
		return std::nullopt;
	}
}

DistributedError DescribeFailure(const arrow::Status &status, const std::string &peer, bool write_in_flight) {
	if (auto error = ErrorFromFlightStatus(status)) {
		return *error;
	}
	auto category = TransportCategory(status);
	// A call cancelled by nobody here was cut off like any other.
	if (write_in_flight && (category == ErrorCategory::SERVER_UNAVAILABLE || category == ErrorCategory::CANCELLED)) {
		category = ErrorCategory::OUTCOME_UNKNOWN;
	}
	return MakeError(category, TransportMessage(category, status, peer));
}

} // namespace skein
