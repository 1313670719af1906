//! CREATE TABLE AS in an attached database, from rows that are made here: the table is created and filled in one remote
//! transaction.
#pragma once

#include "client/catalog/skein_table_entry.hpp"
#include "client/write/physical_distributed_insert.hpp"

namespace skein {

class PhysicalDistributedCreateTableAs : public PhysicalDistributedInsert {
public:
	//! `table`: the table as it will be. `sql`: the statement that creates it on the server.
	PhysicalDistributedCreateTableAs(PhysicalPlan &physical_plan, LogicalOperator &op,
	                                 unique_ptr<SkeinTableEntry> table, string sql, vector<idx_t> columns,
	                                 WriteOrder order);
	~PhysicalDistributedCreateTableAs() override;

	string GetName() const override;

protected:
	unique_ptr<RemoteUpload> StartUpload(ClientContext &context) const override;
	string RemoteSql() const override;

private:
	const unique_ptr<SkeinTableEntry> created_table;
	const string sql;
};

} // namespace skein
