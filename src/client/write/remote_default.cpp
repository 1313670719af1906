#include "client/write/remote_default.hpp"

#include "duckdb/common/exception.hpp"
#include "duckdb/execution/operator/persistent/physical_merge_into.hpp"
#include "duckdb/execution/operator/projection/physical_projection.hpp"
#include "duckdb/execution/operator/scan/physical_expression_scan.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/planner/expression/bound_cast_expression.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"

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
	throw NotImplementedException("A remote column's default that is no constant can only be taken by all rows alike, "
	                              "outside ON CONFLICT: insert the rows that take it in a statement of their own");
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

bool RemoteDefault::TakeColumn(ClientContext &context, PhysicalOperator &plan, idx_t index) {
	switch (plan.type) {
	case PhysicalOperatorType::EXPRESSION_SCAN:
		return TakeFromRows(plan.Cast<PhysicalExpressionScan>(), index);
	case PhysicalOperatorType::PROJECTION: {
		auto &expression = plan.Cast<PhysicalProjection>().select_list[index];
		if (IsMarker(*expression)) {
			ReplaceByNull(expression);
			return true;
		}
		auto passed = PassedColumn(*expression);
		return passed.IsValid() && TakeColumn(context, plan.children[0], passed.GetIndex());
	}
	case PhysicalOperatorType::EMPTY_RESULT:
		return true;
	case PhysicalOperatorType::MERGE_ACTION_SOURCE:
		// Each action has columns of its own among the merged rows.
		return TakeColumn(context, *plan.Cast<PhysicalMergeActionSource>().merge_input, index);
	case PhysicalOperatorType::FILTER:
	case PhysicalOperatorType::STREAMING_LIMIT:
		return TakeColumn(context, plan.children[0], index);
	default:
		return false;
	}
}

} // namespace skein
