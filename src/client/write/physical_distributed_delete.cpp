#include "client/write/physical_distributed_delete.hpp"

#include "client/catalog/skein_catalog.hpp"
#include "client/catalog/skein_table_entry.hpp"
#include "duckdb/common/exception/binder_exception.hpp"
#include "duckdb/execution/physical_plan_generator.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/operator/logical_delete.hpp"

namespace skein {

PhysicalDistributedDelete::PhysicalDistributedDelete(PhysicalPlan &physical_plan, LogicalOperator &op,
                                                     SkeinTableEntry &table, idx_t row_id_column,
                                                     ReturnedColumns returned)
    : PhysicalDistributedWrite(physical_plan, op, table, WriteOrder::ANY, std::move(returned)),
      columns({row_id_column}) {
}

unique_ptr<RemoteUpload> PhysicalDistributedDelete::StartUpload(ClientContext &context) const {
	auto transaction = SkeinTransaction::Get(context, table.catalog).ForRowIds(context);
	return make_uniq<RemoteUpload>(context, table.Server(), MakeRequest(RequestType::DELETE_DATA), transaction,
	                               vector<LogicalType> {LogicalType::BIGINT}, vector<string> {ROW_ID_COLUMN});
}

const vector<idx_t> &PhysicalDistributedDelete::UploadedColumns() const {
	return columns;
}

string PhysicalDistributedDelete::RemoteSql() const {
	return "DELETE FROM " + table.DisplayName() + " WHERE rowid IN (SELECT rowid FROM <upload>)";
}

string PhysicalDistributedDelete::GetName() const {
	return "DISTRIBUTED_DELETE";
}

//===--------------------------------------------------------------------===//
// Plan
//===--------------------------------------------------------------------===//
PhysicalOperator &SkeinBaseCatalog::PlanDelete(ClientContext &context, PhysicalPlanGenerator &planner,
                                               LogicalDelete &op, PhysicalOperator &plan) {
	auto &table = op.table.Cast<SkeinTableEntry>();
	if (table.IsView()) {
		throw BinderException("%s is not a table but a view on the server: rows cannot be deleted from it",
		                      table.DisplayName());
	}
	auto row_id_column = op.expressions[0]->Cast<BoundReferenceExpression>().Index();
	auto returned = op.return_chunk ? ReturnedColumns(table, op.types.size()) : ReturnedColumns();
	auto &result = planner.Make<PhysicalDistributedDelete>(op, table, row_id_column, std::move(returned));
	result.children.push_back(plan);
	return result;
}

} // namespace skein
