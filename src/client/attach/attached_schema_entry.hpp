//! A schema of an attached database, in one snapshot of its catalog. Everything that creates, changes or drops an entry
//! is sent to the server as the statement it is.
#pragma once

#include <map>
#include <memory>

#include "client/attach/catalog_snapshot.hpp"
#include "duckdb/catalog/catalog_entry/index_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"

namespace skein {

using namespace duckdb;

class AttachedSchemaEntry : public SchemaCatalogEntry {
public:
	AttachedSchemaEntry(Catalog &catalog, CreateSchemaInfo &info, optional_ptr<SchemaCatalogEntry> parent,
	                    CatalogSnapshot &snapshot);
	~AttachedSchemaEntry() override;

	//! While the snapshot is being made.
	void AddSlot(CatalogEntryDescription description, bool described);

	optional_ptr<CatalogEntry> CreateTable(CatalogTransaction transaction, BoundCreateTableInfo &info) override;
	optional_ptr<CatalogEntry> CreateFunction(CatalogTransaction transaction, CreateFunctionInfo &info) override;
	optional_ptr<CatalogEntry> CreateIndex(CatalogTransaction transaction, CreateIndexInfo &info,
	                                       TableCatalogEntry &table) override;
	optional_ptr<CatalogEntry> CreateView(CatalogTransaction transaction, CreateViewInfo &info) override;
	optional_ptr<CatalogEntry> CreateSequence(CatalogTransaction transaction, CreateSequenceInfo &info) override;
	optional_ptr<CatalogEntry> CreateType(CatalogTransaction transaction, CreateTypeInfo &info) override;
	void Alter(CatalogTransaction transaction, AlterInfo &info) override;
	void DropEntry(ClientContext &context, DropInfo &info) override;
	void Scan(ClientContext &context, CatalogType type, const std::function<void(CatalogEntry &)> &callback) override;
	void Scan(CatalogType type, const std::function<void(CatalogEntry &)> &callback) override;
	optional_ptr<CatalogEntry> LookupEntry(CatalogTransaction transaction, const EntryLookupInfo &lookup_info) override;

	//! The indexes of one of its tables, without looking at those of the others once more.
	vector<reference<IndexCatalogEntry>> IndexesOf(ClientContext &context, const Identifier &table_name);

private:
	using Slots = identifier_map_t<CatalogSlot>;
	using IndexesByTable = identifier_map_t<vector<reference<IndexCatalogEntry>>>;

	optional_ptr<CatalogEntry> LookupNewer(CatalogTransaction transaction, const EntryLookupInfo &lookup_info);
	optional_ptr<CatalogSlot> FindSlot(CatalogType type, const Identifier &name);
	//! Null for an entry that cannot be shown.
	optional_ptr<CatalogEntry> ListedEntry(ClientContext &context, CatalogSlot &slot);
	CatalogEntry &ScannedEntry(ClientContext &context, CatalogSlot &slot);

	CatalogSnapshot &snapshot;
	//! By what shares a name space: tables and views do.
	std::map<CatalogType, Slots> slots;
	//! Made when first asked for, under the snapshot's lock.
	std::unique_ptr<IndexesByTable> indexes;
};

} // namespace skein
