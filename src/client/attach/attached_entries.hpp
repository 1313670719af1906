//! Catalog entries from a server's descriptions of them.
//!
//! An entry's SQL is parsed here, its names and expressions are not bound: they belong to the server. Types are those
//! the server bound.
#pragma once

#include "duckdb/catalog/catalog_entry.hpp"
#include "duckdb/main/client_context.hpp"
#include "protocol/catalog_description.hpp"

namespace skein {

using namespace duckdb;

class AttachedCatalog;

//! DuckDB's word for a kind; tables and views share one name space, so both are TABLE_ENTRY.
CatalogType CatalogTypeOf(CatalogEntryKind kind);

//! What lists the entry in duckdb_tables() and its siblings. Throws for what this DuckDB does not know.
unique_ptr<CatalogEntry> MakeListedEntry(ClientContext &context, SchemaCatalogEntry &schema,
                                         const CatalogEntryDescription &description);
//! What lists an entry that statements cannot use, and says why; null for kinds that are not listed then.
unique_ptr<CatalogEntry> MakeUnusableEntry(SchemaCatalogEntry &schema, const CatalogEntryDescription &description,
                                           const string &reason);
//! What statements use: for a table what lists it, too; for a view a table to read from.
unique_ptr<CatalogEntry> MakeScannedEntry(ClientContext &context, SchemaCatalogEntry &schema,
                                          const CatalogEntryDescription &description);

} // namespace skein
