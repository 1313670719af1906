#include "client/skein_storage.hpp"

#include "client/catalog/skein_catalog.hpp"
#include "client/catalog/skein_transaction.hpp"
#include "client/skein_state.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/main/attached_database.hpp"
#include "duckdb/main/config.hpp"
#include "duckdb/main/database_manager.hpp"
#include "duckdb/parser/parsed_data/attach_info.hpp"

namespace skein {

using namespace duckdb;

//! How AttachDatabase is told which of the two kinds to make.
static constexpr const char *OPTION_SERVER_INDEX = "skein_server_index";
static constexpr const char *OPTION_SERVER_CATALOG = "skein_server_catalog";

//===--------------------------------------------------------------------===//
// Storage extension
//===--------------------------------------------------------------------===//
static string TakeOption(AttachOptions &options, const char *name) {
	auto entry = options.options.find(name);
	if (entry == options.options.end()) {
		return string();
	}
	auto value = entry->second.ToString();
	options.options.erase(entry);
	return value;
}

static unique_ptr<Catalog> Attach(optional_ptr<StorageExtensionInfo> storage_info, ClientContext &context,
                                  AttachedDatabase &db, const string &name, AttachInfo &info, AttachOptions &options) {
	auto server_index = TakeOption(options, OPTION_SERVER_INDEX);
	if (!server_index.empty()) {
		auto servers = SkeinState::Get(context).Servers();
		return make_uniq<SkeinCatalog>(db, *servers.at(std::stoull(server_index)));
	}
	auto server_catalog = TakeOption(options, OPTION_SERVER_CATALOG);
	if (!server_catalog.empty()) {
		return make_uniq<SkeinAliasCatalog>(db, info.path, Identifier(server_catalog));
	}
	throw NotImplementedException("A server cannot be attached as a database: name its tables one by one with CALL "
	                              "register_remote_table('local name', '%s', 'remote name')",
	                              info.path);
}

static unique_ptr<TransactionManager> CreateTransactionManager(optional_ptr<StorageExtensionInfo> storage_info,
                                                               AttachedDatabase &db, Catalog &catalog) {
	auto server_catalog = dynamic_cast<SkeinCatalog *>(&catalog);
	if (server_catalog) {
		return make_uniq<SkeinTransactionManager>(db, *server_catalog);
	}
	return make_uniq<SkeinAliasTransactionManager>(db);
}

shared_ptr<StorageExtension> SkeinStorage::Create() {
	auto extension = make_shared_ptr<StorageExtension>();
	extension->attach = Attach;
	extension->create_transaction_manager = CreateTransactionManager;
	extension->storage_info = make_shared_ptr<SkeinState>();
	return extension;
}

//===--------------------------------------------------------------------===//
// Attaching
//===--------------------------------------------------------------------===//
static void AttachHidden(ClientContext &context, const string &name, const string &path,
                         unordered_map<string, Value> attach_options) {
	AttachInfo info;
	info.name = Identifier(name);
	info.path = path;
	AttachOptions options(DBConfig::GetConfig(context).options);
	options.db_type = STORAGE_EXTENSION_NAME;
	options.access_mode = AccessMode::READ_WRITE;
	options.visibility = AttachVisibility::HIDDEN;
	options.options = std::move(attach_options);
	DatabaseManager::Get(context).AttachDatabase(context, info, options);
}

//! The position of the server among the state's.
static idx_t ServerIndex(ClientContext &context, RemoteServer &server) {
	auto servers = SkeinState::Get(context).Servers();
	idx_t index = 0;
	while (servers[index] != &server) {
		index++;
	}
	return index;
}

SkeinCatalog &SkeinStorage::GetServerCatalog(ClientContext &context, RemoteServer &server) {
	auto index = ServerIndex(context, server);
	// Seen in DuckDB's own messages. The index tells servers of one address and different tokens apart.
	auto name = "skein " + server.Uri() + (index == 0 ? "" : " #" + std::to_string(index));
	auto &databases = DatabaseManager::Get(context);
	if (!databases.GetDatabase(context, Identifier(name))) {
		AttachHidden(context, name, server.Uri(), {{OPTION_SERVER_INDEX, Value::UBIGINT(index)}});
	}
	return databases.GetDatabase(context, Identifier(name))->GetCatalog().Cast<SkeinCatalog>();
}

void SkeinStorage::AttachAlias(ClientContext &context, const string &local_name, SkeinCatalog &catalog) {
	AttachHidden(context, local_name, catalog.Server().Uri(),
	             {{OPTION_SERVER_CATALOG, Value(catalog.GetName().GetIdentifierName())}});
	auto alias = DatabaseManager::Get(context).GetDatabase(context, Identifier(local_name));
	alias->GetCatalog().SetDefaultTable(Identifier::DefaultSchema(), Identifier(local_name));
}

} // namespace skein
