//! DuckDB's errors <-> the protocol's. Converted once at each boundary: here.
#pragma once

#include "duckdb.hpp"
#include "duckdb/common/error_data.hpp"
#include "protocol/distributed_protocol.hpp"

namespace skein {

//! The error as it travels. A catalog error about a missing table becomes TABLE_NOT_FOUND, an interrupt CANCELLED, a
//! permission error NOT_PERMITTED, an internal error of the engine ENGINE_ERROR with its type kept; all else
//! ENGINE_ERROR.
DistributedError EncodeErrorData(const duckdb::ErrorData &error);

//! The same error for a DuckDB user: exception type, text and extra information as the server's engine gave them.
duckdb::ErrorData DecodeErrorData(const DistributedError &error);

//! Throws DecodeErrorData(error). An INTERNAL error of a server is thrown as an IOException that says so, because an
//! internal error would invalidate the client's database.
[[noreturn]] void ThrowRemoteError(const DistributedError &error);

} // namespace skein
