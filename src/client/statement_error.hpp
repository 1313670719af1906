//! Errors of SQL text that a server ran, shown as the same text shows them locally.
#pragma once

#include <string>

#include "duckdb/main/client_context.hpp"
#include "protocol/distributed_protocol.hpp"

namespace skein {

//! Throws a server's error about `sql`. Where it says at which place of the text, the place is shown below the message
//! ("LINE 1: ... ^"), or stays in the extra information where the connection wants errors as JSON. `binding`: thrown
//! while a statement is bound, whose own text DuckDB would show otherwise.
[[noreturn]] void ThrowStatementError(duckdb::ClientContext &context, const DistributedError &error,
                                      const std::string &sql, bool binding);

} // namespace skein
