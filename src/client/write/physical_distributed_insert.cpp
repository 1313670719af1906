#include "client/write/physical_distributed_insert.hpp"

#include "client/catalog/skein_catalog.hpp"
#include "client/catalog/skein_table_entry.hpp"
#include "client/write/remote_default.hpp"
#include "client/write/remote_insert_id.hpp"
#include "duckdb/common/exception/binder_exception.hpp"
#include "duckdb/execution/physical_plan_generator.hpp"
#include "duckdb/planner/operator/logical_insert.hpp"
#include "protocol/identifier.hpp"

namespace skein {

PhysicalDistributedInsert::PhysicalDistributedInsert(PhysicalPlan &physical_plan, LogicalOperator &op,
                                                     SkeinTableEntry &table, vector<idx_t> columns_p, WriteOrder order,
                                                     ReturnedColumns returned, const vector<idx_t> &defaults,
                                                     const vector<idx_t> &flags)
    : PhysicalDistributedWrite(physical_plan, op, table, order, std::move(returned)), columns(std::move(columns_p)),
      defaults(defaults), uploaded(columns) {
	uploaded.insert(uploaded.end(), flags.begin(), flags.end());
}

unique_ptr<RemoteUpload> PhysicalDistributedInsert::StartUpload(ClientContext &context) const {
	auto &own = SkeinTransaction::Get(context, table.catalog);
	auto transaction = in_merge ? own.ForRowIds(context) : own.ForInsert(context);
	auto request = MakeRequest(RequestType::INSERT_DATA);
	request.insert_id = MakeInsertId();
	vector<LogicalType> types;
	vector<string> names;
	for (auto column : columns) {
		types.push_back(children[0].get().types[column]);
		names.push_back(table.RemoteColumn(column));
	}
	request.columns.assign(names.begin(), names.end());
	for (idx_t i = 0; i < defaults.size(); i++) {
		request.default_columns.push_back(table.RemoteColumn(defaults[i]));
		types.push_back(LogicalType::BOOLEAN);
		names.push_back("default of " + table.RemoteColumn(defaults[i]));
	}
	return make_uniq<RemoteUpload>(context, table.Server(), std::move(request), transaction, std::move(types),
	                               std::move(names));
}

const vector<idx_t> &PhysicalDistributedInsert::UploadedColumns() const {
	return uploaded;
}

string PhysicalDistributedInsert::RemoteSql() const {
	string names;
	for (auto column : columns) {
		names += (names.empty() ? "" : ", ") + QuoteIdentifier(table.RemoteColumn(column));
	}
	if (!defaults.empty()) {
		return "INSERT INTO " + table.DisplayName() + " (" + names + ") SELECT * FROM <upload, with defaults>";
	}
	return "INSERT INTO " + table.DisplayName() + " (" + names + ") SELECT * FROM <upload>";
}

void PhysicalDistributedInsert::Changed(idx_t rows) const {
	table.AddRows(rows);
}

string PhysicalDistributedInsert::GetName() const {
	return "DISTRIBUTED_INSERT";
}

//===--------------------------------------------------------------------===//
// Plan
//===--------------------------------------------------------------------===//
static void RefuseInsert(const LogicalInsert &op, const SkeinTableEntry &table) {
	if (op.on_conflict_info.action_type != OnConflictAction::THROW) {
		throw NotImplementedException("ON CONFLICT is not supported for an INSERT into a remote table: upload the rows "
		                              "into a table of their own, then run the INSERT with skein_execute");
	}
	if (table.IsView()) {
		throw BinderException("%s is not a table but a view on the server: rows cannot be inserted into it",
		                      table.DisplayName());
	}
}

static bool IsMergeAction(const PhysicalOperator &plan) {
	if (plan.type == PhysicalOperatorType::PROJECTION) {
		return IsMergeAction(plan.children[0]);
	}
	return plan.type == PhysicalOperatorType::MERGE_ACTION_SOURCE;
}

PhysicalOperator &SkeinBaseCatalog::PlanInsert(ClientContext &context, PhysicalPlanGenerator &planner,
                                               LogicalInsert &op, optional_ptr<PhysicalOperator> plan) {
	auto &table = op.table.Cast<SkeinTableEntry>();
	RefuseInsert(op, table);
	vector<idx_t> columns;
	vector<idx_t> defaults;
	vector<idx_t> flags;
	const auto column_count = plan->types.size();
	for (idx_t i = 0; i < column_count; i++) {
		const bool has_default = table.GetColumns().GetColumn(PhysicalIndex(i)).HasDefaultValue();
		if (has_default && RemoteDefault::TakeColumn(context, *plan, i)) {
			continue;
		}
		columns.push_back(i);
		auto flag = has_default ? RemoteDefault::AddFlag(*plan, i) : optional_idx();
		if (flag.IsValid()) {
			defaults.push_back(i);
			flags.push_back(flag.GetIndex());
		}
	}
	if (columns.empty()) {
		// An upload has a column.
		plan = RemoteDefault::MakeDefaultRows(planner, *plan);
		columns = {0};
		defaults = {0};
		flags = {1};
	}
	auto returned = op.return_chunk ? ReturnedColumns(table, op.types.size()) : ReturnedColumns();
	auto &insert = planner.Make<PhysicalDistributedInsert>(op, table, std::move(columns),
	                                                       PhysicalDistributedWrite::OrderOf(context, *plan),
	                                                       std::move(returned), defaults, flags);
	insert.Cast<PhysicalDistributedInsert>().in_merge = IsMergeAction(*plan);
	insert.children.push_back(*plan);
	return insert;
}

} // namespace skein
