#include "server/plain_read.hpp"

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry/table_catalog_entry.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/tableref/basetableref.hpp"

namespace skein {

using duckdb::ExpressionClass;
using duckdb::ParsedExpression;

static bool HasNoEffects(ExpressionClass expression_class) {
	switch (expression_class) {
	case ExpressionClass::COLUMN_REF:
	case ExpressionClass::STAR:
	case ExpressionClass::CONSTANT:
	case ExpressionClass::PARAMETER:
	case ExpressionClass::COMPARISON:
	case ExpressionClass::CONJUNCTION:
	case ExpressionClass::BETWEEN:
	case ExpressionClass::CAST:
		return true;
	default:
		return false;
	}
}

static bool IsPlain(const ParsedExpression &expression) {
	bool is_plain = HasNoEffects(expression.GetExpressionClass());
	if (is_plain) {
		duckdb::ParsedExpressionIterator::EnumerateChildren(
		    expression, [&](const ParsedExpression &child) { is_plain = is_plain && IsPlain(child); });
	}
	return is_plain;
}

static bool IsPlain(const duckdb::SelectNode &node) {
	if (!node.modifiers.empty() || !node.cte_map.map.empty() || !node.groups.group_expressions.empty() ||
	    !node.groups.grouping_sets.empty() || node.having || node.qualify || node.sample) {
		return false;
	}
	for (auto &expression : node.select_list) {
		if (!IsPlain(*expression)) {
			return false;
		}
	}
	return !node.where_clause || IsPlain(*node.where_clause);
}

//! A table of the engine's own, whose columns all hold what was put into them.
static bool IsStoredTable(duckdb::ClientContext &context, const duckdb::BaseTableRef &ref) {
	if (ref.at_clause || ref.sample) {
		return false;
	}
	duckdb::EntryLookupInfo lookup(duckdb::CatalogType::TABLE_ENTRY, ref.GetQualifiedName());
	auto entry = duckdb::Catalog::GetEntry(context, lookup, duckdb::OnEntryNotFound::RETURN_NULL);
	if (!entry || entry->type != duckdb::CatalogType::TABLE_ENTRY) {
		return false;
	}
	auto &table = entry->Cast<duckdb::TableCatalogEntry>();
	return table.IsDuckTable() && !table.HasGeneratedColumns();
}

bool IsPlainRead(duckdb::ClientContext &context, const duckdb::SQLStatement &statement) {
	if (statement.type != duckdb::StatementType::SELECT_STATEMENT) {
		return false;
	}
	auto &node = *statement.Cast<duckdb::SelectStatement>().node;
	if (node.type != duckdb::QueryNodeType::SELECT_NODE) {
		return false;
	}
	auto &select = node.Cast<duckdb::SelectNode>();
	if (!select.from_table || select.from_table->type != duckdb::TableReferenceType::BASE_TABLE || !IsPlain(select)) {
		return false;
	}
	bool is_stored = false;
	context.RunFunctionInTransaction(
	    [&]() { is_stored = IsStoredTable(context, select.from_table->Cast<duckdb::BaseTableRef>()); }, false);
	return is_stored;
}

} // namespace skein
