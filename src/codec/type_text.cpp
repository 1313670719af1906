#include "codec/type_text.hpp"

#include <unordered_map>

#include "duckdb/common/error_data.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/string_util.hpp"
#include "duckdb/common/types/decimal.hpp"
#include "duckdb/common/type_visitor.hpp"
#include "duckdb/parser/column_list.hpp"
#include "duckdb/parser/expression/constant_expression.hpp"
#include "duckdb/parser/expression/type_expression.hpp"
#include "duckdb/parser/parser.hpp"
#include "protocol/identifier.hpp"
#include "protocol/limits.hpp"

namespace skein {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;

//===--------------------------------------------------------------------===//
// To text
//===--------------------------------------------------------------------===//
static std::string SqlText(const std::string &text) {
	return "'" + duckdb::StringUtil::Replace(text, "'", "''") + "'";
}

static void CheckDepth(idx_t depth) {
	if (depth > limits::type_depth_max) {
		throw duckdb::InvalidInputException("A type that nests deeper than %d cannot be sent (type_depth_max)",
		                                    limits::type_depth_max);
	}
}

static std::string TextOf(const LogicalType &type, idx_t depth);

template <class NAME>
static std::string MembersText(const char *keyword, idx_t count, idx_t depth, NAME &&member) {
	std::string result;
	for (idx_t i = 0; i < count; i++) {
		const auto [name, type] = member(i);
		result += (i == 0 ? "" : ", ") + name + (name.empty() ? "" : " ") + TextOf(type, depth + 1);
	}
	return keyword + ("(" + result + ")");
}

static std::string StructText(const LogicalType &type, idx_t depth) {
	const bool is_tuple = type.id() == LogicalTypeId::TUPLE;
	auto &children = duckdb::StructType::GetChildTypes(type);
	if (children.empty()) {
		return "STRUCT";
	}
	return MembersText(is_tuple ? "TUPLE" : "STRUCT", children.size(), depth, [&](idx_t i) {
		auto name = is_tuple ? std::string() : QuoteIdentifier(children[i].first.GetIdentifierName());
		return std::make_pair(std::move(name), children[i].second);
	});
}

static std::string TextOf(const LogicalType &type, idx_t depth) {
	CheckDepth(depth);
	if (type.IsJSONType() || !type.HasParameters()) {
		return type.IsJSONType() ? type.ToString() : type.WithAlias(std::string()).ToString();
	}
	switch (type.id()) {
	case LogicalTypeId::VARCHAR: {
		// DuckDB itself leaves the collation out of a type's text.
		auto collation = duckdb::StringType::GetCollation(type);
		return collation.empty() ? "VARCHAR" : "VARCHAR(" + SqlText(collation) + ")";
	}
	case LogicalTypeId::LIST:
		return TextOf(duckdb::ListType::GetChildType(type), depth + 1) + "[]";
	case LogicalTypeId::ARRAY:
		return TextOf(duckdb::ArrayType::GetChildType(type), depth + 1) + "[" +
		       std::to_string(duckdb::ArrayType::GetSize(type)) + "]";
	case LogicalTypeId::MAP:
		return "MAP(" + TextOf(duckdb::MapType::KeyType(type), depth + 1) + ", " +
		       TextOf(duckdb::MapType::ValueType(type), depth + 1) + ")";
	case LogicalTypeId::STRUCT:
	case LogicalTypeId::TUPLE:
		return StructText(type, depth);
	case LogicalTypeId::UNION:
		return MembersText("UNION", duckdb::UnionType::GetMemberCount(type), depth, [&](idx_t i) {
			return std::make_pair(QuoteIdentifier(duckdb::UnionType::GetMemberName(type, i).GetIdentifierName()),
			                      duckdb::UnionType::GetMemberType(type, i));
		});
	default:
		return type.HasAlias() ? type.WithAlias(std::string()).ToString() : type.ToString();
	}
}

std::string TypeText(const LogicalType &type) {
	return TextOf(type, 0);
}

//===--------------------------------------------------------------------===//
// From text
//===--------------------------------------------------------------------===//
//! The parser goes as deep as the text does: counts before it is asked.
static void CheckTextDepth(const std::string &text) {
	idx_t depth = 0;
	idx_t brackets = 0;
	char quote = 0;
	for (auto c : text) {
		if (quote) {
			quote = c == quote ? 0 : quote;
		} else if (c == '\'' || c == '"') {
			quote = c;
		} else if (c == '(') {
			CheckDepth(++depth + brackets);
			brackets = 0;
		} else if (c == '[') {
			CheckDepth(depth + ++brackets);
		} else if (c == ')') {
			depth -= depth > 0 ? 1 : 0;
		} else if (c == ',') {
			brackets = 0;
		}
	}
}

[[noreturn]] static void Refuse(const std::string &text, const std::string &reason) {
	throw duckdb::InvalidInputException("\"%s\" is not the text of a built-in type: %s", text, reason);
}

//! The engine knows a coordinate system only while binding a statement. Under this name it leaves the type to
//! BindOthers.
static constexpr const char *GEOMETRY_WITH_CRS = "geometry with crs";
//! The same for what DuckDB makes of a query without rows and writes, but does not read.
static constexpr const char *ENUM_WITHOUT_VALUES = "enum without values";

static void PrepareForBinding(duckdb::ParsedExpression &expression, const std::string &text) {
	if (expression.GetExpressionType() != duckdb::ExpressionType::TYPE) {
		return;
	}
	auto &type = expression.Cast<duckdb::TypeExpression>();
	if (!type.GetSchema().empty() || !type.GetCatalog().empty()) {
		Refuse(text, "a schema is named");
	}
	if (type.GetTypeName() == "GEOMETRY" && !type.GetChildren().empty()) {
		type.SetQualifiedName(duckdb::Identifier(), duckdb::Identifier(), duckdb::Identifier(GEOMETRY_WITH_CRS));
	}
	if (type.GetTypeName() == "ENUM" && type.GetChildren().empty() && text.find("ENUM()") != std::string::npos) {
		type.SetQualifiedName(duckdb::Identifier(), duckdb::Identifier(), duckdb::Identifier(ENUM_WITHOUT_VALUES));
	}
	for (auto &child : type.GetChildren()) {
		PrepareForBinding(*child, text);
	}
}

//! What binding left: JSON, which lives in an extension, and coordinate systems. Any other name is nobody's.
static LogicalType BindOthers(const LogicalType &type, const std::string &text) {
	if (!type.IsUnbound()) {
		return type;
	}
	auto &expression = *duckdb::UnboundType::GetTypeExpression(type);
	if (expression.GetExpressionType() == duckdb::ExpressionType::TYPE) {
		auto &named = expression.Cast<duckdb::TypeExpression>();
		auto &children = named.GetChildren();
		if (named.GetTypeName() == LogicalType::JSON_TYPE_NAME && children.empty()) {
			return LogicalType::JSON();
		}
		if (named.GetTypeName() == ENUM_WITHOUT_VALUES) {
			duckdb::Vector no_values(LogicalType::VARCHAR, 0);
			return LogicalType::ENUM(no_values, 0);
		}
		if (named.GetTypeName() == GEOMETRY_WITH_CRS && children.size() == 1 &&
		    children[0]->GetExpressionType() == duckdb::ExpressionType::VALUE_CONSTANT) {
			auto value = children[0]->Cast<duckdb::ConstantExpression>().GetLiteral().ToValue();
			return LogicalType::GEOMETRY(value.ToString());
		}
	}
	Refuse(text, "there is no such type");
}

static LogicalType Parse(const std::string &text) {
	auto columns = duckdb::Parser::GetBuiltinParser().ParseColumnList("c " + text);
	if (columns.LogicalColumnCount() != 1) {
		Refuse(text, "it is not one type");
	}
	auto &column = columns.GetColumn(duckdb::LogicalIndex(0));
	if (column.Generated() || column.HasDefaultValue()) {
		Refuse(text, "it is more than a type");
	}
	if (!column.Type().IsUnbound()) {
		return column.Type();
	}
	auto expression = duckdb::UnboundType::GetTypeExpression(column.Type())->Copy();
	PrepareForBinding(*expression, text);
	return duckdb::UnboundType::TryDefaultBind(*expression);
}

static constexpr LogicalTypeId UNNAMED_TYPES[] = {LogicalTypeId::BOOLEAN,      LogicalTypeId::TINYINT,
                                                  LogicalTypeId::SMALLINT,     LogicalTypeId::INTEGER,
                                                  LogicalTypeId::BIGINT,       LogicalTypeId::HUGEINT,
                                                  LogicalTypeId::UTINYINT,     LogicalTypeId::USMALLINT,
                                                  LogicalTypeId::UINTEGER,     LogicalTypeId::UBIGINT,
                                                  LogicalTypeId::UHUGEINT,     LogicalTypeId::BIGNUM,
                                                  LogicalTypeId::FLOAT,        LogicalTypeId::DOUBLE,
                                                  LogicalTypeId::VARCHAR,      LogicalTypeId::BLOB,
                                                  LogicalTypeId::BIT,          LogicalTypeId::UUID,
                                                  LogicalTypeId::DATE,         LogicalTypeId::TIME,
                                                  LogicalTypeId::TIME_NS,      LogicalTypeId::TIME_TZ,
                                                  LogicalTypeId::TIMESTAMP,    LogicalTypeId::TIMESTAMP_SEC,
                                                  LogicalTypeId::TIMESTAMP_MS, LogicalTypeId::TIMESTAMP_NS,
                                                  LogicalTypeId::TIMESTAMP_TZ, LogicalTypeId::TIMESTAMP_TZ_NS,
                                                  LogicalTypeId::INTERVAL};

//! The types without names, by their text: what most columns have. The parser takes a tenth of a millisecond for each.
static const std::unordered_map<std::string, LogicalType> &UnnamedTypes() {
	static const auto result = []() {
		std::unordered_map<std::string, LogicalType> types;
		auto add = [&](const LogicalType &type) {
			for (auto &each : {type, LogicalType::LIST(type)}) {
				types.emplace(TypeText(each), each);
			}
		};
		for (auto id : UNNAMED_TYPES) {
			add(id);
		}
		add(LogicalType::JSON());
		for (uint8_t width = 1; width <= duckdb::Decimal::MAX_WIDTH_DECIMAL; width++) {
			for (uint8_t scale = 0; scale <= width; scale++) {
				add(LogicalType::DECIMAL(width, scale));
			}
		}
		return types;
	}();
	return result;
}

LogicalType ParseTypeText(duckdb::ClientContext &, const std::string &text) {
	auto unnamed = UnnamedTypes().find(text);
	if (unnamed != UnnamedTypes().end()) {
		return unnamed->second;
	}
	CheckTextDepth(text);
	try {
		return duckdb::TypeVisitor::VisitReplace(Parse(text),
		                                         [&](const LogicalType &part) { return BindOthers(part, text); });
	} catch (const duckdb::InvalidInputException &) {
		throw;
	} catch (const std::runtime_error &error) {
		// Parser and binder errors would point into a statement nobody wrote.
		Refuse(text, duckdb::ErrorData(error).RawMessage());
	}
}

} // namespace skein
