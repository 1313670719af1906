#include "server/catalog_sql.hpp"

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry.hpp"
#include "duckdb/optimizer/remote_pushdown_optimizer.hpp"
#include "duckdb/parser/constraints/check_constraint.hpp"
#include "duckdb/parser/expression/constant_expression.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/parsed_data/create_table_info.hpp"
#include "duckdb/parser/parsed_data/create_type_info.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"

namespace skein {

using duckdb::Identifier;
using duckdb::ParsedExpression;
// The engine takes a catalog's name out of a statement where it sends one to another database: the same is wanted here.
using Stripper = duckdb::RemotePushdownOptimizer;

static bool NamesSequence(const duckdb::FunctionExpression &function) {
	auto &name = function.FunctionName();
	return name == "nextval" || name == "currval" || name == "setval";
}

//! A sequence is named by text.
static void StripSequenceName(duckdb::FunctionExpression &function, const Identifier &catalog) {
	if (!NamesSequence(function)) {
		return;
	}
	duckdb::ParsedExpressionIterator::EnumerateChildren(
	    static_cast<ParsedExpression &>(function), [&](duckdb::unique_ptr<ParsedExpression> &child) {
		    if (child->GetExpressionClass() != duckdb::ExpressionClass::CONSTANT) {
			    return;
		    }
		    auto &literal = child->Cast<duckdb::ConstantExpression>().GetLiteral();
		    duckdb::QualifiedName name;
		    std::string error;
		    if (literal.kind == duckdb::LiteralKind::STRING &&
			    duckdb::QualifiedName::TryParse(literal.text, name, error) && name.Catalog() == catalog) {
			    name.StripCatalog();
			    child = duckdb::ConstantExpression::String(name.ToString());
		    }
	    });
}

static void StripExpression(ParsedExpression &expression, const Identifier &catalog) {
	Stripper::StripCatalogName(expression, catalog);
	duckdb::ParsedExpressionIterator::VisitExpressionMutable<duckdb::FunctionExpression>(
	    expression, [&](duckdb::FunctionExpression &function) { StripSequenceName(function, catalog); });
}

static void StripTable(duckdb::CreateTableInfo &table, const Identifier &catalog) {
	for (uint64_t i = 0; i < table.columns.LogicalColumnCount(); i++) {
		auto &column = table.columns.GetColumnMutable(duckdb::LogicalIndex(i));
		if (column.Generated()) {
			StripExpression(column.GeneratedExpressionMutable(), catalog);
			// The parser does not take a collation before GENERATED.
			if (column.Type().id() == duckdb::LogicalTypeId::VARCHAR) {
				column.SetType(duckdb::LogicalType::VARCHAR);
			}
		} else if (column.HasDefaultValue()) {
			auto value = column.DefaultValue().Copy();
			StripExpression(*value, catalog);
			column.SetDefaultValue(std::move(value));
		}
	}
	for (auto &constraint : table.constraints) {
		if (constraint->type == duckdb::ConstraintType::CHECK) {
			StripExpression(*constraint->Cast<duckdb::CheckConstraint>().expression, catalog);
		}
	}
}

//! What refers to other entries. A schema called like its database could not be told from it in there.
static void StripDefinition(duckdb::CreateInfo &info, const Identifier &catalog) {
	auto name = info.GetQualifiedName();
	if (info.type == duckdb::CatalogType::TABLE_ENTRY) {
		StripTable(info.Cast<duckdb::CreateTableInfo>(), catalog);
	} else {
		Stripper::StripCatalogName(info, catalog);
	}
	info.SetQualifiedName(std::move(name));
	info.StripCatalogQualification();
}

static bool IsDefaultSchema(const duckdb::CatalogEntry &entry) {
	return entry.type == duckdb::CatalogType::SCHEMA_ENTRY && entry.name == DEFAULT_SCHEMA;
}

std::string CreateEntrySQL(const duckdb::CatalogEntry &entry) {
	if (IsDefaultSchema(entry)) {
		return std::string();
	}
	if (entry.type == duckdb::CatalogType::SCHEMA_ENTRY) {
		return entry.ToSQL();
	}
	auto info = entry.GetInfo();
	if (info->type == duckdb::CatalogType::TYPE_ENTRY) {
		auto &type = info->Cast<duckdb::CreateTypeInfo>().type;
		// Else it would be shown by the name it is to get.
		type = type.WithAlias(std::string());
	}
	StripDefinition(*info, entry.ParentCatalog().GetName());
	return info->ToString();
}

} // namespace skein
