//! DDL on an attached database that reaches its catalog entry by entry: it is sent to the server as a statement.
//!
//! Where a whole statement runs on the server (client/pushdown) none of this is used.
#pragma once

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"

namespace skein {

using namespace duckdb;

class AttachedCatalog;

class RemoteDdl {
public:
	//! Runs a statement in the transaction of `context`. Throws the server's error.
	static void Run(ClientContext &context, Catalog &catalog, const string &sql);
	//! Creates the entry and returns it, null where the server kept nothing of that name.
	static optional_ptr<CatalogEntry> Create(CatalogTransaction transaction, SchemaCatalogEntry &schema,
	                                         const CreateInfo &info);
	static void Alter(CatalogTransaction transaction, SchemaCatalogEntry &schema, const AlterInfo &info);
	static void Drop(ClientContext &context, Catalog &catalog, const DropInfo &info);
};

} // namespace skein
