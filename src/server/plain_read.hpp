//! A SELECT so simple that its text shows that it changes nothing, without binding it.
#pragma once

namespace duckdb {
class ClientContext;
class SQLStatement;
} // namespace duckdb

namespace skein {

//! Whether the statement reads one table by columns, constants and comparisons alone: no function, which may do
//! anything, no view, no subquery. The most frequent of small statements are, and binding one only to learn this costs
//! as much as running it. False says nothing. In the context's transaction.
bool IsPlainRead(duckdb::ClientContext &context, const duckdb::SQLStatement &statement);

} // namespace skein
