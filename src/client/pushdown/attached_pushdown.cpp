//! What an attached database can run in one piece.
#include "client/attach/attached_catalog.hpp"
#include "client/attach/skein_context_state.hpp"
#include "client/pushdown/remote_statement.hpp"
#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/table_catalog_entry.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/parser/parsed_data/create_table_info.hpp"
#include "duckdb/parser/query_node.hpp"
#include "duckdb/parser/query_node/insert_query_node.hpp"
#include "duckdb/parser/expression/cast_expression.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/expression/star_expression.hpp"
#include "duckdb/parser/expression/type_expression.hpp"
#include "duckdb/parser/expression/window_expression.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/planner/binder.hpp"
#include "duckdb/planner/operator/logical_alter.hpp"
#include "duckdb/parser/statement/alter_statement.hpp"
#include "duckdb/parser/statement/create_statement.hpp"
#include "duckdb/parser/statement/drop_statement.hpp"
#include "duckdb/parser/parsed_data/alter_info.hpp"
#include "duckdb/parser/parsed_data/drop_info.hpp"
#include "duckdb/parser/tableref/table_function_ref.hpp"

namespace skein {

bool AttachedCatalog::Supports(RemoteCapability capability) const {
	switch (capability) {
	case RemoteCapability::IS_REMOTE:
		return true;
	case RemoteCapability::EXECUTE_QUERY_NODE:
	case RemoteCapability::EXECUTE_STATEMENT:
	case RemoteCapability::CONNECT:
		return true;
	default:
		return false;
	}
}

//! Functions whose results follow from setseed, which is this side's.
static constexpr const char *SEEDED[] = {"random", "setseed", "uuid", "uuidv4", "gen_random_uuid"};

static bool IsSeeded(const FunctionExpression &function) {
	for (auto name : SEEDED) {
		if (function.FunctionName() == name) {
			return true;
		}
	}
	return false;
}

//===--------------------------------------------------------------------===//
// One schema only
//===--------------------------------------------------------------------===//
//! In a statement sent whole the server looks names up, and does not know of ATTACH's option SCHEMA. Tables were found
//! here before; names of functions and types were not.
bool AttachedCatalog::NamesOtherSchemas(const QualifiedName &name) const {
	auto path = name.Path();
	if (path.size() > 2 && path[0] == GetName()) {
		path.erase(path.begin());
	}
	return path.size() > 1 && !HasSchema(path);
}

//! Others may be a macro of the server's main schema, which every search path ends with.
static bool IsFunctionOfDuckDB(DatabaseInstance &database, const Identifier &name) {
	auto transaction = CatalogTransaction::GetSystemTransaction(database);
	auto &schema = Catalog::GetSystemCatalog(database).GetSchema(transaction, Identifier::DefaultSchema());
	EntryLookupInfo lookup(CatalogType::SCALAR_FUNCTION_ENTRY, QualifiedName(name));
	return schema.LookupEntry(transaction, lookup) != nullptr;
}

bool AttachedCatalog::NamesOtherSchemas(const ParsedExpression &expression) {
	if (only_schema.empty()) {
		return false;
	}
	switch (expression.GetExpressionClass()) {
	case ExpressionClass::FUNCTION: {
		auto &function = expression.Cast<FunctionExpression>();
		// Its argument is a sequence's name.
		return function.FunctionName() == "nextval" || function.FunctionName() == "currval" ||
		       NamesOtherSchemas(function.GetQualifiedName()) ||
		       !IsFunctionOfDuckDB(GetDatabase(), function.FunctionName());
	}
	case ExpressionClass::WINDOW:
		return NamesOtherSchemas(expression.Cast<WindowExpression>().GetQualifiedName());
	case ExpressionClass::TYPE:
		return NamesOtherSchemas(expression.Cast<TypeExpression>().GetQualifiedName());
	case ExpressionClass::CAST:
		return NamesOtherSchemas(expression.Cast<CastExpression>().TargetType().GetQualifiedName());
	default:
		return false;
	}
}

//===--------------------------------------------------------------------===//
// What is sent whole
//===--------------------------------------------------------------------===//
bool AttachedCatalog::SupportsPushdown(const ParsedExpression &expression) {
	if (!SkeinContextState::MaySendWhole() || NamesOtherSchemas(expression)) {
		return false;
	}
	return expression.GetExpressionClass() != ExpressionClass::FUNCTION ||
	       !IsSeeded(expression.Cast<FunctionExpression>());
}

//! Functions in FROM that make their rows of their arguments; others may read what is here: files, tables by name.
static constexpr const char *ROW_MAKERS[] = {"range", "generate_series", "unnest", "repeat", "repeat_row"};

static bool MakesRows(const TableFunctionRef &ref) {
	if (ref.function->GetExpressionClass() != ExpressionClass::FUNCTION) {
		return false;
	}
	auto &function = ref.function->Cast<FunctionExpression>();
	if (function.GetQualifiedName().Path().size() != 1) {
		return false;
	}
	for (auto name : ROW_MAKERS) {
		if (function.FunctionName() == name) {
			return true;
		}
	}
	return false;
}

bool AttachedCatalog::SupportsPushdown(const TableRef &ref) {
	if (ref.type == TableReferenceType::TABLE_FUNCTION && !MakesRows(ref.Cast<TableFunctionRef>())) {
		return false;
	}
	if (ref.type == TableReferenceType::COLUMN_DATA) {
		// Rows that no SQL says: those of an Appender.
		return false;
	}
	return SkeinContextState::MaySendWhole();
}

bool AttachedCatalog::SupportsPushdown(const QueryNode &node) {
	return SkeinContextState::MaySendWhole();
}

//! A qualified type may be one of another database here: it is bound here, and sent as what it is.
static bool NamesOtherDatabase(const ParsedExpression &expression, const Identifier &catalog) {
	if (expression.GetExpressionClass() == ExpressionClass::TYPE) {
		auto path = expression.Cast<TypeExpression>().GetQualifiedName().Path();
		if (path.size() > 1 && path[0] != catalog) {
			return true;
		}
	}
	bool result = false;
	ParsedExpressionIterator::EnumerateChildren(
	    expression, [&](const ParsedExpression &child) { result = result || NamesOtherDatabase(child, catalog); });
	return result;
}

static bool NamesOtherDatabase(const SQLStatement &statement, const Identifier &catalog) {
	if (statement.type != StatementType::CREATE_STATEMENT) {
		return false;
	}
	auto &info = *statement.Cast<CreateStatement>().info;
	if (info.type != CatalogType::TABLE_ENTRY) {
		return false;
	}
	for (auto &column : info.Cast<CreateTableInfo>().columns.Logical()) {
		if (column.Type().IsUnbound() && NamesOtherDatabase(*UnboundType::GetTypeExpression(column.Type()), catalog)) {
			return true;
		}
	}
	return false;
}

//! An index belongs where its table is, which may be a temporary one of this side's.
static bool IsIndexOfAnyTable(const SQLStatement &statement) {
	if (statement.type != StatementType::CREATE_STATEMENT) {
		return false;
	}
	auto &info = *statement.Cast<CreateStatement>().info;
	return info.type == CatalogType::INDEX_ENTRY && info.GetQualifiedName().Path().size() == 1;
}

bool AttachedCatalog::SupportsPushdown(const SQLStatement &statement) {
	// CREATE, ALTER and DROP name what need not be here.
	return SkeinContextState::MaySendWhole() && only_schema.empty() && !NamesOtherDatabase(statement, GetName()) &&
	       !IsIndexOfAnyTable(statement);
}

unique_ptr<TableRef> AttachedCatalog::RemoteExecute(ClientContext &context, unique_ptr<QueryNode> node) {
	return RemoteStatement::MakeRef(*this, KindOf(*node), node->ToString());
}

//! DuckDB takes the database's name out of everything in a statement but the types of a new table's columns.
static void StripCatalog(ParsedExpression &expression, const Identifier &catalog) {
	if (expression.GetExpressionClass() == ExpressionClass::TYPE) {
		auto &type = expression.Cast<TypeExpression>();
		auto path = type.GetQualifiedName().Path();
		if (path.size() > 1 && path[0] == catalog) {
			path.erase(path.begin());
			type.SetQualifiedName(QualifiedName::FromPath(std::move(path)));
		}
	}
	ParsedExpressionIterator::EnumerateChildren(
	    expression, [&](unique_ptr<ParsedExpression> &child) { StripCatalog(*child, catalog); });
}

static void StripColumnTypes(CreateTableInfo &info, const Identifier &catalog) {
	ColumnList columns;
	for (auto &column : info.columns.Logical()) {
		auto copy = column.Copy();
		if (copy.Type().IsUnbound()) {
			auto type = UnboundType::GetTypeExpression(copy.Type())->Copy();
			StripCatalog(*type, catalog);
			copy.SetType(LogicalType::UNBOUND(std::move(type)));
		}
		columns.AddColumn(std::move(copy));
	}
	info.columns = std::move(columns);
}

//! Names of schemas are written as they are.
template <class INFO>
static void NameInFull(ClientContext &context, const AttachedCatalog &catalog, INFO &info, CatalogType type) {
	if (type != CatalogType::SCHEMA_ENTRY) {
		info.SetQualifiedName(catalog.TextName(context, info.GetQualifiedName()));
	}
}

static void NameInFull(ClientContext &context, const AttachedCatalog &catalog, SQLStatement &statement) {
	switch (statement.type) {
	case StatementType::CREATE_STATEMENT: {
		auto &info = *statement.Cast<CreateStatement>().info;
		NameInFull(context, catalog, info, info.type);
		break;
	}
	case StatementType::ALTER_STATEMENT: {
		auto &info = *statement.Cast<AlterStatement>().info;
		NameInFull(context, catalog, info, CatalogType::INVALID);
		break;
	}
	case StatementType::DROP_STATEMENT: {
		auto &info = *statement.Cast<DropStatement>().info;
		NameInFull(context, catalog, info, info.type);
		break;
	}
	default:
		break;
	}
}

unique_ptr<TableRef> AttachedCatalog::RemoteExecute(ClientContext &context, unique_ptr<SQLStatement> statement) {
	NameInFull(context, *this, *statement);
	if (statement->type == StatementType::CREATE_STATEMENT) {
		auto &info = *statement->Cast<CreateStatement>().info;
		if (info.type == CatalogType::TABLE_ENTRY && !info.Cast<CreateTableInfo>().query) {
			StripColumnTypes(info.Cast<CreateTableInfo>(), GetName());
		}
	}
	return RemoteStatement::MakeRef(*this, KindOf(*statement), statement->ToString());
}

unique_ptr<TableRef> AttachedCatalog::RemoteExecute(ClientContext &context, const string &sql) {
	return RemoteStatement::MakeConnectedRef(*this, sql);
}

unique_ptr<LogicalOperator> AttachedCatalog::BindCreateIndex(Binder &binder, CreateStatement &stmt,
                                                             TableCatalogEntry &table,
                                                             unique_ptr<LogicalOperator> plan) {
	auto info = stmt.info->Copy();
	QualifiedName name(table.ParentSchema().GetSchemaPath(), info->GetQualifiedName().Name());
	info->SetQualifiedName(TextName(binder.context, name));
	SelectNode node;
	node.select_list.push_back(make_uniq<StarExpression>());
	node.from_table = RemoteStatement::MakeRef(*this, RemoteStatementKind::NOTHING, info->ToString());
	auto index_binder = Binder::CreateBinder(binder.context, &binder);
	return std::move(index_binder->Bind(node).plan);
}

unique_ptr<LogicalOperator> AttachedCatalog::BindAlterAddIndex(Binder &binder, TableCatalogEntry &table,
                                                               unique_ptr<LogicalOperator> plan,
                                                               unique_ptr<CreateIndexInfo> create_info,
                                                               unique_ptr<AlterTableInfo> alter_info) {
	// Like any other ALTER: the server builds the index.
	return make_uniq<LogicalAlter>(unique_ptr<AlterInfo>(std::move(alter_info)));
}

} // namespace skein
