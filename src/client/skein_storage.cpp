#include "client/skein_storage.hpp"

#include "client/attach/attached_catalog.hpp"
#include "client/attach/attached_transaction.hpp"
#include "client/attach/skein_context_state.hpp"
#include "client/catalog/skein_catalog.hpp"
#include "client/catalog/skein_transaction.hpp"
#include "client/skein_secret.hpp"
#include "client/skein_state.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/exception/binder_exception.hpp"
#include "duckdb/common/string_util.hpp"
#include "duckdb/main/database.hpp"
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

//===--------------------------------------------------------------------===//
// ATTACH by a user
//===--------------------------------------------------------------------===//
//! Splits 'grpc://host:8815/database' and 'host:8815/database' into the server's address and the database's name.
static void SplitPath(const string &path, string &uri, string &database) {
	auto scheme_end = path.find("://");
	uri = scheme_end == string::npos ? "grpc://" + path : path;
	auto authority = uri.find("://") + 3;
	if (StringUtil::StartsWith(uri, "grpc+unix://")) {
		// The whole of it names the socket.
		return;
	}
	auto slash = uri.find('/', authority);
	if (slash != string::npos) {
		database = uri.substr(slash + 1);
		uri = uri.substr(0, slash);
	}
}

static void RefuseUnknownOptions(const AttachOptions &options) {
	for (auto &option : options.options) {
		throw BinderException(
		    "Unrecognized option for attaching a remote database: \"%s\". Known are DATABASE, SCHEMA, "
		    "TOKEN, SECRET, CA, CREATE, COMPRESSION and READ_ONLY",
		    option.first);
	}
}

static bool TakeFlag(AttachOptions &options, const char *name) {
	auto text = TakeOption(options, name);
	return !text.empty() && Value(text).DefaultCastAs(LogicalType::BOOLEAN).GetValue<bool>();
}

//! Options before a secret: the one named, or the one whose scope fits best.
static ServerCredentials TakeCredentials(ClientContext &context, const string &uri, AttachOptions &options) {
	auto secret = TakeOption(options, "secret");
	auto credentials = secret.empty() ? SkeinSecret::Find(context, uri) : SkeinSecret::Get(context, secret);
	auto token = TakeOption(options, "token");
	if (!token.empty()) {
		credentials.token = token;
	}
	auto ca = TakeOption(options, "ca");
	if (!ca.empty()) {
		credentials.tls_root_certificates = SkeinSecret::ReadCertificates(context, ca);
	}
	auto compression = TakeOption(options, "compression");
	if (!compression.empty()) {
		credentials.compression = SkeinSettings::ParseCompression("COMPRESSION", compression);
	}
	return credentials;
}

//! The schema as the server spells it.
static Identifier FindSchema(const CatalogDescription &description, const Identifier &wanted) {
	string known;
	for (auto &entry : description.entries) {
		if (entry.name.kind != CatalogEntryKind::SCHEMA || entry.name.schema_path.size() != 1) {
			continue;
		}
		Identifier schema(entry.name.schema_path[0]);
		if (schema == wanted) {
			return schema;
		}
		known += (known.empty() ? "" : ", ") + schema.GetIdentifierName();
	}
	throw BinderException("Schema \"%s\" does not exist in remote database \"%s\", which has: %s",
	                      wanted.GetIdentifierName(), description.database, known);
}

static unique_ptr<Catalog> AttachDatabase(ClientContext &context, AttachedDatabase &db, AttachInfo &info,
                                          AttachOptions &options) {
	string uri;
	DistributedRequest request;
	request.type = RequestType::CATALOG;
	SplitPath(info.path, uri, request.database);
	auto named = TakeOption(options, "database");
	if (!named.empty()) {
		request.database = named;
	}
	request.create_database = TakeFlag(options, "create");
	request.in_full_count_max = limits::catalog_in_full_count_max;
	request.client_version = DuckDB::LibraryVersion();
	Identifier schema(TakeOption(options, "schema"));
	auto credentials = TakeCredentials(context, uri, options);
	RefuseUnknownOptions(options);
	auto &server = SkeinState::Get(context).GetServer(uri, credentials);
	auto connection = server.Connect(&context);
	auto response = CallOrThrow(*connection, std::move(request));
	if (!response.catalog) {
		throw IOException("Server %s did not say what its database holds", uri);
	}
	if (!schema.empty()) {
		schema = FindSchema(*response.catalog, schema);
	}
	SkeinContextState::Get(context);
	return make_uniq<AttachedCatalog>(db, server, std::move(response), std::move(schema));
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
	return AttachDatabase(context, db, info, options);
}

static unique_ptr<TransactionManager> CreateTransactionManager(optional_ptr<StorageExtensionInfo> storage_info,
                                                               AttachedDatabase &db, Catalog &catalog) {
	auto server_catalog = dynamic_cast<SkeinCatalog *>(&catalog);
	if (server_catalog) {
		auto &server = server_catalog->Server();
		return make_uniq<SkeinTransactionManager>(db, [&server](TransactionManager &manager, ClientContext &context) {
			return make_uniq<SkeinTransaction>(manager, context, server, string());
		});
	}
	auto attached = dynamic_cast<AttachedCatalog *>(&catalog);
	if (attached) {
		return make_uniq<AttachedTransactionManager>(db, *attached);
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
