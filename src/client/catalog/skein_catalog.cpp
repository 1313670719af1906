#include "client/catalog/skein_catalog.hpp"

#include "client/catalog/skein_schema_entry.hpp"
#include "client/catalog/skein_table_entry.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/exception/binder_exception.hpp"
#include "duckdb/main/attached_database.hpp"
#include "duckdb/main/database_manager.hpp"
#include "duckdb/parser/parsed_data/create_schema_info.hpp"

namespace skein {

//===--------------------------------------------------------------------===//
// Base
//===--------------------------------------------------------------------===//
SkeinBaseCatalog::SkeinBaseCatalog(AttachedDatabase &db) : Catalog(db) {
}

SkeinBaseCatalog::~SkeinBaseCatalog() = default;

string SkeinBaseCatalog::GetCatalogType() {
	return "skein";
}

//! Refused while binding: what DuckDB would plan for an index reads the storage of a table of its own.
[[noreturn]] static void RefuseIndex() {
	throw BinderException("CREATE INDEX is not possible through a registered remote table: run it on the server with "
	                      "skein_execute('<uri>', '<statement>')");
}

unique_ptr<LogicalOperator> SkeinBaseCatalog::BindCreateIndex(Binder &binder, CreateStatement &stmt,
                                                              TableCatalogEntry &table,
                                                              unique_ptr<LogicalOperator> plan) {
	RefuseIndex();
}

unique_ptr<LogicalOperator> SkeinBaseCatalog::BindAlterAddIndex(Binder &binder, TableCatalogEntry &table,
                                                                unique_ptr<LogicalOperator> plan,
                                                                unique_ptr<CreateIndexInfo> create_info,
                                                                unique_ptr<AlterTableInfo> alter_info) {
	RefuseIndex();
}

DatabaseSize SkeinBaseCatalog::GetDatabaseSize(ClientContext &context) {
	return DatabaseSize();
}

bool SkeinBaseCatalog::InMemory() {
	return false;
}

//===--------------------------------------------------------------------===//
// Catalogs of registered tables
//===--------------------------------------------------------------------===//
SkeinRegisteredCatalog::SkeinRegisteredCatalog(AttachedDatabase &db) : SkeinBaseCatalog(db) {
}

SkeinRegisteredCatalog::~SkeinRegisteredCatalog() = default;

void SkeinRegisteredCatalog::Initialize(bool load_builtin) {
	CreateSchemaInfo info;
	info.SetQualifiedName(QualifiedName(GetName(), Identifier::DefaultSchema(), Identifier()));
	main_schema = make_uniq<SkeinSchemaEntry>(*this, info);
}

SkeinSchemaEntry &SkeinRegisteredCatalog::MainSchema() {
	return *main_schema;
}

optional_ptr<CatalogEntry> SkeinRegisteredCatalog::CreateSchema(CatalogTransaction transaction,
                                                                CreateSchemaInfo &info) {
	throw BinderException("A registered remote table has no schemas: create them on the server with skein_execute");
}

void SkeinRegisteredCatalog::DropSchema(ClientContext &context, DropInfo &info) {
	throw BinderException("A registered remote table has no schemas: drop them on the server with skein_execute");
}

void SkeinRegisteredCatalog::ScanSchemas(ClientContext &context, std::function<void(SchemaCatalogEntry &)> callback) {
	callback(*main_schema);
}

optional_ptr<SchemaCatalogEntry> SkeinRegisteredCatalog::LookupSchema(CatalogTransaction transaction,
                                                                      const EntryLookupInfo &schema_lookup,
                                                                      OnEntryNotFound if_not_found) {
	auto &name = schema_lookup.GetEntryIdentifier();
	if (name.empty() || name == main_schema->name) {
		return main_schema.get();
	}
	if (if_not_found == OnEntryNotFound::RETURN_NULL) {
		return nullptr;
	}
	throw BinderException("Schema \"%s\" not found", name.GetIdentifierName());
}

PhysicalOperator &SkeinRegisteredCatalog::PlanCreateTableAs(ClientContext &context, PhysicalPlanGenerator &planner,
                                                            LogicalCreateTable &op, PhysicalOperator &plan) {
	throw NotImplementedException("A table cannot be created inside a registered remote table: use skein_create_table, "
	                              "then register_remote_table and INSERT INTO");
}

CatalogLookupBehavior SkeinRegisteredCatalog::CatalogTypeLookupRule(CatalogType type) const {
	return type == CatalogType::TABLE_ENTRY ? CatalogLookupBehavior::STANDARD : CatalogLookupBehavior::NEVER_LOOKUP;
}

//===--------------------------------------------------------------------===//
// Server catalog
//===--------------------------------------------------------------------===//
SkeinCatalog::SkeinCatalog(AttachedDatabase &db, RemoteServer &server) : SkeinRegisteredCatalog(db), server(server) {
}

SkeinCatalog::~SkeinCatalog() = default;

string SkeinCatalog::GetDBPath() {
	return server.Uri();
}

optional_ptr<SkeinTableEntry> SkeinCatalog::GetTable(optional_ptr<ClientContext> context, const Identifier &name) {
	std::lock_guard<std::mutex> guard(lock);
	for (auto entry = tables.rbegin(); entry != tables.rend(); ++entry) {
		if ((*entry)->name == name) {
			return entry->get();
		}
	}
	return nullptr;
}

SkeinTableEntry &SkeinCatalog::AddTable(const string &local_name, const string &remote_name,
                                        const arrow::Schema &schema, ClientContext &context) {
	auto entry = SkeinTableEntry::FromSchema(*this, MainSchema(), local_name, remote_name, schema, context);
	std::lock_guard<std::mutex> guard(lock);
	tables.push_back(std::move(entry));
	return *tables.back();
}

//===--------------------------------------------------------------------===//
// Alias catalog
//===--------------------------------------------------------------------===//
SkeinAliasCatalog::SkeinAliasCatalog(AttachedDatabase &db, string uri, Identifier server_catalog)
    : SkeinRegisteredCatalog(db), uri(std::move(uri)), server_catalog(std::move(server_catalog)) {
}

SkeinAliasCatalog::~SkeinAliasCatalog() = default;

string SkeinAliasCatalog::GetDBPath() {
	std::lock_guard<std::mutex> guard(lock);
	return uri;
}

void SkeinAliasCatalog::SetServer(string new_uri, Identifier new_server_catalog) {
	std::lock_guard<std::mutex> guard(lock);
	uri = std::move(new_uri);
	server_catalog = std::move(new_server_catalog);
}

optional_ptr<SkeinTableEntry> SkeinAliasCatalog::GetTable(optional_ptr<ClientContext> context, const Identifier &name) {
	if (!context || name != GetName()) {
		return nullptr;
	}
	Identifier server;
	{
		std::lock_guard<std::mutex> guard(lock);
		server = server_catalog;
	}
	auto database = DatabaseManager::Get(*context).GetDatabase(*context, server);
	if (!database || database->GetCatalog().GetCatalogType() != "skein") {
		return nullptr;
	}
	return database->GetCatalog().Cast<SkeinRegisteredCatalog>().GetTable(context, name);
}

} // namespace skein
