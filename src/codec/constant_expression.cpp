#include "codec/constant_expression.hpp"

#include "duckdb/catalog/default/default_types.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/exception/parser_exception.hpp"
#include "duckdb/parser/expression/cast_expression.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/expression/type_expression.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/parser_options.hpp"

namespace skein {

using duckdb::ExpressionClass;

static bool IsSign(const duckdb::FunctionExpression &function) {
	return function.IsOperator() && (function.FunctionName() == "-" || function.FunctionName() == "+");
}

//! Not one that a database made or could hide.
static bool IsBuiltInType(const duckdb::TypeExpression &type) {
	if (!type.GetSchema().empty() ||
	    duckdb::DefaultTypeGenerator::GetDefaultType(type.GetTypeName()) == duckdb::LogicalTypeId::INVALID) {
		return false;
	}
	for (auto &parameter : type.GetChildren()) {
		if (parameter->GetExpressionClass() != ExpressionClass::CONSTANT) {
			return false;
		}
	}
	return true;
}

bool IsConstantExpression(const duckdb::ParsedExpression &expression) {
	switch (expression.GetExpressionClass()) {
	case ExpressionClass::CONSTANT:
		return true;
	case ExpressionClass::CAST: {
		auto &cast = expression.Cast<duckdb::CastExpression>();
		return IsBuiltInType(cast.TargetType()) && IsConstantExpression(cast.Child());
	}
	case ExpressionClass::FUNCTION: {
		auto &function = expression.Cast<duckdb::FunctionExpression>();
		auto &arguments = function.GetArguments();
		return IsSign(function) && arguments.size() == 1 && IsConstantExpression(arguments[0].GetExpression());
	}
	default:
		return false;
	}
}

duckdb::unique_ptr<duckdb::ParsedExpression> ParseConstantExpression(const std::string &text) {
	if (text.empty()) {
		return nullptr;
	}
	try {
		duckdb::Parser parser(duckdb::ParserOptions::Builtin());
		auto expressions = parser.ParseExpressionList(text);
		if (expressions.size() == 1 && IsConstantExpression(*expressions[0])) {
			return std::move(expressions[0]);
		}
	} catch (const duckdb::ParserException &) {
		// No expression at all.
	}
	return nullptr;
}

} // namespace skein
