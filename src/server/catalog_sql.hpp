//! The statement that makes a catalog entry anew, in whatever database it is run.
#pragma once

#include <string>

namespace duckdb {
class CatalogEntry;
} // namespace duckdb

namespace skein {

//! One CREATE statement, with schemas where needed and without the name of the entry's database, also in what the
//! entry refers to. A sequence goes on where it is. Empty for the schema every database has. Throws what the engine
//! throws.
std::string CreateEntrySQL(const duckdb::CatalogEntry &entry);

} // namespace skein
