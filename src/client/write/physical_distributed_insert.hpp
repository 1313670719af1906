//! INSERT INTO a remote table: chunks become record batches that travel by DoPut; no SQL text carries values.
#pragma once

#include "client/write/physical_distributed_write.hpp"

namespace skein {

class PhysicalDistributedInsert : public PhysicalDistributedWrite {
public:
	//! `columns`: the table's columns that are sent, all others take the server's defaults. `defaults`: those of them
	//! that take their defaults in the rows in which another column of the source, their `flags`, is true.
	PhysicalDistributedInsert(PhysicalPlan &physical_plan, LogicalOperator &op, SkeinTableEntry &table,
	                          vector<idx_t> columns, WriteOrder order, ReturnedColumns returned,
	                          const vector<idx_t> &defaults = {}, const vector<idx_t> &flags = {});

	//! An action of a MERGE: it joins the transaction that the table was read in.
	bool in_merge = false;

	string GetName() const override;

protected:
	unique_ptr<RemoteUpload> StartUpload(ClientContext &context) const override;
	const vector<idx_t> &UploadedColumns() const override;
	string RemoteSql() const override;
	void Changed(idx_t rows) const override;

private:
	const vector<idx_t> columns;
	const vector<idx_t> defaults;
	//! The columns, then the flags.
	vector<idx_t> uploaded;
};

} // namespace skein
