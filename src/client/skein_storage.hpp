//! Attaching our catalogs: both kinds are databases of DuckDB's, made by one storage extension.
#pragma once

#include <string>

#include "duckdb/storage/storage_extension.hpp"

namespace skein {

class RemoteServer;
class SkeinCatalog;

class SkeinStorage {
public:
	//! The storage extension, with the state of one database instance.
	static duckdb::shared_ptr<duckdb::StorageExtension> Create();
	//! The hidden catalog of a server, attached at the first call.
	static SkeinCatalog &GetServerCatalog(duckdb::ClientContext &context, RemoteServer &server);
	//! Attaches a catalog of that name, whose default table is the table `catalog` has by that name.
	static void AttachAlias(duckdb::ClientContext &context, const std::string &local_name, SkeinCatalog &catalog);
};

} // namespace skein
