#include "client/attach/attached_catalog.hpp"

#include "client/attach/attached_schema_entry.hpp"
#include "client/attach/attached_transaction.hpp"
#include "client/attach/remote_ddl.hpp"
#include "client/attach/remote_query.hpp"
#include "client/session_settings.hpp"
#include "duckdb/catalog/catalog_search_path.hpp"
#include "duckdb/common/exception/binder_exception.hpp"
#include "duckdb/main/attached_database.hpp"
#include "duckdb/main/client_data.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/parser/parsed_data/create_schema_info.hpp"
#include "duckdb/parser/parsed_data/drop_info.hpp"
#include "protocol/identifier.hpp"

namespace skein {

AttachedCatalog::AttachedCatalog(AttachedDatabase &db, RemoteServer &server, DistributedResponse description,
                                 Identifier only_schema_p)
    : SkeinBaseCatalog(db), server(server), database(description.catalog->database),
      only_schema(std::move(only_schema_p)), initial_description(std::move(description)),
      newest_version(initial_description.catalog_version) {
}

AttachedCatalog::~AttachedCatalog() = default;

void AttachedCatalog::Initialize(bool load_builtin) {
	std::lock_guard<std::mutex> guard(lock);
	latest = std::make_shared<CatalogSnapshot>(*this, initial_description.catalog_version,
	                                           std::move(*initial_description.catalog));
	initial_description = DistributedResponse();
}

string AttachedCatalog::GetDBPath() {
	return server.Uri() + "/" + database;
}

string AttachedCatalog::GetConnectDisplay() {
	return GetDBPath();
}

DatabaseSize AttachedCatalog::GetDatabaseSize(ClientContext &context) {
	DatabaseSize result;
	ForEachRemoteChunk(context, *this,
	                   "SELECT block_size, total_blocks, used_blocks, free_blocks FROM pragma_database_size() "
	                   "WHERE database_name = " +
	                       QuoteLiteral(database),
	                   [&](DataChunk &chunk) {
		                   auto number = [&](idx_t column) {
			                   return NumericCast<idx_t>(chunk.data[column].GetValue(0).GetValue<int64_t>());
		                   };
		                   result.block_size = number(0);
		                   result.total_blocks = number(1);
		                   result.used_blocks = number(2);
		                   result.free_blocks = number(3);
		                   result.bytes = result.total_blocks * result.block_size;
	                   });
	return result;
}

//===--------------------------------------------------------------------===//
// Requests
//===--------------------------------------------------------------------===//
DistributedRequest AttachedCatalog::MakeRequest(ClientContext &context, RequestType type) const {
	DistributedRequest request;
	request.type = type;
	request.database = database;
	request.client_version = DuckDB::LibraryVersion();
	request.settings = MirroredSettings(context);
	request.search_path = SearchPath(context);
	return request;
}

std::vector<string> AttachedCatalog::SearchPath(ClientContext &context) const {
	std::vector<string> result;
	for (auto &entry : ClientData::Get(context).catalog_search_path->Get()) {
		if (entry.GetCatalog() == GetName()) {
			result.push_back(entry.GetSchema().GetIdentifierName());
		}
	}
	if (result.empty() && !only_schema.empty()) {
		result.push_back(only_schema.GetIdentifierName());
	}
	return result;
}

QualifiedName AttachedCatalog::TextName(ClientContext &context, const QualifiedName &name) const {
	vector<Identifier> path;
	for (auto &part : name.Path()) {
		if (!part.empty()) {
			path.push_back(part);
		}
	}
	auto search_path = SearchPath(context);
	if (path.size() != 2 || path[0] != DEFAULT_SCHEMA || search_path.empty() ||
	    Identifier(search_path[0]) == DEFAULT_SCHEMA) {
		return name;
	}
	path.insert(path.begin(), Identifier(database));
	return QualifiedName::FromPath(std::move(path));
}

DistributedRequest AttachedCatalog::MakeTarget(std::vector<string> schema_path, const string &table_name) const {
	DistributedRequest target;
	target.database = database;
	target.catalog_name = database;
	if (schema_path.size() > 1) {
		target.entries.push_back(CatalogEntryName {CatalogEntryKind::TABLE, std::move(schema_path), table_name});
		return target;
	}
	target.schema_name = std::move(schema_path[0]);
	target.table_name = table_name;
	target.client_version = DuckDB::LibraryVersion();
	return target;
}

std::shared_ptr<CatalogSnapshot> AttachedCatalog::FetchSnapshot(ClientContext &context,
                                                                const RemoteTransaction &transaction) {
	auto connection = server.Connect(&context);
	auto request = MakeRequest(context, RequestType::CATALOG);
	request.in_full_count_max = limits::catalog_in_full_count_max;
	request.transaction_id = transaction.transaction_id;
	connection->SetSession(transaction.session_id);
	auto response = CallOrThrow(*connection, std::move(request));
	if (!response.catalog) {
		throw IOException("Server %s did not say what database %s holds", server.Uri(), database);
	}
	auto snapshot = std::make_shared<CatalogSnapshot>(*this, response.catalog_version, std::move(*response.catalog));
	if (transaction.transaction_id == 0) {
		std::lock_guard<std::mutex> guard(lock);
		latest = snapshot;
		newest_version = response.catalog_version;
	}
	return snapshot;
}

void AttachedCatalog::RefreshVersion(ClientContext &context) {
	auto connection = server.Connect(&context);
	auto request = MakeRequest(context, RequestType::CATALOG);
	request.entries.push_back(CatalogEntryName {CatalogEntryKind::SCHEMA, {DEFAULT_SCHEMA}, string()});
	auto response = CallOrThrow(*connection, std::move(request));
	SawCommittedVersion(response.catalog_version);
}

std::shared_ptr<CatalogSnapshot> AttachedCatalog::LatestSnapshot() const {
	std::lock_guard<std::mutex> guard(lock);
	return latest;
}

void AttachedCatalog::SawCommittedVersion(uint64_t version) {
	if (version != 0) {
		newest_version = version;
	}
}

optional_idx AttachedCatalog::GetCatalogVersion(ClientContext &context) {
	return optional_idx(AttachedTransaction::Get(context, *this).VerifiedVersion(context));
}

//===--------------------------------------------------------------------===//
// Schemas
//===--------------------------------------------------------------------===//
optional<Identifier> AttachedCatalog::GetDefaultSchema() const {
	return only_schema.empty() ? Identifier::DefaultSchema() : only_schema;
}

void AttachedCatalog::ScanSchemas(ClientContext &context, std::function<void(SchemaCatalogEntry &)> callback) {
	for (auto &schema : AttachedTransaction::Get(context, *this).VerifiedSnapshot(context).Schemas()) {
		callback(*schema);
	}
}

optional_ptr<SchemaCatalogEntry> AttachedCatalog::LookupSchema(CatalogTransaction transaction,
                                                               const EntryLookupInfo &schema_lookup,
                                                               OnEntryNotFound if_not_found) {
	return LookupSchemaPath(transaction, schema_lookup, if_not_found,
	                        [&](const EntryLookupInfo &root) -> optional_ptr<CatalogEntry> {
		                        vector<Identifier> path {root.GetEntryIdentifier()};
		                        if (!transaction.context) {
			                        return LatestSnapshot()->FindSchema(path).get();
		                        }
		                        auto &own = transaction.transaction->Cast<AttachedTransaction>();
		                        auto schema = own.Snapshot(*transaction.context).FindSchema(path);
		                        if (!schema) {
			                        schema = own.VerifiedSnapshot(*transaction.context).FindSchema(path);
		                        }
		                        return schema.get();
	                        });
}

optional_ptr<CatalogEntry> AttachedCatalog::CreateSchema(CatalogTransaction transaction, CreateSchemaInfo &info) {
	auto &context = transaction.GetContext();
	auto remote = info.Copy();
	auto path = info.ParentSchemas();
	path.push_back(info.SchemaName());
	if (!HasSchema(path)) {
		throw BinderException("Database \"%s\" is attached with SCHEMA \"%s\" only: attach it without that option to "
		                      "create other schemas",
		                      GetName().GetIdentifierName(), only_schema.GetIdentifierName());
	}
	remote->SetQualifiedName(QualifiedName::FromCatalogSchema(Identifier(), path, Identifier()));
	RemoteDdl::Run(context, *this, remote->ToString());
	return AttachedTransaction::Get(context, *this).Snapshot(context).FindSchema(path).get();
}

void AttachedCatalog::DropSchema(ClientContext &context, DropInfo &info) {
	RemoteDdl::Drop(context, *this, info);
}

} // namespace skein
