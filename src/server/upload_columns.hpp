//! Which columns of a table an upload fills, and whether it can.
#pragma once

#include <string>
#include <vector>

#include <arrow/type.h>

#include "protocol/distributed_protocol.hpp"
#include "server/table_lookup.hpp"

namespace skein {

//! INSERT_DATA: the table's column for each uploaded one: as the request says, else by the uploaded names. Throws
//! INVALID_REQUEST naming the column, what was expected and what came.
std::vector<std::string> InsertColumns(duckdb::ClientContext &context, const ResolvedTable &table,
                                       const DistributedRequest &request, const arrow::Schema &uploaded);

//! DELETE_DATA and UPDATE_DATA: row ids first, then (UPDATE_DATA) the request's columns in their order. Throws
//! INVALID_REQUEST likewise.
void CheckRowUpload(duckdb::ClientContext &context, const ResolvedTable &table, const DistributedRequest &request,
                    const arrow::Schema &uploaded);

} // namespace skein
