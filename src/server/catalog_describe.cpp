#include "server/catalog_describe.hpp"

#include <algorithm>
#include <exception>

#include "codec/type_text.hpp"
#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry/index_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/table_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/type_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/view_catalog_entry.hpp"
#include "duckdb/common/error_data.hpp"
#include "duckdb/main/attached_database.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/query_result.hpp"
#include "duckdb/parser/parsed_data/create_view_info.hpp"
#include "duckdb/planner/binder.hpp"
#include "duckdb/storage/table_storage_info.hpp"
#include "protocol/identifier.hpp"
#include "protocol/limits.hpp"
#include "protocol/utf8.hpp"
#include "server/catalog_sql.hpp"

namespace skein {

using duckdb::CatalogEntry;
using duckdb::CatalogType;
using duckdb::ClientContext;
using duckdb::Identifier;
using duckdb::SchemaCatalogEntry;

namespace {

struct KindRow {
	CatalogEntryKind kind;
	CatalogType type;
	//! The first of the kinds that share one set of the engine's.
	bool is_scanned;
};

constexpr KindRow KINDS[] = {
    {CatalogEntryKind::TYPE, CatalogType::TYPE_ENTRY, true},
    {CatalogEntryKind::SEQUENCE, CatalogType::SEQUENCE_ENTRY, true},
    {CatalogEntryKind::SCALAR_MACRO, CatalogType::MACRO_ENTRY, true},
    {CatalogEntryKind::TABLE_MACRO, CatalogType::TABLE_MACRO_ENTRY, true},
    {CatalogEntryKind::TABLE, CatalogType::TABLE_ENTRY, true},
    {CatalogEntryKind::VIEW, CatalogType::VIEW_ENTRY, false},
    {CatalogEntryKind::INDEX, CatalogType::INDEX_ENTRY, true},
};

CatalogEntryKind KindOf(const CatalogEntry &entry) {
	if (entry.type == CatalogType::SCHEMA_ENTRY) {
		return CatalogEntryKind::SCHEMA;
	}
	for (auto &row : KINDS) {
		if (row.type == entry.type) {
			return row.kind;
		}
	}
	return CatalogEntryKind::UNSPECIFIED;
}

bool IsShown(const CatalogEntry &entry) {
	if (entry.type == CatalogType::SCHEMA_ENTRY && entry.name == DEFAULT_SCHEMA) {
		return true;
	}
	return !entry.internal && KindOf(entry) != CatalogEntryKind::UNSPECIFIED;
}

std::string CommentText(const duckdb::Value &comment) {
	return comment.IsNull() ? std::string() : comment.ToString();
}

//! As statements of their own, behind the one that creates the table or view.
void AddColumnComments(const CatalogEntry &entry, const duckdb::identifier_map_t<duckdb::Value> &comments,
                       CatalogEntryDescription &description) {
	if (!description.sql.empty() && description.sql.back() != ';') {
		description.sql += ";";
	}
	for (auto &[column, comment] : comments) {
		if (!comment.IsNull()) {
			description.sql += "\nCOMMENT ON COLUMN " + QuoteIdentifier(entry.name.GetIdentifierName()) + "." +
			                   QuoteIdentifier(column.GetIdentifierName()) + " IS " + QuoteLiteral(comment.ToString()) +
			                   ";";
		}
	}
}

//! One description under way. Used inside the context's transaction.
class CatalogDescriber {
public:
	CatalogDescriber(ClientContext &context, const std::string &database, const CancelCheck &check)
	    : context(context), check(check), catalog(duckdb::Catalog::GetCatalog(context, Identifier(database))) {
	}

	CatalogDescription Describe(const DistributedRequest &request);

private:
	void CollectAll();
	void CollectSchema(SchemaCatalogEntry &schema);
	void CollectNamed(const std::vector<CatalogEntryName> &names);
	void CollectNamed(const CatalogEntryName &name);
	CatalogEntryDescription DescribeName(CatalogEntry &entry);
	void DescribeFully(CatalogEntry &entry, CatalogEntryDescription &description);
	void DescribeTable(duckdb::TableCatalogEntry &table, CatalogEntryDescription &description);
	void DescribeView(duckdb::ViewCatalogEntry &view, CatalogEntryDescription &description);
	void DescribeType(duckdb::TypeCatalogEntry &type, CatalogEntryDescription &description);

	//! Asking whether a call was cancelled costs more than describing a table.
	void CheckNowAndThen() {
		if (++described % ENTRIES_BETWEEN_CHECKS == 0) {
			check();
		}
	}

	static constexpr uint64_t ENTRIES_BETWEEN_CHECKS = 64;
	ClientContext &context;
	const CancelCheck &check;
	uint64_t described = 0;
	duckdb::Catalog &catalog;
	//! Collected first: while the engine scans a set it holds locks that describing an entry takes.
	std::vector<duckdb::reference<CatalogEntry>> entries;
};

void CatalogDescriber::CollectSchema(SchemaCatalogEntry &schema) {
	if (!IsShown(schema)) {
		return;
	}
	entries.emplace_back(schema);
	for (auto &row : KINDS) {
		if (row.is_scanned) {
			schema.Scan(context, row.type, [&](CatalogEntry &entry) {
				if (IsShown(entry)) {
					entries.emplace_back(entry);
				}
			});
		}
	}
}

void CatalogDescriber::CollectAll() {
	// Nested ones are among them. By path, a schema comes before those in it.
	auto schemas = catalog.GetSchemas(context);
	std::sort(schemas.begin(), schemas.end(), [](const auto &left, const auto &right) {
		return duckdb::IdentifiersToStrings(left.get().GetSchemaPath()) <
		       duckdb::IdentifiersToStrings(right.get().GetSchemaPath());
	});
	for (auto &schema : schemas) {
		CheckNowAndThen();
		CollectSchema(schema.get());
	}
}

void CatalogDescriber::CollectNamed(const CatalogEntryName &name) {
	duckdb::vector<Identifier> path;
	for (auto &schema : name.schema_path) {
		path.emplace_back(schema);
	}
	auto schema = duckdb::Catalog::GetSchema(context, catalog.GetName(), path, duckdb::OnEntryNotFound::RETURN_NULL);
	if (!schema) {
		return;
	}
	if (name.kind == CatalogEntryKind::SCHEMA) {
		if (IsShown(*schema)) {
			entries.emplace_back(*schema);
		}
		return;
	}
	for (auto &row : KINDS) {
		if (row.kind != name.kind) {
			continue;
		}
		// Tables and views share their names; what is there may have become the other.
		auto entry = schema->GetEntry(schema->GetCatalogTransaction(context), row.type, Identifier(name.name));
		if (entry && IsShown(*entry)) {
			entries.emplace_back(*entry);
		}
	}
}

void CatalogDescriber::CollectNamed(const std::vector<CatalogEntryName> &names) {
	for (auto &name : names) {
		CheckNowAndThen();
		CollectNamed(name);
	}
}

CatalogEntryDescription CatalogDescriber::DescribeName(CatalogEntry &entry) {
	CatalogEntryDescription description;
	description.name.kind = KindOf(entry);
	auto is_schema = entry.type == CatalogType::SCHEMA_ENTRY;
	auto &schema = is_schema ? entry.Cast<SchemaCatalogEntry>() : entry.ParentSchema();
	for (auto &part : schema.GetSchemaPath()) {
		description.name.schema_path.push_back(part.GetIdentifierName());
	}
	if (!is_schema) {
		description.name.name = entry.name.GetIdentifierName();
	}
	if (entry.type == CatalogType::INDEX_ENTRY) {
		description.table_name = entry.Cast<duckdb::IndexCatalogEntry>().GetTableName().GetIdentifierName();
	}
	if (entry.type == CatalogType::TABLE_ENTRY) {
		auto rows = entry.Cast<duckdb::TableCatalogEntry>().GetStorageInfo(context).cardinality;
		description.estimated_rows = rows.IsValid() ? rows.GetIndex() : 0;
	}
	return description;
}

void CatalogDescriber::DescribeTable(duckdb::TableCatalogEntry &table, CatalogEntryDescription &description) {
	duckdb::identifier_map_t<duckdb::Value> comments;
	for (auto &column : table.GetColumns().Logical()) {
		description.columns.push_back({column.Name().GetIdentifierName(), TypeText(column.Type())});
		comments[column.Name()] = column.Comment();
	}
	AddColumnComments(table, comments, description);
}

//! What it stands for: elsewhere its own name would have to be looked up first.
void CatalogDescriber::DescribeType(duckdb::TypeCatalogEntry &type, CatalogEntryDescription &description) {
	description.columns.push_back({type.name.GetIdentifierName(), TypeText(type.user_type.WithAlias(std::string()))});
}

//! Bound here and now: what the engine remembers may be from before a table of the view's changed.
void CatalogDescriber::DescribeView(duckdb::ViewCatalogEntry &view, CatalogEntryDescription &description) {
	duckdb::vector<duckdb::LogicalType> types;
	duckdb::vector<Identifier> names;
	duckdb::Binder::BindView(context, view.GetQuery(), catalog.GetName(), view.ParentSchema().name, nullptr,
	                         view.aliases, types, names);
	// The engine keeps them by the names of the query's columns.
	auto info = view.GetInfo();
	auto &comments_by_query = info->Cast<duckdb::CreateViewInfo>().column_comments_map;
	duckdb::identifier_map_t<duckdb::Value> comments;
	auto own_names = names;
	std::copy_n(view.aliases.begin(), std::min(view.aliases.size(), names.size()), own_names.begin());
	duckdb::QueryResult::DeduplicateColumns(own_names);
	for (uint64_t i = 0; i < names.size(); i++) {
		auto &name = own_names[i];
		description.columns.push_back({name.GetIdentifierName(), TypeText(types[i])});
		auto comment = comments_by_query.find(names[i]);
		if (comment != comments_by_query.end()) {
			comments[name] = comment->second;
		}
	}
	AddColumnComments(view, comments, description);
}

//! Values in definitions, of ENUMs or defaults, may be no text that a message can hold, and columns may be too many for
//! one: that entry alone is not described.
void RefuseWhatNoMessageHolds(CatalogEntryDescription &description) {
	bool is_text = IsText(description.sql);
	for (auto &column : description.columns) {
		is_text = is_text && IsText(column.type);
	}
	const auto columns = description.columns.size();
	if (!is_text || columns > limits::columns_count_max) {
		description.error = !is_text ? "its definition holds the character NUL, which no SQL text can"
		                             : "it has " + std::to_string(columns) + " columns, more than " +
		                                   std::to_string(limits::columns_count_max) + " (columns_count_max)";
		description.sql.clear();
		description.columns.clear();
	}
	if (!IsText(description.comment)) {
		description.comment.clear();
	}
}

void CatalogDescriber::DescribeFully(CatalogEntry &entry, CatalogEntryDescription &description) {
	try {
		description.comment = CommentText(entry.comment);
		description.sql = CreateEntrySQL(entry);
		if (entry.type == CatalogType::TABLE_ENTRY) {
			DescribeTable(entry.Cast<duckdb::TableCatalogEntry>(), description);
		} else if (entry.type == CatalogType::VIEW_ENTRY) {
			DescribeView(entry.Cast<duckdb::ViewCatalogEntry>(), description);
		} else if (entry.type == CatalogType::TYPE_ENTRY) {
			DescribeType(entry.Cast<duckdb::TypeCatalogEntry>(), description);
		}
	} catch (const std::exception &exception) {
		// Where it was interrupted, that is no property of the entry.
		check();
		description.columns.clear();
		description.error = duckdb::ErrorData(exception).Message();
	}
	RefuseWhatNoMessageHolds(description);
}

CatalogDescription CatalogDescriber::Describe(const DistributedRequest &request) {
	CatalogDescription result;
	result.database = catalog.GetName().GetIdentifierName();
	result.read_only = catalog.GetAttached().IsReadOnly();
	if (request.entries.empty()) {
		CollectAll();
		result.in_full = entries.size() <= request.in_full_count_max;
	} else {
		CollectNamed(request.entries);
		result.in_full = true;
	}
	result.entries.reserve(entries.size());
	for (auto &entry : entries) {
		CheckNowAndThen();
		result.entries.push_back(DescribeName(entry));
		if (result.in_full) {
			DescribeFully(entry, result.entries.back());
		}
	}
	return result;
}

} // namespace

CatalogDescription DescribeCatalog(ClientContext &context, const std::string &database,
                                   const DistributedRequest &request, const CancelCheck &check) {
	CatalogDescription result;
	std::exception_ptr failure;
	context.RunFunctionInTransaction([&]() {
		try {
			result = CatalogDescriber(context, database, check).Describe(request);
		} catch (...) {
			// Thrown from here, it would spoil a transaction that has done nothing but read.
			failure = std::current_exception();
		}
	});
	if (failure) {
		std::rethrow_exception(failure);
	}
	return result;
}

} // namespace skein
