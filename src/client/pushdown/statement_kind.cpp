#include "client/pushdown/statement_kind.hpp"

#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/parsed_data/create_table_info.hpp"
#include "duckdb/parser/query_node/delete_query_node.hpp"
#include "duckdb/parser/query_node/insert_query_node.hpp"
#include "duckdb/parser/query_node/merge_query_node.hpp"
#include "duckdb/parser/query_node/update_query_node.hpp"
#include "duckdb/parser/statement/call_statement.hpp"
#include "duckdb/parser/statement/create_statement.hpp"
#include "duckdb/parser/statement/delete_statement.hpp"
#include "duckdb/parser/statement/insert_statement.hpp"
#include "duckdb/parser/statement/merge_into_statement.hpp"
#include "duckdb/parser/statement/update_statement.hpp"

namespace skein {

using namespace duckdb;

static RemoteStatementKind KindOf(const vector<unique_ptr<ParsedExpression>> &returning_list) {
	return returning_list.empty() ? RemoteStatementKind::CHANGED_ROWS : RemoteStatementKind::ROWS;
}

RemoteStatementKind KindOf(const QueryNode &node) {
	switch (node.type) {
	case QueryNodeType::INSERT_QUERY_NODE:
		return KindOf(node.Cast<InsertQueryNode>().returning_list);
	case QueryNodeType::UPDATE_QUERY_NODE:
		return KindOf(node.Cast<UpdateQueryNode>().returning_list);
	case QueryNodeType::DELETE_QUERY_NODE:
		return KindOf(node.Cast<DeleteQueryNode>().returning_list);
	case QueryNodeType::MERGE_QUERY_NODE:
		return KindOf(node.Cast<MergeQueryNode>().returning_list);
	default:
		return RemoteStatementKind::ROWS;
	}
}

static RemoteStatementKind KindOfCreate(const CreateInfo &info) {
	const bool fills = info.type == CatalogType::TABLE_ENTRY && info.Cast<CreateTableInfo>().query;
	return fills ? RemoteStatementKind::CHANGED_ROWS : RemoteStatementKind::NOTHING;
}

//! CHECKPOINT is parsed as a call; the server takes it as the command it is.
static RemoteStatementKind KindOfCall(const CallStatement &statement) {
	if (statement.function->GetExpressionClass() != ExpressionClass::FUNCTION) {
		return RemoteStatementKind::ROWS;
	}
	auto &name = statement.function->Cast<FunctionExpression>().FunctionName();
	return name == "checkpoint" || name == "force_checkpoint" ? RemoteStatementKind::SUCCESS
	                                                          : RemoteStatementKind::ROWS;
}

RemoteStatementKind KindOf(const SQLStatement &statement) {
	switch (statement.type) {
	case StatementType::SELECT_STATEMENT:
	case StatementType::EXPLAIN_STATEMENT:
	case StatementType::PRAGMA_STATEMENT:
	case StatementType::EXECUTE_STATEMENT:
	case StatementType::MULTI_STATEMENT:
		return RemoteStatementKind::ROWS;
	case StatementType::INSERT_STATEMENT:
		return KindOf(*statement.Cast<InsertStatement>().node);
	case StatementType::UPDATE_STATEMENT:
		return KindOf(*statement.Cast<UpdateStatement>().node);
	case StatementType::DELETE_STATEMENT:
		return KindOf(*statement.Cast<DeleteStatement>().node);
	case StatementType::MERGE_INTO_STATEMENT:
		return KindOf(*statement.Cast<MergeIntoStatement>().node);
	case StatementType::CREATE_STATEMENT:
		return KindOfCreate(*statement.Cast<CreateStatement>().info);
	case StatementType::CALL_STATEMENT:
		return KindOfCall(statement.Cast<CallStatement>());
	case StatementType::COPY_STATEMENT:
		return RemoteStatementKind::CHANGED_ROWS;
	default:
		return RemoteStatementKind::SUCCESS;
	}
}

} // namespace skein
