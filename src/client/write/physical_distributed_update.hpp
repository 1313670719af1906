//! UPDATE of a remote table: row ids and new values are uploaded, and one statement applies them, in the remote
//! transaction that the row ids were read in.
#pragma once

#include "client/write/physical_distributed_write.hpp"

namespace skein {

//! Which column of the plan's rows sets which column of the table.
struct DistributedUpdateColumns {
	//! The row id, then the new values.
	vector<idx_t> uploaded;
	//! The table's columns that the new values set, in the same order.
	vector<string> set;
	//! The table's columns that are set to their defaults.
	vector<string> set_to_default;
};

class PhysicalDistributedUpdate : public PhysicalDistributedWrite {
public:
	PhysicalDistributedUpdate(PhysicalPlan &physical_plan, LogicalOperator &op, SkeinTableEntry &table,
	                          DistributedUpdateColumns columns, ReturnedColumns returned);

	string GetName() const override;

protected:
	unique_ptr<RemoteUpload> StartUpload(ClientContext &context) const override;
	const vector<idx_t> &UploadedColumns() const override;
	string RemoteSql() const override;

private:
	const DistributedUpdateColumns columns;
};

} // namespace skein
