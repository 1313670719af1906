#include "client/scan/scan_filter.hpp"

#include <array>
#include <string_view>

#include "client/skein_settings.hpp"
#include "duckdb/planner/bound_expression_sql_exporter.hpp"
#include "duckdb/planner/expression/bound_cast_expression.hpp"
#include "duckdb/planner/expression/bound_comparison_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "protocol/version.hpp"

namespace skein {

using namespace duckdb;

//===--------------------------------------------------------------------===//
// What may be sent
//===--------------------------------------------------------------------===//
//! Functions that depend on their arguments alone.
static constexpr std::array SENT_FUNCTIONS = {
    "+",           "-",         "*",      "%",       "//",     "abs",   "sign",   "floor",  "ceil",
    "ceiling",     "round",     "length", "len",     "strlen", "lower", "upper",  "lcase",  "ucase",
    "contains",    "prefix",    "suffix", "~~",      "!~~",    "~~*",   "!~~*",   "concat", "||",
    "starts_with", "ends_with", "substr", "left",    "right",  "trim",  "ltrim",  "rtrim",  "reverse",
    "substring",   "replace",   "year",   "month",   "day",    "hour",  "minute", "second", "like_escape",
    "instr",       "strpos",    "&",      "|",       "xor",    "<<",    ">>",     "mod",    "not_like_escape",
    "date_part",   "datepart",  "ascii",  "position"};

static bool IsSentFunction(const string &name) {
	for (auto sent : SENT_FUNCTIONS) {
		if (name == sent) {
			return true;
		}
	}
	return false;
}

//! Types whose values compare alike on both sides. Those with a time zone do, but convert by the session's.
static bool IsComparableType(const LogicalType &type) {
	switch (type.id()) {
	case LogicalTypeId::BOOLEAN:
	case LogicalTypeId::TINYINT:
	case LogicalTypeId::SMALLINT:
	case LogicalTypeId::INTEGER:
	case LogicalTypeId::BIGINT:
	case LogicalTypeId::HUGEINT:
	case LogicalTypeId::UTINYINT:
	case LogicalTypeId::USMALLINT:
	case LogicalTypeId::UINTEGER:
	case LogicalTypeId::UBIGINT:
	case LogicalTypeId::UHUGEINT:
	case LogicalTypeId::FLOAT:
	case LogicalTypeId::DOUBLE:
	case LogicalTypeId::DECIMAL:
	case LogicalTypeId::VARCHAR:
	case LogicalTypeId::BLOB:
	case LogicalTypeId::DATE:
	case LogicalTypeId::TIME:
	case LogicalTypeId::TIMESTAMP:
	case LogicalTypeId::TIMESTAMP_SEC:
	case LogicalTypeId::TIMESTAMP_MS:
	case LogicalTypeId::TIMESTAMP_NS:
	case LogicalTypeId::TIMESTAMP_TZ:
	case LogicalTypeId::UUID:
	case LogicalTypeId::SQLNULL:
		return !type.HasAlias();
	default:
		return false;
	}
}

static bool IsConvertedType(const LogicalType &type) {
	return IsComparableType(type) && type.id() != LogicalTypeId::TIMESTAMP_TZ;
}

static bool IsSentExpression(const Expression &expression);

static bool AreSentChildren(const Expression &expression, bool (*is_sent_type)(const LogicalType &)) {
	bool result = true;
	ExpressionIterator::EnumerateChildren(expression, [&](const Expression &child) {
		result = result && is_sent_type(child.GetReturnType()) && IsSentExpression(child);
	});
	return result;
}

static bool IsSentExpression(const Expression &expression) {
	switch (expression.GetExpressionClass()) {
	case ExpressionClass::BOUND_COLUMN_REF:
	case ExpressionClass::BOUND_CONSTANT:
		return IsComparableType(expression.GetReturnType());
	case ExpressionClass::BOUND_CONJUNCTION:
	case ExpressionClass::BOUND_OPERATOR:
	case ExpressionClass::BOUND_CASE:
		return AreSentChildren(expression, IsComparableType);
	case ExpressionClass::BOUND_FUNCTION: {
		if (BoundComparisonExpression::IsComparison(expression) ||
		    expression.GetExpressionType() == ExpressionType::COMPARE_BETWEEN) {
			return AreSentChildren(expression, IsComparableType);
		}
		auto &function = expression.Cast<BoundFunctionExpression>();
		auto is_sent = BoundCastExpression::IsCast(expression) ||
		               IsSentFunction(function.Function().GetName().GetIdentifierName());
		return is_sent && IsConvertedType(expression.GetReturnType()) && AreSentChildren(expression, IsConvertedType);
	}
	default:
		return false;
	}
}

//===--------------------------------------------------------------------===//
// How it is written
//===--------------------------------------------------------------------===//
string ScanFilter::ToSql(ClientContext &context, const LogicalGet &get, const vector<string> &column_names,
                         const Expression &filter) {
	if (filter.IsVolatile() || filter.HasParameter() || !IsSentExpression(filter)) {
		return string();
	}
	BoundExpressionSQLExportContext export_context;
	export_context.client_context = &context;
	export_context.resolve_binding = [&](const ColumnBinding &binding) -> duckdb::optional<ResolvedSQLColumnReference> {
		if (binding.table_index != get.table_index) {
			return {};
		}
		auto &column = get.GetColumnIndex(binding);
		auto index = column.GetPrimaryIndex();
		if (IsVirtualColumn(index) || column.HasChildren()) {
			return {};
		}
		ResolvedSQLColumnReference reference;
		reference.names.emplace_back(column_names[index]);
		reference.type = get.returned_types[index];
		return reference;
	};
	auto exported = BoundExpressionSQLExporter::Export(filter, export_context);
	if (!exported.IsSuccess()) {
		return string();
	}
	auto sql = "(" + exported.GetValue()->ToString() + ")";
	// A text with NUL bytes cannot be written as SQL.
	auto can_travel = sql.size() <= SkeinSettings::Get(context).filter_bytes && sql.find('\0') == string::npos;
	return can_travel ? sql : string();
}

} // namespace skein
