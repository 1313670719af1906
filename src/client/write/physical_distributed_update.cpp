#include "client/write/physical_distributed_update.hpp"

#include "client/catalog/skein_catalog.hpp"
#include "client/catalog/skein_table_entry.hpp"
#include "client/write/remote_default.hpp"
#include "duckdb/common/exception/binder_exception.hpp"
#include "duckdb/execution/operator/projection/physical_projection.hpp"
#include "duckdb/execution/physical_plan_generator.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/operator/logical_update.hpp"
#include "protocol/identifier.hpp"

namespace skein {

PhysicalDistributedUpdate::PhysicalDistributedUpdate(PhysicalPlan &physical_plan, LogicalOperator &op,
                                                     SkeinTableEntry &table, DistributedUpdateColumns columns,
                                                     ReturnedColumns returned)
    : PhysicalDistributedWrite(physical_plan, op, table, WriteOrder::ANY, std::move(returned)),
      columns(std::move(columns)) {
}

unique_ptr<RemoteUpload> PhysicalDistributedUpdate::StartUpload(ClientContext &context) const {
	auto transaction = SkeinTransaction::Get(context, table.catalog).ForRowIds(context);
	auto request = MakeRequest(RequestType::UPDATE_DATA);
	request.columns.assign(columns.set.begin(), columns.set.end());
	request.default_columns.assign(columns.set_to_default.begin(), columns.set_to_default.end());
	vector<LogicalType> types;
	vector<string> names {ROW_ID_COLUMN};
	for (auto column : columns.uploaded) {
		types.push_back(children[0].get().types[column]);
	}
	names.insert(names.end(), columns.set.begin(), columns.set.end());
	return make_uniq<RemoteUpload>(context, table.Server(), std::move(request), transaction, std::move(types),
	                               std::move(names));
}

const vector<idx_t> &PhysicalDistributedUpdate::UploadedColumns() const {
	return columns.uploaded;
}

string PhysicalDistributedUpdate::RemoteSql() const {
	string assignments;
	for (auto &name : columns.set) {
		auto quoted = QuoteIdentifier(name);
		assignments += (assignments.empty() ? "" : ", ") + quoted + " = <upload>." + quoted;
	}
	for (auto &name : columns.set_to_default) {
		assignments += (assignments.empty() ? "" : ", ") + QuoteIdentifier(name) + " = DEFAULT";
	}
	return "UPDATE " + table.DisplayName() + " SET " + assignments + " FROM <upload> WHERE rowid = <upload>.rowid";
}

string PhysicalDistributedUpdate::GetName() const {
	return "DISTRIBUTED_UPDATE";
}

//===--------------------------------------------------------------------===//
// Plan
//===--------------------------------------------------------------------===//
PhysicalOperator &SkeinBaseCatalog::PlanUpdate(ClientContext &context, PhysicalPlanGenerator &planner,
                                               LogicalUpdate &op, PhysicalOperator &plan) {
	auto &table = op.table.Cast<SkeinTableEntry>();
	if (table.IsView()) {
		throw BinderException("%s is not a table but a view on the server: it cannot be updated", table.DisplayName());
	}
	// The row id is the last column of the rows an UPDATE's plan makes.
	auto row_id_column = plan.types.size() - 1;
	DistributedUpdateColumns columns;
	vector<LogicalType> types {plan.types[row_id_column]};
	vector<unique_ptr<Expression>> values;
	values.push_back(make_uniq<BoundReferenceExpression>(plan.types[row_id_column], row_id_column));
	for (idx_t i = 0; i < op.columns.size(); i++) {
		auto &name = table.RemoteColumn(op.columns[i].index);
		auto &value = op.expressions[i];
		auto source = RemoteDefault::PassedColumn(*value);
		if (source.IsValid() && RemoteDefault::TakeColumn(context, plan, source.GetIndex())) {
			columns.set_to_default.push_back(name);
			continue;
		}
		types.push_back(value->GetReturnType());
		values.push_back(std::move(value));
		columns.set.push_back(name);
	}
	for (idx_t i = 0; i < values.size(); i++) {
		columns.uploaded.push_back(i);
	}
	auto &projection = planner.Make<PhysicalProjection>(std::move(types), std::move(values), op.estimated_cardinality);
	projection.children.push_back(plan);
	auto returned = op.return_chunk ? ReturnedColumns(table, op.types.size()) : ReturnedColumns();
	auto &result = planner.Make<PhysicalDistributedUpdate>(op, table, std::move(columns), std::move(returned));
	result.children.push_back(projection);
	return result;
}

} // namespace skein
