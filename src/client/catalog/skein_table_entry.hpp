//! A table or view of a server, as it was when it was registered or, in an attached database, last looked up. Constant
//! after construction; any thread may read it.
#pragma once

#include <atomic>

#include <arrow/type.h>

#include "duckdb/catalog/catalog_entry/table_catalog_entry.hpp"
#include "protocol/distributed_protocol.hpp"

namespace skein {

using namespace duckdb;

class RemoteServer;
class SkeinCatalog;

class SkeinTableEntry : public TableCatalogEntry {
public:
	//! The entry a server's description of the table (GetSchema) stands for. Throws for a column type this DuckDB does
	//! not have, naming the column.
	static unique_ptr<SkeinTableEntry> FromSchema(SkeinCatalog &catalog, SchemaCatalogEntry &schema,
	                                              const string &local_name, const string &remote_name,
	                                              const arrow::Schema &description, ClientContext &context);

	//! `remote_columns`: the names on the server of all columns but generated ones.
	SkeinTableEntry(Catalog &catalog, SchemaCatalogEntry &schema, CreateTableInfo &info, RemoteServer &server,
	                string remote_name, DistributedRequest target, vector<string> remote_columns, idx_t estimated_rows,
	                bool is_view);

	//! The name, or one made of it where `columns` have it: names on the server may differ in case alone, ours may not.
	static Identifier UniqueColumnName(const ColumnList &columns, const string &name);

	const ColumnList &GetColumns() const override;
	//! As its CREATE statement says, so that a table made of it elsewhere has the defaults and keys themselves.
	unique_ptr<CreateInfo> GetInfo() const override;
	//! Throws: there is none here.
	DataTable &GetStorage() override;
	unique_ptr<BaseStatistics> GetStatistics(ClientContext &context, column_t column_id) override;
	TableFunction GetScanFunction(ClientContext &context, unique_ptr<FunctionData> &bind_data) override;
	TableStorageInfo GetStorageInfo(ClientContext &context) override;
	//! Throws for a view, as DuckDB does, here and for triggers.
	void InitializeColumnSegmentInfoScan(ColumnSegmentInfoScanState &state) override;
	optional_ptr<CatalogEntry> CreateTrigger(CatalogTransaction transaction, CreateTriggerInfo &info) override;
	void BindUpdateConstraints(Binder &binder, LogicalGet &get, LogicalProjection &proj, LogicalUpdate &update,
	                           ClientContext &context) override;
	virtual_column_map_t GetVirtualColumns() const override;

	RemoteServer &Server() const {
		return server;
	}
	//! A request of that type that names this table.
	DistributedRequest MakeRequest(RequestType type) const;
	//! The column's name on the server; ours differs where two differ only in case.
	const string &RemoteColumn(idx_t physical_index) const {
		return remote_columns[physical_index];
	}
	//! As the server estimated when it described the table, and as what was read and inserted from here showed since.
	idx_t EstimatedRows() const {
		return estimated_rows;
	}
	//! All rows were read.
	void SawRows(idx_t count) const {
		estimated_rows = count;
	}
	//! Some were inserted.
	void AddRows(idx_t count) const {
		estimated_rows += count;
	}
	bool IsView() const {
		return is_view;
	}
	//! The full name on the server as SQL text, for people to read.
	string DisplayName() const;
	//! The name it was registered by.
	const string &RemoteName() const {
		return remote_name;
	}

private:
	const ColumnList columns;
	RemoteServer &server;
	const string remote_name;
	const DistributedRequest target;
	const vector<string> remote_columns;
	mutable std::atomic<idx_t> estimated_rows;
	const bool is_view;
};

} // namespace skein
