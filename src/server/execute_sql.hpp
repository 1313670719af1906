//! EXECUTE_SQL as an action: statements that return no rows. Several run as one transaction.
#pragma once

#include <memory>

#include "server/call.hpp"
#include "server/row_source.hpp"

namespace skein {

//! Throws RequestError or the engine's exceptions; nothing was done then, unless the request belongs to a transaction,
//! where the statements before the failed one were.
DistributedResponse HandleExecuteSQL(Call &call);

//! EXECUTE_SQL as a ticket: the rows of one statement.
std::unique_ptr<RowSource> OpenQuery(Call &call);

//! The one statement of the request's text. Throws INVALID_REQUEST where it is not one.
duckdb::unique_ptr<duckdb::SQLStatement> ParseOneStatement(duckdb::Connection &connection,
                                                           const DistributedRequest &request);

} // namespace skein
