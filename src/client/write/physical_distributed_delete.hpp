//! DELETE FROM a remote table: the row ids that the plan finds are uploaded, and one statement deletes them, in the
//! remote transaction that they were read in.
#pragma once

#include "client/write/physical_distributed_write.hpp"

namespace skein {

class PhysicalDistributedDelete : public PhysicalDistributedWrite {
public:
	PhysicalDistributedDelete(PhysicalPlan &physical_plan, LogicalOperator &op, SkeinTableEntry &table,
	                          idx_t row_id_column, ReturnedColumns returned);

	string GetName() const override;

protected:
	unique_ptr<RemoteUpload> StartUpload(ClientContext &context) const override;
	const vector<idx_t> &UploadedColumns() const override;
	string RemoteSql() const override;

private:
	const vector<idx_t> columns;
};

} // namespace skein
