//! Rows of a query that the extension itself asks of an attached database, in the transaction of the statement at hand.
#pragma once

#include <functional>

#include "client/attach/attached_catalog.hpp"

namespace skein {

using namespace duckdb;

//! Runs `sql` on the server and hands over its rows, chunk by chunk, as they arrive. For few rows: the caller's thread
//! waits. Throws the server's error, and what `take` throws.
void ForEachRemoteChunk(ClientContext &context, AttachedCatalog &catalog, const string &sql,
                        const std::function<void(DataChunk &)> &take);

} // namespace skein
