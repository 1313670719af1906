#include "client/write/physical_distributed_create_table_as.hpp"

#include "client/attach/attached_catalog.hpp"
#include "client/attach/attached_transaction.hpp"
#include "client/attach/remote_ddl.hpp"
#include "duckdb/execution/physical_plan_generator.hpp"
#include "duckdb/parser/parsed_data/create_table_info.hpp"
#include "duckdb/planner/operator/logical_create_table.hpp"
#include "duckdb/planner/parsed_data/bound_create_table_info.hpp"

namespace skein {

PhysicalDistributedCreateTableAs::PhysicalDistributedCreateTableAs(PhysicalPlan &physical_plan, LogicalOperator &op,
                                                                   unique_ptr<SkeinTableEntry> table_p, string sql_p,
                                                                   vector<idx_t> columns, WriteOrder order)
    : PhysicalDistributedInsert(physical_plan, op, *table_p, std::move(columns), order, ReturnedColumns()),
      created_table(std::move(table_p)), sql(std::move(sql_p)) {
}

PhysicalDistributedCreateTableAs::~PhysicalDistributedCreateTableAs() = default;

unique_ptr<RemoteUpload> PhysicalDistributedCreateTableAs::StartUpload(ClientContext &context) const {
	// Begun before the table is created, so that a failed upload takes it away again.
	SkeinTransaction::Get(context, table.catalog).ForRowIds(context);
	RemoteDdl::Run(context, table.catalog, sql);
	return PhysicalDistributedInsert::StartUpload(context);
}

string PhysicalDistributedCreateTableAs::RemoteSql() const {
	return sql + " " + PhysicalDistributedInsert::RemoteSql();
}

string PhysicalDistributedCreateTableAs::GetName() const {
	return "DISTRIBUTED_CREATE_TABLE_AS";
}

//===--------------------------------------------------------------------===//
// Plan
//===--------------------------------------------------------------------===//
PhysicalOperator &AttachedCatalog::PlanCreateTableAs(ClientContext &context, PhysicalPlanGenerator &planner,
                                                     LogicalCreateTable &op, PhysicalOperator &plan) {
	auto path = op.schema.GetSchemaPath();
	auto info = unique_ptr_cast<CreateInfo, CreateTableInfo>(op.info->Base().Copy());
	auto name = info->GetTableName();
	info->SetQualifiedName(TextName(context, QualifiedName(path, name)));
	auto sql = info->ToString();
	auto target = MakeTarget(IdentifiersToStrings(path), name.GetIdentifierName());
	vector<string> remote_columns;
	vector<idx_t> columns;
	for (auto &column : info->columns.Physical()) {
		columns.push_back(remote_columns.size());
		remote_columns.push_back(column.Name().GetIdentifierName());
	}
	info->SetQualifiedName(op.schema.GetQualifiedName(name));
	auto table = make_uniq<SkeinTableEntry>(*this, op.schema, *info, server, name.GetIdentifierName(),
	                                        std::move(target), std::move(remote_columns), idx_t(0), /*is_view=*/false);
	auto order = PhysicalDistributedWrite::OrderOf(context, plan);
	auto &result =
	    planner.Make<PhysicalDistributedCreateTableAs>(op, std::move(table), std::move(sql), std::move(columns), order);
	result.children.push_back(plan);
	return result;
}

} // namespace skein
