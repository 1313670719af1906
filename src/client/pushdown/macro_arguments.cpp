#include "client/pushdown/macro_arguments.hpp"

#include <algorithm>

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry/macro_catalog_entry.hpp"
#include "duckdb/common/string_util.hpp"
#include "duckdb/parser/expression/columnref_expression.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/expression/subquery_expression.hpp"
#include "duckdb/parser/parsed_data/copy_info.hpp"
#include "duckdb/parser/parsed_data/create_table_info.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "duckdb/parser/query_node/delete_query_node.hpp"
#include "duckdb/parser/query_node/insert_query_node.hpp"
#include "duckdb/parser/query_node/merge_query_node.hpp"
#include "duckdb/parser/query_node/update_query_node.hpp"
#include "duckdb/parser/statement/copy_statement.hpp"
#include "duckdb/parser/statement/create_statement.hpp"
#include "duckdb/parser/statement/delete_statement.hpp"
#include "duckdb/parser/statement/explain_statement.hpp"
#include "duckdb/parser/statement/insert_statement.hpp"
#include "duckdb/parser/statement/merge_into_statement.hpp"
#include "duckdb/parser/statement/prepare_statement.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/statement/update_statement.hpp"

namespace skein {

using namespace duckdb;

bool MacroArguments::MayBeCause(const ErrorData &error) {
	return error.Type() == ExceptionType::BINDER && StringUtil::StartsWith(error.RawMessage(), "Macro ");
}

namespace {

class Namer {
public:
	explicit Namer(ClientContext &context) : context(context) {
	}

	void Visit(QueryNode &node) {
		ParsedExpressionIterator::EnumerateQueryNodeChildren(
		    node, [&](unique_ptr<ParsedExpression> &child) { Visit(*child); });
	}
	bool NamedAny() const {
		return named_any;
	}

private:
	void Visit(ParsedExpression &expression) {
		if (expression.GetExpressionClass() == ExpressionClass::FUNCTION) {
			NameArguments(expression.Cast<FunctionExpression>());
		}
		if (expression.GetExpressionClass() == ExpressionClass::SUBQUERY) {
			Visit(*expression.Cast<SubqueryExpression>().SubqueryMutable()->node);
		}
		ParsedExpressionIterator::EnumerateChildren(expression,
		                                            [&](unique_ptr<ParsedExpression> &child) { Visit(*child); });
	}

	void NameArguments(FunctionExpression &function) {
		EntryLookupInfo lookup(CatalogType::SCALAR_FUNCTION_ENTRY, function.GetQualifiedName());
		auto entry = Catalog::GetEntry(context, lookup, OnEntryNotFound::RETURN_NULL);
		if (!entry || entry->type != CatalogType::MACRO_ENTRY) {
			return;
		}
		auto names = CommonNames(entry->Cast<MacroCatalogEntry>(), function.GetArguments().size());
		auto &arguments = function.GetArgumentsMutable();
		if (names.size() != arguments.size()) {
			return;
		}
		idx_t positional = 0;
		bool is_folded = false;
		for (; positional < arguments.size(); positional++) {
			auto &argument = arguments[positional].GetExpression();
			if (!argument.GetAlias().empty()) {
				break;
			}
			is_folded = is_folded || argument.GetExpressionClass() != ExpressionClass::CONSTANT;
		}
		for (idx_t i = positional; i < arguments.size(); i++) {
			auto &own_name = arguments[i].GetExpression().GetAlias();
			is_folded = is_folded && std::find(names.begin(), names.begin() + static_cast<int64_t>(positional),
			                                   own_name) == names.begin() + static_cast<int64_t>(positional);
		}
		for (idx_t i = 0; is_folded && i < positional; i++) {
			arguments[i].GetExpressionMutable()->SetAlias(names[i]);
			named_any = true;
		}
	}

	//! The parameters' names, where all overloads that take so many arguments agree on them.
	static vector<Identifier> CommonNames(const MacroCatalogEntry &entry, idx_t count) {
		vector<Identifier> names;
		bool is_first = true;
		for (auto &macro : entry.macros) {
			if (macro->parameters.size() < count) {
				continue;
			}
			vector<Identifier> own;
			for (idx_t i = 0; i < count; i++) {
				own.push_back(macro->parameters[i]->Cast<ColumnRefExpression>().GetColumnName());
			}
			if (!is_first && own != names) {
				return {};
			}
			names = std::move(own);
			is_first = false;
		}
		return names;
	}

	ClientContext &context;
	bool named_any = false;
};

//! The statement's query; null where it has none.
optional_ptr<QueryNode> QueryOf(SQLStatement &statement) {
	switch (statement.type) {
	case StatementType::SELECT_STATEMENT:
		return statement.Cast<SelectStatement>().node.get();
	case StatementType::INSERT_STATEMENT:
		return statement.Cast<InsertStatement>().node.get();
	case StatementType::UPDATE_STATEMENT:
		return statement.Cast<UpdateStatement>().node.get();
	case StatementType::DELETE_STATEMENT:
		return statement.Cast<DeleteStatement>().node.get();
	case StatementType::MERGE_INTO_STATEMENT:
		return statement.Cast<MergeIntoStatement>().node.get();
	case StatementType::COPY_STATEMENT:
		return statement.Cast<CopyStatement>().info->select_statement.get();
	case StatementType::EXPLAIN_STATEMENT:
		return QueryOf(*statement.Cast<ExplainStatement>().stmt);
	case StatementType::PREPARE_STATEMENT:
		return QueryOf(*statement.Cast<PrepareStatement>().statement);
	case StatementType::CREATE_STATEMENT: {
		auto &info = *statement.Cast<CreateStatement>().info;
		if (info.type != CatalogType::TABLE_ENTRY || !info.Cast<CreateTableInfo>().query) {
			return nullptr;
		}
		return info.Cast<CreateTableInfo>().query->node.get();
	}
	default:
		return nullptr;
	}
}

} // namespace

bool MacroArguments::Name(ClientContext &context, SQLStatement &statement) {
	auto query = QueryOf(statement);
	if (!query) {
		return false;
	}
	Namer namer(context);
	namer.Visit(*query);
	return namer.NamedAny();
}

} // namespace skein
