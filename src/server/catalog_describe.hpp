//! What a database holds: names, or everything a client needs to show its entries as its own.
#pragma once

#include "protocol/distributed_protocol.hpp"
#include "server/cancellation.hpp"

namespace duckdb {
class ClientContext;
} // namespace duckdb

namespace skein {

//! Answers CATALOG for the database, in the context's transaction or one of its own: all names, all entries in full,
//! or those the request names. Internal entries are left out, but the schema "main" is not. An entry that cannot be
//! described says why and harms no other. Leaves a transaction of the context's as it is. Throws what `check` throws.
CatalogDescription DescribeCatalog(duckdb::ClientContext &context, const std::string &database,
                                   const DistributedRequest &request, const CancelCheck &check);

} // namespace skein
