#include "server/table_statements.hpp"

#include <algorithm>

#include "duckdb/main/client_context.hpp"
#include "duckdb/parser/expression/case_expression.hpp"
#include "duckdb/parser/expression/cast_expression.hpp"
#include "duckdb/parser/expression/columnref_expression.hpp"
#include "duckdb/parser/expression/comparison_expression.hpp"
#include "duckdb/parser/expression/constant_expression.hpp"
#include "duckdb/parser/expression/default_expression.hpp"
#include "duckdb/parser/expression/star_expression.hpp"
#include "duckdb/parser/expression/subquery_expression.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/query_node/delete_query_node.hpp"
#include "duckdb/parser/query_node/insert_query_node.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/query_node/update_query_node.hpp"
#include "duckdb/parser/statement/delete_statement.hpp"
#include "duckdb/parser/statement/insert_statement.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/statement/update_statement.hpp"
#include "duckdb/parser/tableref/basetableref.hpp"
#include "protocol/identifier.hpp"
#include "server/put_stream_function.hpp"
#include "server/request_error.hpp"

namespace skein {

using duckdb::Identifier;
using duckdb::make_uniq;
using duckdb::ParsedExpression;
using duckdb::TableRef;
using duckdb::unique_ptr;

//! LIMIT and OFFSET are signed in the engine.
static constexpr uint64_t ROW_COUNT_MAX = 1ULL << 62;

static unique_ptr<ParsedExpression> ColumnOf(const std::string &table, const std::string &column) {
	return make_uniq<duckdb::ColumnRefExpression>(Identifier(column), Identifier(table));
}

static unique_ptr<duckdb::BaseTableRef> MakeTableRef(const ResolvedTable &table) {
	auto result = make_uniq<duckdb::BaseTableRef>();
	result->SetQualifiedName(table.QualifiedName());
	return result;
}

unique_ptr<ParsedExpression> ParseOneExpression(duckdb::ClientContext &context, const std::string &text,
                                                const std::string &field) {
	// As it is, to see that it is one; then in parentheses, because the first would let clauses after it pass unseen.
	auto count = duckdb::Parser(context).ParseExpressionList(text).size();
	if (count == 1) {
		auto expressions = duckdb::Parser(context).ParseExpressionList("(" + text + "\n)");
		if (expressions.size() == 1) {
			return std::move(expressions[0]);
		}
	}
	throw RequestError(ErrorCategory::INVALID_REQUEST, field + " must be exactly one SQL expression, but is: " + text);
}

void RequireRowIds(const ResolvedTable &table) {
	if (table.is_view) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   QuoteIdentifier(table.name) + " is a view: its rows have no row ids");
	}
	if (table.FindColumn(ROW_ID_COLUMN)) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, "Table " + QuoteIdentifier(table.name) + " has a column \"" +
		                                                       ROW_ID_COLUMN +
		                                                       "\" of its own, which hides its row ids");
	}
}

//===--------------------------------------------------------------------===//
// SELECT
//===--------------------------------------------------------------------===//
static void AddScanColumns(duckdb::SelectNode &select, const ResolvedTable &table, const DistributedRequest &request) {
	if (request.no_columns) {
		select.select_list.push_back(duckdb::ConstantExpression::Boolean(true));
		return;
	}
	for (auto &column : request.columns) {
		select.select_list.push_back(ColumnOf(table.name, column));
	}
	if (request.with_row_id) {
		RequireRowIds(table);
		auto row_id = ColumnOf(table.name, ROW_ID_COLUMN);
		row_id->SetAlias(Identifier(ROW_ID_COLUMN));
		select.select_list.push_back(std::move(row_id));
	} else if (request.columns.empty()) {
		select.select_list.push_back(make_uniq<duckdb::StarExpression>());
	}
}

static unique_ptr<ParsedExpression> RowCountConstant(uint64_t count) {
	return duckdb::ConstantExpression::Number(std::to_string(std::min(count, ROW_COUNT_MAX)));
}

unique_ptr<duckdb::SQLStatement> MakeScanStatement(duckdb::ClientContext &context, const ResolvedTable &table,
                                                   const DistributedRequest &request) {
	if (request.no_columns && (request.with_row_id || !request.columns.empty())) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, "no_columns contradicts columns and with_row_id");
	}
	auto select = make_uniq<duckdb::SelectNode>();
	AddScanColumns(*select, table, request);
	select->from_table = MakeTableRef(table);
	if (!request.filter.empty()) {
		select->where_clause = ParseOneExpression(context, request.filter, "filter");
	}
	if (request.limit || request.offset > 0) {
		auto limit = make_uniq<duckdb::LimitModifier>();
		if (request.limit) {
			limit->limit = RowCountConstant(*request.limit);
		}
		if (request.offset > 0) {
			limit->offset = RowCountConstant(request.offset);
		}
		select->modifiers.push_back(std::move(limit));
	}
	auto statement = make_uniq<duckdb::SelectStatement>();
	statement->node = std::move(select);
	return statement;
}

static unique_ptr<duckdb::SelectStatement> MakeUploadSelect(duckdb::vector<unique_ptr<ParsedExpression>> expressions,
                                                            unique_ptr<TableRef> rows) {
	auto select = make_uniq<duckdb::SelectNode>();
	select->select_list = std::move(expressions);
	select->from_table = std::move(rows);
	auto statement = make_uniq<duckdb::SelectStatement>();
	statement->node = std::move(select);
	return statement;
}

static unique_ptr<duckdb::SelectStatement> MakeUploadSelect(unique_ptr<ParsedExpression> expression,
                                                            unique_ptr<TableRef> rows) {
	duckdb::vector<unique_ptr<ParsedExpression>> expressions;
	expressions.push_back(std::move(expression));
	return MakeUploadSelect(std::move(expressions), std::move(rows));
}

//===--------------------------------------------------------------------===//
// INSERT, DELETE, UPDATE
//===--------------------------------------------------------------------===//
//! CASE WHEN flag THEN the column's default ELSE value END.
static unique_ptr<ParsedExpression> ValueOrDefault(duckdb::ClientContext &context, const ResolvedColumn &column,
                                                   unique_ptr<ParsedExpression> flag,
                                                   unique_ptr<ParsedExpression> value) {
	auto text = column.default_expression.empty() ? std::string("NULL") : column.default_expression;
	duckdb::CaseCheck check;
	check.when_expr = std::move(flag);
	check.then_expr = make_uniq<duckdb::CastExpression>(column.type, ParseOneExpression(context, text, "the default"));
	auto result = make_uniq<duckdb::CaseExpression>();
	result->CaseChecksMutable().push_back(std::move(check));
	result->ElseMutable() = std::move(value);
	return result;
}

static duckdb::vector<unique_ptr<ParsedExpression>> InsertedValues(duckdb::ClientContext &context,
                                                                   const ResolvedTable &table,
                                                                   const std::vector<std::string> &columns,
                                                                   const std::vector<std::string> &default_columns) {
	duckdb::vector<unique_ptr<ParsedExpression>> values;
	for (uint64_t i = 0; i < columns.size(); i++) {
		values.push_back(ColumnOf(UPLOAD_ALIAS, PutColumnName(i)));
	}
	for (uint64_t i = 0; i < default_columns.size(); i++) {
		auto column = std::find(columns.begin(), columns.end(), default_columns[i]);
		auto &value = values[static_cast<uint64_t>(column - columns.begin())];
		value = ValueOrDefault(context, *table.FindColumn(*column),
		                       ColumnOf(UPLOAD_ALIAS, PutColumnName(columns.size() + i)), std::move(value));
	}
	return values;
}

unique_ptr<duckdb::SQLStatement> MakeInsertStatement(duckdb::ClientContext &context, const ResolvedTable &table,
                                                     const std::vector<std::string> &columns,
                                                     const std::vector<std::string> &default_columns,
                                                     unique_ptr<TableRef> rows) {
	auto statement = make_uniq<duckdb::InsertStatement>();
	auto &insert = *statement->node;
	insert.qualified_name = table.QualifiedName();
	for (auto &column : columns) {
		insert.columns.emplace_back(column);
	}
	if (default_columns.empty()) {
		insert.select_statement = MakeUploadSelect(make_uniq<duckdb::StarExpression>(), std::move(rows));
	} else {
		insert.select_statement =
		    MakeUploadSelect(InsertedValues(context, table, columns, default_columns), std::move(rows));
	}
	return statement;
}

unique_ptr<duckdb::SQLStatement> MakeDeleteStatement(duckdb::ClientContext &context, const ResolvedTable &table,
                                                     const std::string &filter) {
	auto statement = make_uniq<duckdb::DeleteStatement>();
	statement->node->table = MakeTableRef(table);
	if (!filter.empty()) {
		statement->node->condition = ParseOneExpression(context, filter, "filter");
	}
	return statement;
}

unique_ptr<duckdb::SQLStatement> MakeDeleteRowsStatement(const ResolvedTable &table, unique_ptr<TableRef> rows) {
	auto in = make_uniq<duckdb::SubqueryExpression>();
	in->GetSubqueryTypeMutable() = duckdb::SubqueryType::ANY;
	in->GetComparisonTypeMutable() = duckdb::ExpressionType::COMPARE_EQUAL;
	in->GetChildMutable() = ColumnOf(table.name, ROW_ID_COLUMN);
	in->SubqueryMutable() = MakeUploadSelect(ColumnOf(UPLOAD_ALIAS, PutColumnName(0)), std::move(rows));

	auto statement = make_uniq<duckdb::DeleteStatement>();
	statement->node->table = MakeTableRef(table);
	statement->node->condition = std::move(in);
	return statement;
}

unique_ptr<duckdb::SQLStatement> MakeUpdateRowsStatement(const ResolvedTable &table,
                                                         const std::vector<std::string> &columns,
                                                         const std::vector<std::string> &default_columns,
                                                         unique_ptr<TableRef> rows) {
	auto set = make_uniq<duckdb::UpdateSetInfo>();
	for (uint64_t i = 0; i < columns.size(); i++) {
		set->columns.emplace_back(columns[i]);
		set->expressions.push_back(ColumnOf(UPLOAD_ALIAS, PutColumnName(i + 1)));
	}
	for (auto &column : default_columns) {
		set->columns.emplace_back(column);
		set->expressions.push_back(make_uniq<duckdb::DefaultExpression>());
	}
	if (set->columns.empty()) {
		// Rows that are there already and get no new values count, and are returned, as changed.
		auto unchanged = std::find_if(table.columns.begin(), table.columns.end(),
		                              [](const ResolvedColumn &column) { return !column.generated; });
		set->columns.emplace_back(unchanged->name);
		set->expressions.push_back(ColumnOf(table.name, unchanged->name));
	}
	set->condition = make_uniq<duckdb::ComparisonExpression>(duckdb::ExpressionType::COMPARE_EQUAL,
	                                                         ColumnOf(table.name, ROW_ID_COLUMN),
	                                                         ColumnOf(UPLOAD_ALIAS, PutColumnName(0)));
	auto statement = make_uniq<duckdb::UpdateStatement>();
	statement->node->table = MakeTableRef(table);
	statement->node->from_table = std::move(rows);
	statement->node->set_info = std::move(set);
	return statement;
}

static duckdb::vector<unique_ptr<ParsedExpression>> &ReturningList(duckdb::SQLStatement &statement) {
	switch (statement.type) {
	case duckdb::StatementType::INSERT_STATEMENT:
		return statement.Cast<duckdb::InsertStatement>().node->returning_list;
	case duckdb::StatementType::DELETE_STATEMENT:
		return statement.Cast<duckdb::DeleteStatement>().node->returning_list;
	default:
		return statement.Cast<duckdb::UpdateStatement>().node->returning_list;
	}
}

void AddReturning(duckdb::SQLStatement &statement, const ResolvedTable &table,
                  const std::vector<std::string> &columns) {
	auto &list = ReturningList(statement);
	for (auto &column : columns) {
		list.push_back(ColumnOf(table.name, column));
	}
}

} // namespace skein
