//! Numbers that say which catalog a database has.
#pragma once

#include <cstdint>
#include <string>

namespace duckdb {
class Connection;
} // namespace duckdb

namespace skein {

//! Of the database as the connection's transaction sees it, or the next one where none is open. Equal numbers mean
//! equal catalogs, also of other databases and after a restart. 0 where there is none: a catalog that does not count,
//! or one that cannot be asked, because the transaction was aborted or the database is gone. Never throws.
uint64_t CatalogVersion(duckdb::Connection &connection, const std::string &database);

//! Throws CATALOG_CHANGED where `version` is not the database's. 0 is any.
void RequireCatalogVersion(duckdb::Connection &connection, const std::string &database, uint64_t version);

} // namespace skein
