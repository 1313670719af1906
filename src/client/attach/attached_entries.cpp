#include "client/attach/attached_entries.hpp"

#include <algorithm>

#include "client/attach/attached_catalog.hpp"
#include "client/attach/attached_table_entry.hpp"
#include "client/catalog/skein_table_entry.hpp"
#include "client/write/remote_default.hpp"
#include "codec/constant_expression.hpp"
#include "codec/type_text.hpp"
#include "duckdb/catalog/catalog_entry/index_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/scalar_macro_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/sequence_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/table_macro_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/type_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/view_catalog_entry.hpp"
#include "duckdb/parser/constraints/foreign_key_constraint.hpp"
#include "duckdb/parser/constraints/not_null_constraint.hpp"
#include "duckdb/parser/constraints/unique_constraint.hpp"
#include "duckdb/parser/expression/columnref_expression.hpp"
#include "duckdb/parser/parsed_data/comment_on_column_info.hpp"
#include "duckdb/parser/parsed_data/create_index_info.hpp"
#include "duckdb/parser/parsed_data/create_macro_info.hpp"
#include "duckdb/parser/parsed_data/create_sequence_info.hpp"
#include "duckdb/parser/parsed_data/create_table_info.hpp"
#include "duckdb/parser/parsed_data/create_type_info.hpp"
#include "duckdb/parser/parsed_data/create_view_info.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/parser_options.hpp"
#include "duckdb/parser/statement/alter_statement.hpp"
#include "duckdb/parser/statement/create_statement.hpp"
#include "protocol/identifier.hpp"

namespace skein {

namespace {

struct KindRow {
	CatalogEntryKind kind;
	CatalogType type;
};

constexpr KindRow KINDS[] = {
    {CatalogEntryKind::SCHEMA, CatalogType::SCHEMA_ENTRY},
    {CatalogEntryKind::TABLE, CatalogType::TABLE_ENTRY},
    {CatalogEntryKind::VIEW, CatalogType::TABLE_ENTRY},
    {CatalogEntryKind::INDEX, CatalogType::INDEX_ENTRY},
    {CatalogEntryKind::SEQUENCE, CatalogType::SEQUENCE_ENTRY},
    {CatalogEntryKind::TYPE, CatalogType::TYPE_ENTRY},
    {CatalogEntryKind::SCALAR_MACRO, CatalogType::MACRO_ENTRY},
    {CatalogEntryKind::TABLE_MACRO, CatalogType::TABLE_MACRO_ENTRY},
};

//! An index of the server's, as it is listed.
class AttachedIndexEntry : public IndexCatalogEntry {
public:
	AttachedIndexEntry(Catalog &catalog, SchemaCatalogEntry &schema, CreateIndexInfo &info)
	    : IndexCatalogEntry(catalog, schema, info), schema_name(schema.name), table_name(info.table) {
	}

	Identifier GetSchemaName() const override {
		return schema_name;
	}
	Identifier GetTableName() const override {
		return table_name;
	}

private:
	const Identifier schema_name;
	const Identifier table_name;
};

//! A view of the server's, as it is listed.
class AttachedViewEntry : public ViewCatalogEntry {
public:
	using ViewCatalogEntry::ViewCatalogEntry;

	//! Its query is the server's to understand: names in it may mean something else here.
	void BindView(ClientContext &context, BindViewAction action) override {
	}
};

//! A table that cannot be used here, so that it is listed, with the reason as its comment.
class UnusableTableEntry : public SkeinTableEntry {
public:
	UnusableTableEntry(SchemaCatalogEntry &schema, CreateTableInfo &info, const CatalogEntryDescription &description,
	                   DistributedRequest target, const string &reason_p)
	    : SkeinTableEntry(schema.catalog, schema, info, schema.catalog.Cast<AttachedCatalog>().Server(),
		                  description.name.name, std::move(target), {}, description.estimated_rows, /*is_view=*/false),
	      reason(reason_p) {
		comment = Value(reason);
	}

	TableFunction GetScanFunction(ClientContext &context, unique_ptr<FunctionData> &bind_data) override {
		throw CatalogException("%s", reason);
	}

private:
	const string reason;
};

//! A COMMENT ON COLUMN behind the statement that creates a table or a view.
void AddComment(const SQLStatement &statement, CreateInfo &info) {
	if (statement.type != StatementType::ALTER_STATEMENT) {
		return;
	}
	auto &alter = *statement.Cast<AlterStatement>().info;
	if (alter.type != AlterType::SET_COLUMN_COMMENT) {
		return;
	}
	auto &comment = alter.Cast<SetColumnCommentInfo>();
	if (info.type == CatalogType::VIEW_ENTRY) {
		info.Cast<CreateViewInfo>().column_comments_map[comment.column_name] = comment.comment_value;
	} else if (info.type == CatalogType::TABLE_ENTRY) {
		auto &columns = info.Cast<CreateTableInfo>().columns;
		if (columns.ColumnExists(comment.column_name)) {
			columns.GetColumnMutable(comment.column_name).SetComment(comment.comment_value);
		}
	}
}

//! The CREATE statement, with the client's names for where the entry is.
unique_ptr<CreateInfo> ParseSql(SchemaCatalogEntry &schema, const CatalogEntryDescription &description) {
	if (description.sql.empty()) {
		throw CatalogException("%s", description.error);
	}
	Parser parser(ParserOptions::Builtin());
	parser.ParseQuery(description.sql);
	if (parser.statements.empty() || parser.statements[0]->type != StatementType::CREATE_STATEMENT) {
		throw CatalogException("the server describes it by something that is no CREATE statement");
	}
	auto info = std::move(parser.statements[0]->Cast<CreateStatement>().info);
	info->SetQualifiedName(schema.GetQualifiedName(Identifier(description.name.name)));
	info->sql = parser.statements.size() == 1 ? description.sql : info->ToString();
	for (idx_t i = 1; i < parser.statements.size(); i++) {
		AddComment(*parser.statements[i], *info);
	}
	if (!description.comment.empty()) {
		info->comment = Value(description.comment);
	}
	return info;
}

unique_ptr<CreateInfo> ParseDescription(SchemaCatalogEntry &schema, const CatalogEntryDescription &description) {
	if (!description.error.empty()) {
		throw CatalogException("%s", description.error);
	}
	return ParseSql(schema, description);
}

template <class INFO>
INFO &Expect(CreateInfo &info, CatalogType type) {
	if (info.type != type) {
		throw CatalogException("the server describes it as something else");
	}
	return info.Cast<INFO>();
}

DistributedRequest TargetOf(SchemaCatalogEntry &schema, const CatalogEntryDescription &description) {
	return schema.catalog.Cast<AttachedCatalog>().MakeTarget(description.name.schema_path, description.name.name);
}

//! Types as the server bound them, and defaults as the server's to fill in.
void FinishColumns(ClientContext &context, const CatalogEntryDescription &description, CreateTableInfo &info,
                   vector<string> &remote_columns) {
	if (info.columns.LogicalColumnCount() != description.columns.size()) {
		throw CatalogException("the server describes %llu columns and a statement of %llu", description.columns.size(),
		                       info.columns.LogicalColumnCount());
	}
	ColumnList columns;
	for (auto &column : info.columns.Logical()) {
		auto &described = description.columns[column.Logical().index];
		auto copy = column.Copy();
		copy.SetType(ParseTypeText(context, described.type));
		if (!column.Generated()) {
			remote_columns.push_back(described.name);
			if (column.HasDefaultValue()) {
				auto &value = column.DefaultValue();
				copy.SetDefaultValue(RemoteDefault::MakeExpression(
				    value.ToString(), IsConstantExpression(value) ? value.Copy() : nullptr));
			}
		}
		columns.AddColumn(std::move(copy));
	}
	info.columns = std::move(columns);
}

//! What binding would add: a primary key's columns are not NULL, and a table may refer to itself.
void AddKeyConstraints(CreateTableInfo &info) {
	vector<LogicalIndex> key;
	for (auto &constraint : info.constraints) {
		if (constraint->type == ConstraintType::FOREIGN_KEY) {
			auto &foreign_key = constraint->Cast<ForeignKeyConstraint>();
			if (foreign_key.info.table == info.GetTableName()) {
				foreign_key.info.type = ForeignKeyType::FK_TYPE_SELF_REFERENCE_TABLE;
			}
		}
		if (constraint->type == ConstraintType::UNIQUE && constraint->Cast<UniqueConstraint>().IsPrimaryKey()) {
			key = constraint->Cast<UniqueConstraint>().GetLogicalIndexes(info.columns);
		}
	}
	for (auto column : key) {
		if (!info.FindNotNullConstraint(column).IsValid()) {
			info.constraints.push_back(make_uniq<NotNullConstraint>(column));
		}
	}
}

unique_ptr<CatalogEntry> MakeTable(ClientContext &context, SchemaCatalogEntry &schema,
                                   const CatalogEntryDescription &description) {
	auto parsed = ParseDescription(schema, description);
	auto &info = Expect<CreateTableInfo>(*parsed, CatalogType::TABLE_ENTRY);
	vector<string> remote_columns;
	FinishColumns(context, description, info, remote_columns);
	AddKeyConstraints(info);
	return make_uniq<AttachedTableEntry>(schema.catalog, schema, info, schema.catalog.Cast<AttachedCatalog>().Server(),
	                                     description.name.name, TargetOf(schema, description),
	                                     std::move(remote_columns), description.estimated_rows, /*is_view=*/false);
}

//! A view as a table to read from: its query is the server's to understand.
unique_ptr<CatalogEntry> MakeViewTable(ClientContext &context, SchemaCatalogEntry &schema,
                                       const CatalogEntryDescription &description) {
	if (!description.error.empty()) {
		throw CatalogException("%s", description.error);
	}
	CreateTableInfo info(schema, Identifier(description.name.name));
	vector<string> remote_columns;
	for (auto &column : description.columns) {
		info.columns.AddColumn(ColumnDefinition(SkeinTableEntry::UniqueColumnName(info.columns, column.name),
		                                        ParseTypeText(context, column.type)));
		remote_columns.push_back(column.name);
	}
	return make_uniq<SkeinTableEntry>(schema.catalog, schema, info, schema.catalog.Cast<AttachedCatalog>().Server(),
	                                  description.name.name, TargetOf(schema, description), std::move(remote_columns),
	                                  description.estimated_rows, /*is_view=*/true);
}

//! Without columns, where it does not bind on the server: as locally, it is there to be listed and dropped.
unique_ptr<CatalogEntry> MakeView(ClientContext &context, SchemaCatalogEntry &schema,
                                  const CatalogEntryDescription &description) {
	auto parsed = ParseSql(schema, description);
	auto &info = Expect<CreateViewInfo>(*parsed, CatalogType::VIEW_ENTRY);
	info.types.clear();
	info.names.clear();
	for (auto &column : description.columns) {
		info.names.push_back(Identifier(column.name));
		info.types.push_back(ParseTypeText(context, column.type));
	}
	return make_uniq<AttachedViewEntry>(schema.catalog, schema, info);
}

unique_ptr<CatalogEntry> MakeType(ClientContext &context, SchemaCatalogEntry &schema,
                                  const CatalogEntryDescription &description) {
	auto parsed = ParseDescription(schema, description);
	auto &info = Expect<CreateTypeInfo>(*parsed, CatalogType::TYPE_ENTRY);
	if (!description.columns.empty()) {
		info.type = ParseTypeText(context, description.columns[0].type);
	}
	return make_uniq<TypeCatalogEntry>(schema.catalog, schema, info);
}

void FindColumns(const ParsedExpression &expression, const ColumnList &columns, vector<column_t> &column_ids) {
	if (expression.GetExpressionClass() == ExpressionClass::COLUMN_REF) {
		for (auto &part : expression.Cast<ColumnRefExpression>().ColumnNames()) {
			if (!columns.ColumnExists(part)) {
				continue;
			}
			auto column = columns.GetColumn(part).Physical().index;
			if (std::find(column_ids.begin(), column_ids.end(), column) == column_ids.end()) {
				column_ids.push_back(column);
			}
			return;
		}
	}
	ParsedExpressionIterator::EnumerateChildren(
	    expression, [&](const ParsedExpression &child) { FindColumns(child, columns, column_ids); });
}

//! With what binding would add, so that an index made of it elsewhere can be filled: the columns it reads, in the order
//! in which they are read.
unique_ptr<CatalogEntry> MakeIndex(ClientContext &context, SchemaCatalogEntry &schema,
                                   const CatalogEntryDescription &description) {
	auto parsed = ParseDescription(schema, description);
	auto &info = Expect<CreateIndexInfo>(*parsed, CatalogType::INDEX_ENTRY);
	EntryLookupInfo lookup(CatalogType::TABLE_ENTRY, QualifiedName(info.table));
	auto table = schema.LookupEntry(schema.catalog.GetCatalogTransaction(context), lookup);
	if (!table || table->type != CatalogType::TABLE_ENTRY) {
		throw CatalogException("its table %s is not there", QuoteIdentifier(info.table.GetIdentifierName()));
	}
	for (auto &expression : info.parsed_expressions) {
		FindColumns(*expression, table->Cast<TableCatalogEntry>().GetColumns(), info.column_ids);
	}
	return make_uniq<AttachedIndexEntry>(schema.catalog, schema, info);
}

} // namespace

CatalogType CatalogTypeOf(CatalogEntryKind kind) {
	for (auto &row : KINDS) {
		if (row.kind == kind) {
			return row.type;
		}
	}
	return CatalogType::INVALID;
}

unique_ptr<CatalogEntry> MakeListedEntry(ClientContext &context, SchemaCatalogEntry &schema,
                                         const CatalogEntryDescription &description) {
	if (description.name.kind == CatalogEntryKind::VIEW) {
		return MakeView(context, schema, description);
	}
	return MakeScannedEntry(context, schema, description);
}

unique_ptr<CatalogEntry> MakeUnusableEntry(SchemaCatalogEntry &schema, const CatalogEntryDescription &description,
                                           const string &reason) {
	if (description.name.kind != CatalogEntryKind::TABLE) {
		return nullptr;
	}
	CreateTableInfo info(schema, Identifier(description.name.name));
	return make_uniq<UnusableTableEntry>(schema, info, description, TargetOf(schema, description), reason);
}

unique_ptr<CatalogEntry> MakeScannedEntry(ClientContext &context, SchemaCatalogEntry &schema,
                                          const CatalogEntryDescription &description) {
	switch (description.name.kind) {
	case CatalogEntryKind::TABLE:
		return MakeTable(context, schema, description);
	case CatalogEntryKind::VIEW:
		return MakeViewTable(context, schema, description);
	case CatalogEntryKind::TYPE:
		return MakeType(context, schema, description);
	case CatalogEntryKind::INDEX:
		return MakeIndex(context, schema, description);
	default:
		break;
	}
	auto info = ParseDescription(schema, description);
	auto &catalog = schema.catalog;
	switch (description.name.kind) {
	case CatalogEntryKind::SEQUENCE:
		return make_uniq<SequenceCatalogEntry>(catalog, schema,
		                                       Expect<CreateSequenceInfo>(*info, CatalogType::SEQUENCE_ENTRY));
	case CatalogEntryKind::SCALAR_MACRO:
		return make_uniq<ScalarMacroCatalogEntry>(catalog, schema,
		                                          Expect<CreateMacroInfo>(*info, CatalogType::MACRO_ENTRY));
	case CatalogEntryKind::TABLE_MACRO:
		return make_uniq<TableMacroCatalogEntry>(catalog, schema,
		                                         Expect<CreateMacroInfo>(*info, CatalogType::TABLE_MACRO_ENTRY));
	default:
		throw CatalogException("this version does not know what it is");
	}
}

} // namespace skein
