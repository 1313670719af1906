#include "client/write/remote_default.hpp"

#include "duckdb/common/exception.hpp"
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
	explicit MarkerExpression(string text_p)
	    : FunctionExpression(Identifier(MARKER_NAME), vector<unique_ptr<ParsedExpression>>()), text(std::move(text_p)) {
	}

	string ToString() const override {
		return text.empty() ? FunctionExpression::ToString() : text;
	}
	unique_ptr<ParsedExpression> Copy() const override {
		auto copy = make_uniq<MarkerExpression>(text);
		copy->CopyBase(*this);
		return std::move(copy);
	}

private:
	const string text;
};

unique_ptr<ParsedExpression> RemoteDefault::MakeExpression(const string &text) {
	return make_uniq<MarkerExpression>(text);
}

static void EvaluateMarker(DataChunk &input, ExpressionState &state, Vector &result) {
	throw NotImplementedException("DEFAULT for some rows only is not possible in a remote table: insert the rows that "
	                              "take the default in a statement of their own, leaving the column out");
}

ScalarFunction RemoteDefault::GetFunction() {
	ScalarFunction function(Identifier(MARKER_NAME), vector<LogicalType>(), LogicalType::SQLNULL, EvaluateMarker);
	// Volatile, so that no optimizer evaluates it.
	function.SetVolatile();
	return function;
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
	case PhysicalOperatorType::FILTER:
	case PhysicalOperatorType::STREAMING_LIMIT:
		return TakeColumn(context, plan.children[0], index);
	default:
		return false;
	}
}

} // namespace skein
