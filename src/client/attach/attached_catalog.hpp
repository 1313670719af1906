//! A whole remote database as one of the client's: ATTACH 'grpc://host/database' AS r (TYPE skein).
//!
//! The catalog is lazy. The server says what its database holds in snapshots (catalog_snapshot.hpp), and every answer
//! carries the version of the catalog it saw, so that a change is noticed without asking. A statement sees one
//! snapshot. Whole statements that touch only this database run on the server (client/pushdown). Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "client/catalog/skein_catalog.hpp"
#include "client/attach/catalog_snapshot.hpp"

namespace skein {

using namespace duckdb;

class AttachedTransaction;

class AttachedCatalog : public SkeinBaseCatalog {
public:
	//! `description`: what the server said when it was attached, with its version. `only_schema`: the one there is of
	//! it here; empty: all.
	AttachedCatalog(AttachedDatabase &db, RemoteServer &server, DistributedResponse description,
	                Identifier only_schema);
	~AttachedCatalog() override;

	void Initialize(bool load_builtin) override;
	string GetDBPath() override;
	string GetConnectDisplay() override;
	//! As the server says.
	DatabaseSize GetDatabaseSize(ClientContext &context) override;
	optional_idx GetCatalogVersion(ClientContext &context) override;
	optional_ptr<CatalogEntry> CreateSchema(CatalogTransaction transaction, CreateSchemaInfo &info) override;
	void ScanSchemas(ClientContext &context, std::function<void(SchemaCatalogEntry &)> callback) override;
	optional_ptr<SchemaCatalogEntry> LookupSchema(CatalogTransaction transaction, const EntryLookupInfo &schema_lookup,
	                                              OnEntryNotFound if_not_found) override;
	optional<Identifier> GetDefaultSchema() const override;
	bool SupportsNestedSchemas() const override {
		return true;
	}
	PhysicalOperator &PlanCreateTableAs(ClientContext &context, PhysicalPlanGenerator &planner, LogicalCreateTable &op,
	                                    PhysicalOperator &plan) override;

	unique_ptr<LogicalOperator> BindCreateIndex(Binder &binder, CreateStatement &stmt, TableCatalogEntry &table,
	                                            unique_ptr<LogicalOperator> plan) override;
	unique_ptr<LogicalOperator> BindAlterAddIndex(Binder &binder, TableCatalogEntry &table,
	                                              unique_ptr<LogicalOperator> plan,
	                                              unique_ptr<CreateIndexInfo> create_info,
	                                              unique_ptr<AlterTableInfo> alter_info) override;

	bool Supports(RemoteCapability capability) const override;
	unique_ptr<TableRef> RemoteExecute(ClientContext &context, unique_ptr<QueryNode> node) override;
	unique_ptr<TableRef> RemoteExecute(ClientContext &context, unique_ptr<SQLStatement> statement) override;
	unique_ptr<TableRef> RemoteExecute(ClientContext &context, const string &sql) override;
	bool SupportsPushdown(const ParsedExpression &expression) override;
	bool SupportsPushdown(const TableRef &ref) override;
	bool SupportsPushdown(const QueryNode &node) override;
	bool SupportsPushdown(const SQLStatement &statement) override;

	RemoteServer &Server() const {
		return server;
	}
	//! The server's name of the database.
	const string &Database() const {
		return database;
	}
	//! Whether the schema is one of this database here; its path is outermost first.
	bool HasSchema(const vector<Identifier> &path) const {
		return only_schema.empty() || path.empty() || path[0] == only_schema;
	}
	//! A request of that type about this database, for a statement of that connection: where its names are looked up,
	//! and the settings that change its meaning.
	DistributedRequest MakeRequest(ClientContext &context, RequestType type) const;

	//! What every request about a table of it says, whoever asks.
	//! `schema_path`: outermost first.
	DistributedRequest MakeTarget(std::vector<string> schema_path, const string &table_name) const;

	//! The name of an entry for a statement that creates, changes or drops it. DuckDB leaves "main" out of the text of
	//! such a name, which then means the first schema of the search path: where that is another, the name gets the
	//! server's name of the database in front.
	QualifiedName TextName(ClientContext &context, const QualifiedName &name) const;
	//! Its name on the server.
	const string &RemoteDatabase() const {
		return database;
	}
	//! The newest committed catalog that is here already.
	std::shared_ptr<CatalogSnapshot> LatestSnapshot() const;
	//! The newest committed version that an answer carried.
	uint64_t NewestVersion() const {
		return newest_version;
	}
	void SawCommittedVersion(uint64_t version);
	//! Asks the server, outside of transactions if `transaction` is empty.
	std::shared_ptr<CatalogSnapshot> FetchSnapshot(ClientContext &context, const RemoteTransaction &transaction);
	//! Asks which version the server's committed catalog has now: one small round trip.
	void RefreshVersion(ClientContext &context);

private:
	//! The connection's search path in this database; empty where it is not in use.
	std::vector<string> SearchPath(ClientContext &context) const;
	bool NamesOtherSchemas(const QualifiedName &name) const;
	bool NamesOtherSchemas(const ParsedExpression &expression);
	void DropSchema(ClientContext &context, DropInfo &info) override;

	RemoteServer &server;
	const string database;
	const Identifier only_schema;
	DistributedResponse initial_description;
	std::atomic<uint64_t> newest_version;

	mutable std::mutex lock;
	//! Guarded by lock.
	std::shared_ptr<CatalogSnapshot> latest;
};

} // namespace skein
