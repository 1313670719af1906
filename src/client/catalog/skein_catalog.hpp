//! The catalogs behind registered tables, and what every catalog of ours has in common.
//!
//! One hidden SkeinCatalog per server holds the table entries, so that all registered tables of a server share one
//! transaction. Each registered table has a hidden SkeinAliasCatalog of the table's local name: DuckDB resolves a bare
//! name that is an attached catalog to that catalog's default table, from every connection and also after USE. Neither
//! is IS_REMOTE: whole-statement pushdown compares catalogs, not servers.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "client/pool/remote_server.hpp"
#include "duckdb/catalog/catalog.hpp"
#include "duckdb/storage/database_size.hpp"

namespace skein {

using namespace duckdb;

class SkeinSchemaEntry;
class SkeinTableEntry;

//! What every catalog of ours answers alike: how rows of a remote table are written.
class SkeinBaseCatalog : public Catalog {
public:
	explicit SkeinBaseCatalog(AttachedDatabase &db);
	~SkeinBaseCatalog() override;

	string GetCatalogType() override;
	PhysicalOperator &PlanInsert(ClientContext &context, PhysicalPlanGenerator &planner, LogicalInsert &op,
	                             optional_ptr<PhysicalOperator> plan) override;
	PhysicalOperator &PlanDelete(ClientContext &context, PhysicalPlanGenerator &planner, LogicalDelete &op,
	                             PhysicalOperator &plan) override;
	PhysicalOperator &PlanUpdate(ClientContext &context, PhysicalPlanGenerator &planner, LogicalUpdate &op,
	                             PhysicalOperator &plan) override;
	PhysicalOperator &PlanMergeInto(ClientContext &context, PhysicalPlanGenerator &planner, LogicalMergeInto &op,
	                                PhysicalOperator &plan) override;
	unique_ptr<LogicalOperator> BindCreateIndex(Binder &binder, CreateStatement &stmt, TableCatalogEntry &table,
	                                            unique_ptr<LogicalOperator> plan) override;
	unique_ptr<LogicalOperator> BindAlterAddIndex(Binder &binder, TableCatalogEntry &table,
	                                              unique_ptr<LogicalOperator> plan,
	                                              unique_ptr<CreateIndexInfo> create_info,
	                                              unique_ptr<AlterTableInfo> alter_info) override;
	DatabaseSize GetDatabaseSize(ClientContext &context) override;
	bool InMemory() override;
};

//! A catalog of registered tables: it has one schema "main", and nothing is created in it by SQL.
class SkeinRegisteredCatalog : public SkeinBaseCatalog {
public:
	explicit SkeinRegisteredCatalog(AttachedDatabase &db);
	~SkeinRegisteredCatalog() override;

	void Initialize(bool load_builtin) override;
	optional_ptr<CatalogEntry> CreateSchema(CatalogTransaction transaction, CreateSchemaInfo &info) override;
	void ScanSchemas(ClientContext &context, std::function<void(SchemaCatalogEntry &)> callback) override;
	optional_ptr<SchemaCatalogEntry> LookupSchema(CatalogTransaction transaction, const EntryLookupInfo &schema_lookup,
	                                              OnEntryNotFound if_not_found) override;
	PhysicalOperator &PlanCreateTableAs(ClientContext &context, PhysicalPlanGenerator &planner, LogicalCreateTable &op,
	                                    PhysicalOperator &plan) override;
	CatalogLookupBehavior CatalogTypeLookupRule(CatalogType type) const override;

	//! A table of the schema, null where there is none of that name.
	virtual optional_ptr<SkeinTableEntry> GetTable(optional_ptr<ClientContext> context, const Identifier &name) = 0;

protected:
	SkeinSchemaEntry &MainSchema();

private:
	void DropSchema(ClientContext &context, DropInfo &info) override;

	unique_ptr<SkeinSchemaEntry> main_schema;
};

//! The tables registered from one server.
class SkeinCatalog : public SkeinRegisteredCatalog {
public:
	SkeinCatalog(AttachedDatabase &db, RemoteServer &server);
	~SkeinCatalog() override;

	string GetDBPath() override;
	optional_ptr<SkeinTableEntry> GetTable(optional_ptr<ClientContext> context, const Identifier &name) override;
	RemoteServer &Server() const {
		return server;
	}
	//! Adds the table under its local name, in place of one already there; plans that use that one keep it.
	SkeinTableEntry &AddTable(const string &local_name, const string &remote_name, const arrow::Schema &schema,
	                          ClientContext &context);

private:
	RemoteServer &server;

	std::mutex lock;
	//! Guarded by lock. Newest last; older entries of a name are kept for plans under way.
	std::vector<unique_ptr<SkeinTableEntry>> tables;
};

//! A local name for one table of a SkeinCatalog.
class SkeinAliasCatalog : public SkeinRegisteredCatalog {
public:
	SkeinAliasCatalog(AttachedDatabase &db, string uri, Identifier server_catalog);
	~SkeinAliasCatalog() override;

	string GetDBPath() override;
	optional_ptr<SkeinTableEntry> GetTable(optional_ptr<ClientContext> context, const Identifier &name) override;
	//! Points the name to the table of that name of another server's catalog.
	void SetServer(string uri, Identifier server_catalog);

private:
	std::mutex lock;
	//! Guarded by lock.
	string uri;
	Identifier server_catalog;
};

} // namespace skein
