//! skein_put_stream(): the table function that reads an upload.
//!
//! Parallel, and parks instead of waiting. It takes no arguments: which upload it reads is handed over with the parse
//! tree (MakePutStreamRef), so that no SQL text can reach an upload, its own or another's.
#pragma once

#include <memory>
#include <string>

#include "duckdb/parser/tableref.hpp"
#include "server/put_stream.hpp"

namespace duckdb {
class DatabaseInstance;
} // namespace duckdb

namespace skein {

void RegisterPutStreamFunction(duckdb::DatabaseInstance &database);

//! FROM skein_put_stream() AS alias, reading `stream`, once. Columns are named c0, c1, ...
duckdb::unique_ptr<duckdb::TableRef> MakePutStreamRef(std::shared_ptr<PutStream> stream, const std::string &alias);

//! "c<index>": what columns of uploaded rows are called inside statements, whatever the upload calls them.
std::string PutColumnName(uint64_t index);

} // namespace skein
