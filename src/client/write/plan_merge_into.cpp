//! MERGE INTO a remote table, planned here because a source is not on its server: each action is an upload of its own,
//! and all of them and the scan of the table share one remote transaction.

#include "client/catalog/skein_catalog.hpp"
#include "client/catalog/skein_table_entry.hpp"
#include "duckdb/common/exception/binder_exception.hpp"
#include "duckdb/execution/operator/persistent/physical_merge_into.hpp"
#include "duckdb/execution/physical_plan_generator.hpp"
#include "duckdb/planner/expression/bound_cast_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/operator/logical_delete.hpp"
#include "duckdb/planner/operator/logical_insert.hpp"
#include "duckdb/planner/operator/logical_merge_into.hpp"
#include "duckdb/planner/operator/logical_update.hpp"

namespace skein {

using Expressions = vector<unique_ptr<Expression>>;

namespace {

//! Plans the actions of one MERGE. Each reads rows in the layout that the statement of its kind would read.
class MergeActionPlanner {
public:
	MergeActionPlanner(ClientContext &context, PhysicalPlanGenerator &planner, LogicalMergeInto &merge,
	                   PhysicalOperator &rows)
	    : context(context), planner(planner), merge(merge), rows(rows), catalog(merge.table.catalog) {
	}

	unique_ptr<MergeIntoOperator> Plan(MergeActionCondition condition, BoundMergeIntoAction &action) {
		auto result = make_uniq<MergeIntoOperator>();
		result->action_type = action.action_type;
		result->condition = std::move(action.condition);
		switch (action.action_type) {
		case MergeActionType::MERGE_INSERT:
			PlanInsert(condition, action, *result);
			break;
		case MergeActionType::MERGE_UPDATE:
			PlanUpdate(condition, action, *result);
			break;
		case MergeActionType::MERGE_DELETE:
			PlanDelete(condition, *result);
			break;
		default:
			// An error evaluates its message; DO NOTHING has nothing.
			result->expressions = std::move(action.expressions);
		}
		return result;
	}

private:
	//! The row ids are the last columns of the merged rows.
	Expressions RowIds() const {
		Expressions result;
		for (auto i = merge.row_id_start; i < rows.types.size(); i++) {
			result.push_back(make_uniq<BoundReferenceExpression>(rows.types[i], i));
		}
		return result;
	}

	unique_ptr<Expression> AsColumn(unique_ptr<Expression> value, PhysicalIndex column) const {
		auto &type = merge.table.GetColumns().GetColumn(column).Type();
		if (value->GetReturnType() == type) {
			return value;
		}
		return BoundCastExpression::AddCastToType(context, std::move(value), type);
	}

	//! What the logical operator of an action needs to be planned like the one of a statement.
	template <class OPERATOR>
	void Prepare(OPERATOR &op) const {
		op.return_chunk = merge.return_chunk;
		op.estimated_cardinality = merge.estimated_cardinality;
		op.ResolveOperatorTypes();
	}

	void PlanInsert(MergeActionCondition condition, BoundMergeIntoAction &action, MergeIntoOperator &result) {
		for (idx_t i = 0; i < action.expressions.size(); i++) {
			result.expressions.push_back(AsColumn(std::move(action.expressions[i]), PhysicalIndex(i)));
		}
		auto &source = PlanMergeActionSource(planner, rows, condition, result);
		LogicalInsert insert(merge.table, TableIndex(0));
		Prepare(insert);
		result.op = catalog.PlanInsert(context, planner, insert, source);
	}

	void PlanUpdate(MergeActionCondition condition, BoundMergeIntoAction &action, MergeIntoOperator &result) {
		LogicalUpdate update(merge.table);
		for (idx_t i = 0; i < action.expressions.size(); i++) {
			auto value = AsColumn(std::move(action.expressions[i]), action.columns[i]);
			update.expressions.push_back(make_uniq<BoundReferenceExpression>(value->GetReturnType(), i));
			result.expressions.push_back(std::move(value));
		}
		for (auto &row_id : RowIds()) {
			result.expressions.push_back(std::move(row_id));
		}
		update.columns = std::move(action.columns);
		auto &source = PlanMergeActionSource(planner, rows, condition, result);
		Prepare(update);
		result.op = catalog.PlanUpdate(context, planner, update, source);
	}

	void PlanDelete(MergeActionCondition condition, MergeIntoOperator &result) {
		auto &source = PlanMergeActionSource(planner, rows, condition, result);
		LogicalDelete remove(merge.table, TableIndex(0));
		remove.expressions = RowIds();
		Prepare(remove);
		result.op = catalog.PlanDelete(context, planner, remove, source);
	}

	ClientContext &context;
	PhysicalPlanGenerator &planner;
	LogicalMergeInto &merge;
	PhysicalOperator &rows;
	Catalog &catalog;
};

} // namespace

PhysicalOperator &SkeinBaseCatalog::PlanMergeInto(ClientContext &context, PhysicalPlanGenerator &planner,
                                                  LogicalMergeInto &op, PhysicalOperator &plan) {
	auto &table = op.table.Cast<SkeinTableEntry>();
	if (table.IsView()) {
		throw BinderException("%s is not a table but a view on the server: it cannot be merged into",
		                      table.DisplayName());
	}
	MergeActionPlanner action_planner(context, planner, op, plan);
	map<MergeActionCondition, vector<unique_ptr<MergeIntoOperator>>> actions;
	idx_t changes = 0;
	for (auto &[condition, planned] : op.actions) {
		for (auto &action : planned) {
			actions[condition].push_back(action_planner.Plan(condition, *action));
			changes += actions[condition].back()->op ? 1 : 0;
		}
	}
	// One after the other, so that a key is free again when the row that had it is gone.
	const bool one_after_the_other = changes > 1;
	return planner.Make<PhysicalMergeInto>(op.types, plan, std::move(actions), op.row_id_start, op.source_marker,
	                                       !one_after_the_other && !op.return_chunk, op.return_chunk,
	                                       one_after_the_other);
}

} // namespace skein
