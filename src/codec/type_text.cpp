#include "codec/type_text.hpp"

#include "duckdb/common/exception.hpp"
#include "duckdb/common/type_visitor.hpp"
#include "duckdb/parser/expression/type_expression.hpp"

namespace skein {

using duckdb::LogicalType;

std::string TypeText(const LogicalType &type) {
	auto plain = duckdb::TypeVisitor::VisitReplace(type, [](const LogicalType &part) -> LogicalType {
		if (!part.HasAlias() || part.IsJSONType()) {
			return part;
		}
		return part.WithAlias(std::string());
	});
	return plain.ToString();
}

//! JSON is built in, but lives in an extension, which parsing does not ask. Any other name is nobody's.
static LogicalType BindJSON(const LogicalType &type, const std::string &text) {
	if (!type.IsUnbound()) {
		return type;
	}
	auto &expression = *duckdb::UnboundType::GetTypeExpression(type);
	if (expression.GetExpressionType() == duckdb::ExpressionType::TYPE) {
		auto &named = expression.Cast<duckdb::TypeExpression>();
		if (named.GetTypeName() == LogicalType::JSON_TYPE_NAME && named.GetChildren().empty()) {
			return LogicalType::JSON();
		}
	}
	throw duckdb::InvalidInputException("Type \"%s\" is not built in", text);
}

LogicalType ParseTypeText(duckdb::ClientContext &context, const std::string &text) {
	auto parsed = duckdb::UnboundType::TryParseAndDefaultBind(text);
	return duckdb::TypeVisitor::VisitReplace(parsed, [&](const LogicalType &part) { return BindJSON(part, text); });
}

} // namespace skein
