#include "client/write/remote_default.hpp"

#include "duckdb/common/exception.hpp"
#include "duckdb/execution/operator/aggregate/physical_hash_aggregate.hpp"
#include "duckdb/execution/operator/aggregate/physical_perfecthash_aggregate.hpp"
#include "duckdb/execution/operator/join/physical_hash_join.hpp"
#include "duckdb/execution/operator/persistent/physical_merge_into.hpp"
#include "duckdb/execution/operator/projection/physical_projection.hpp"
#include "duckdb/execution/operator/scan/physical_expression_scan.hpp"
#include "duckdb/execution/physical_plan_generator.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/planner/expression/bound_aggregate_expression.hpp"
#include "duckdb/planner/expression/bound_cast_expression.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"

namespace skein {

using namespace duckdb;

static constexpr const char *MARKER_NAME = "__skein_default";

//! A call of the marker that shows itself as what it stands for.
class MarkerExpression : public FunctionExpression {
public:
	MarkerExpression(string text_p, vector<unique_ptr<ParsedExpression>> value)
	    : FunctionExpression(Identifier(MARKER_NAME), std::move(value)), text(std::move(text_p)) {
	}

	string ToString() const override {
		return text.empty() ? FunctionExpression::ToString() : text;
	}
	unique_ptr<ParsedExpression> Copy() const override {
		vector<unique_ptr<ParsedExpression>> value;
		for (auto &argument : GetArguments()) {
			value.push_back(argument.GetExpression().Copy());
		}
		auto copy = make_uniq<MarkerExpression>(text, std::move(value));
		copy->CopyBase(*this);
		return copy;
	}

private:
	const string text;
};

unique_ptr<ParsedExpression> RemoteDefault::MakeExpression(const string &text, unique_ptr<ParsedExpression> constant) {
	vector<unique_ptr<ParsedExpression>> value;
	if (constant) {
		value.push_back(std::move(constant));
	}
	return make_uniq<MarkerExpression>(text, std::move(value));
}

static void RefuseMarker(DataChunk &input, ExpressionState &state, Vector &result) {
	throw NotImplementedException(
	    "A remote column's default that is no constant is made up by the server: it cannot be "
	    "read by the statement that takes it, as excluded.column of ON CONFLICT does");
}

static void TakeConstant(DataChunk &input, ExpressionState &state, Vector &result) {
	result.Reference(input.data[0]);
}

ScalarFunctionSet RemoteDefault::GetFunctions() {
	ScalarFunction unknown({}, LogicalType::SQLNULL, RefuseMarker);
	ScalarFunction constant({LogicalType::TEMPLATE("T")}, LogicalType::TEMPLATE("T"), TakeConstant);
	// Volatile, so that no optimizer evaluates them.
	unknown.SetVolatile();
	constant.SetVolatile();
	ScalarFunctionSet set {Identifier(MARKER_NAME)};
	set.AddFunction(std::move(unknown));
	set.AddFunction(std::move(constant));
	return set;
}

static bool IsMarker(const Expression &expression) {
	if (expression.GetExpressionClass() != ExpressionClass::BOUND_FUNCTION) {
		return false;
	}
	auto &function = expression.Cast<BoundFunctionExpression>();
	if (BoundCastExpression::IsCast(expression)) {
		return IsMarker(BoundCastExpression::Child(function));
	}
	return function.Function().GetName() == MARKER_NAME;
}

static void ReplaceByNull(unique_ptr<Expression> &expression) {
	expression = make_uniq<BoundConstantExpression>(Value(expression->GetReturnType()));
}

static bool TakeFromRows(PhysicalExpressionScan &rows, idx_t index) {
	for (auto &row : rows.expressions) {
		if (!IsMarker(*row[index])) {
			return false;
		}
	}
	for (auto &row : rows.expressions) {
		ReplaceByNull(row[index]);
	}
	return true;
}

optional_idx RemoteDefault::PassedColumn(const Expression &expression) {
	if (expression.GetExpressionClass() == ExpressionClass::BOUND_REF) {
		return expression.Cast<BoundReferenceExpression>().Index();
	}
	if (BoundCastExpression::IsCast(expression)) {
		return PassedColumn(BoundCastExpression::Child(expression.Cast<BoundFunctionExpression>()));
	}
	return optional_idx();
}

//===--------------------------------------------------------------------===//
// Where a column comes from
//===--------------------------------------------------------------------===//
static bool Reads(const Expression &expression, idx_t index) {
	if (expression.GetExpressionClass() == ExpressionClass::BOUND_REF) {
		return expression.Cast<BoundReferenceExpression>().Index() == index;
	}
	bool result = false;
	ExpressionIterator::EnumerateChildren(expression,
	                                      [&](const Expression &child) { result = result || Reads(child, index); });
	return result;
}

static bool AnyReads(const vector<unique_ptr<Expression>> &expressions, optional_idx except, idx_t index) {
	for (idx_t i = 0; i < expressions.size(); i++) {
		if (except != optional_idx(i) && Reads(*expressions[i], index)) {
			return true;
		}
	}
	return false;
}

namespace {

//! A column of a child that an operator passes on as it is, and nothing else in that operator reads.
struct PassedOn {
	idx_t child = 0;
	optional_idx column;
};

} // namespace

static PassedOn PassedByProjection(const PhysicalProjection &projection, idx_t index) {
	PassedOn result;
	result.column = RemoteDefault::PassedColumn(*projection.select_list[index]);
	if (result.column.IsValid() && AnyReads(projection.select_list, index, result.column.GetIndex())) {
		result.column = optional_idx();
	}
	return result;
}

static PassedOn PassedByJoin(const PhysicalHashJoin &join, idx_t index) {
	PassedOn result;
	auto &left = join.lhs_output_columns.col_idxs;
	if (index < left.size()) {
		result.column = left[index];
	} else {
		auto build = join.rhs_output_columns.col_idxs[index - left.size()];
		if (build < join.condition_types.size()) {
			return result;
		}
		result.child = 1;
		result.column = join.payload_columns.col_idxs[build - join.condition_types.size()];
	}
	for (auto &condition : join.conditions) {
		if (!condition.IsComparison() ||
		    Reads(result.child == 0 ? condition.GetLHS() : condition.GetRHS(), result.column.GetIndex())) {
			return PassedOn();
		}
	}
	return result;
}

//! What ON CONFLICT makes of several rows of one key: the first of each.
static PassedOn PassedByGroups(const vector<unique_ptr<Expression>> &groups,
                               const vector<unique_ptr<Expression>> &aggregates, idx_t index) {
	PassedOn result;
	if (index < groups.size() || index - groups.size() >= aggregates.size()) {
		return result;
	}
	auto own = index - groups.size();
	auto &aggregate = aggregates[own]->Cast<BoundAggregateExpression>();
	if (aggregate.Function().GetName() != "first" || aggregate.GetChildren().size() != 1) {
		return result;
	}
	result.column = RemoteDefault::PassedColumn(*aggregate.GetChildren()[0]);
	if (result.column.IsValid() && (AnyReads(groups, optional_idx(), result.column.GetIndex()) ||
	                                AnyReads(aggregates, own, result.column.GetIndex()))) {
		result.column = optional_idx();
	}
	return result;
}

static PassedOn PassedBy(const PhysicalOperator &plan, idx_t index) {
	switch (plan.type) {
	case PhysicalOperatorType::PROJECTION:
		return PassedByProjection(plan.Cast<PhysicalProjection>(), index);
	case PhysicalOperatorType::HASH_JOIN:
		return PassedByJoin(plan.Cast<PhysicalHashJoin>(), index);
	case PhysicalOperatorType::HASH_GROUP_BY: {
		auto &data = plan.Cast<PhysicalHashAggregate>().grouped_aggregate_data;
		return PassedByGroups(data.groups, data.aggregates, index);
	}
	case PhysicalOperatorType::PERFECT_HASH_GROUP_BY: {
		auto &groups = plan.Cast<PhysicalPerfectHashAggregate>();
		return PassedByGroups(groups.groups, groups.aggregates, index);
	}
	case PhysicalOperatorType::FILTER:
	case PhysicalOperatorType::STREAMING_LIMIT:
		return PassedOn {0, index};
	default:
		return PassedOn();
	}
}

//===--------------------------------------------------------------------===//
// Taking
//===--------------------------------------------------------------------===//
bool RemoteDefault::TakeColumn(ClientContext &context, PhysicalOperator &plan, idx_t index) {
	switch (plan.type) {
	case PhysicalOperatorType::EXPRESSION_SCAN:
		return TakeFromRows(plan.Cast<PhysicalExpressionScan>(), index);
	case PhysicalOperatorType::EMPTY_RESULT:
		return true;
	case PhysicalOperatorType::MERGE_ACTION_SOURCE:
		// Each action has columns of its own among the merged rows.
		return TakeColumn(context, *plan.Cast<PhysicalMergeActionSource>().merge_input, index);
	case PhysicalOperatorType::PROJECTION: {
		auto &expression = plan.Cast<PhysicalProjection>().select_list[index];
		if (IsMarker(*expression)) {
			ReplaceByNull(expression);
			return true;
		}
		break;
	}
	default:
		break;
	}
	auto passed = PassedBy(plan, index);
	return passed.column.IsValid() && TakeColumn(context, plan.children[passed.child], passed.column.GetIndex());
}

//! Adds a boolean to the rows: whether each takes the default. Invalid where none does.
static optional_idx AddFlagToRows(PhysicalExpressionScan &rows, idx_t index) {
	bool any = false;
	for (auto &row : rows.expressions) {
		any = any || IsMarker(*row[index]);
	}
	if (!any) {
		return optional_idx();
	}
	for (auto &row : rows.expressions) {
		const bool is_default = IsMarker(*row[index]);
		if (is_default) {
			ReplaceByNull(row[index]);
		}
		row.push_back(make_uniq<BoundConstantExpression>(Value::BOOLEAN(is_default)));
	}
	rows.types.push_back(LogicalType::BOOLEAN);
	return rows.types.size() - 1;
}

optional_idx RemoteDefault::AddFlag(PhysicalOperator &plan, idx_t index) {
	if (plan.type == PhysicalOperatorType::EXPRESSION_SCAN) {
		return AddFlagToRows(plan.Cast<PhysicalExpressionScan>(), index);
	}
	if (plan.type != PhysicalOperatorType::PROJECTION) {
		return optional_idx();
	}
	auto &select_list = plan.Cast<PhysicalProjection>().select_list;
	auto passed = PassedColumn(*select_list[index]);
	auto flag = passed.IsValid() ? AddFlag(plan.children[0], passed.GetIndex()) : optional_idx();
	if (!flag.IsValid()) {
		return flag;
	}
	select_list.push_back(make_uniq<BoundReferenceExpression>(LogicalType::BOOLEAN, flag.GetIndex()));
	plan.types.push_back(LogicalType::BOOLEAN);
	return plan.types.size() - 1;
}

PhysicalOperator &RemoteDefault::MakeDefaultRows(PhysicalPlanGenerator &planner, PhysicalOperator &plan) {
	vector<unique_ptr<Expression>> select_list;
	select_list.push_back(make_uniq<BoundReferenceExpression>(plan.types[0], 0));
	select_list.push_back(make_uniq<BoundConstantExpression>(Value::BOOLEAN(true)));
	vector<LogicalType> types {plan.types[0], LogicalType::BOOLEAN};
	auto &result =
	    planner.Make<PhysicalProjection>(std::move(types), std::move(select_list), plan.estimated_cardinality);
	result.children.push_back(plan);
	return result;
}

} // namespace skein
