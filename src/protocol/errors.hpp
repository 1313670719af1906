//! How a DistributedError rides on a failed Flight call: as the extra information of the status' FlightStatusDetail.
//!
//! The Flight status code is chosen from the category by one table (docs/protocol.md shows it), so that a client which
//! does not know our messages still sees a sensible gRPC code.
#pragma once

#include <optional>
#include <string>

#include <arrow/status.h>

#include "protocol/distributed_protocol.hpp"

namespace skein {

//! A failed status that carries `error`. The status text is the exception type and the message's beginning.
arrow::Status MakeFlightStatus(const DistributedError &error);
//! The same from its parts, for refusals that never reach the engine. `exception_type` follows from the category.
arrow::Status MakeFlightStatus(ErrorCategory category, const std::string &message);

//! The error a failed status carries; nothing where it carries none (then the transport failed, not the request).
std::optional<DistributedError> ErrorFromFlightStatus(const arrow::Status &status);

//! The error of any failed status: what it carries, else what the Flight code and text say of the transport, with
//! `peer` (a URI) named in the message. `write_in_flight`: the call may have changed data, so a transport failure
//! becomes OUTCOME_UNKNOWN.
DistributedError DescribeFailure(const arrow::Status &status, const std::string &peer, bool write_in_flight);

//! The name DuckDB's users see for a category that is not ENGINE_ERROR: "IO", "Permission", "Invalid Input", ...
const char *ExceptionTypeOf(ErrorCategory category);

} // namespace skein
