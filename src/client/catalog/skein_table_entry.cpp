#include "client/catalog/skein_table_entry.hpp"

#include "client/catalog/skein_catalog.hpp"
#include "client/scan/distributed_table_scan.hpp"
#include "client/write/remote_default.hpp"
#include "codec/arrow_codec.hpp"
#include "codec/arrow_metadata.hpp"
#include "codec/constant_expression.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/string_util.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/parser/constraints/foreign_key_constraint.hpp"
#include "duckdb/parser/constraints/not_null_constraint.hpp"
#include "duckdb/parser/constraints/unique_constraint.hpp"
#include "duckdb/parser/parsed_data/create_table_info.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/parser_options.hpp"
#include "duckdb/storage/statistics/base_statistics.hpp"
#include "duckdb/storage/table_storage_info.hpp"
#include "protocol/identifier.hpp"
#include "protocol/version.hpp"

namespace skein {

SkeinTableEntry::SkeinTableEntry(Catalog &catalog, SchemaCatalogEntry &schema, CreateTableInfo &info,
                                 RemoteServer &server, string remote_name, DistributedRequest target,
                                 vector<string> remote_columns, idx_t estimated_rows, bool is_view)
    : TableCatalogEntry(catalog, schema, info), columns(std::move(info.columns)), server(server),
      remote_name(std::move(remote_name)), target(std::move(target)), remote_columns(std::move(remote_columns)),
      estimated_rows(estimated_rows), is_view(is_view) {
}

//===--------------------------------------------------------------------===//
// From the server's description
//===--------------------------------------------------------------------===//
Identifier SkeinTableEntry::UniqueColumnName(const ColumnList &columns, const string &name) {
	auto result = name;
	for (idx_t suffix = 1; columns.ColumnExists(Identifier(result)); suffix++) {
		result = name + ":" + std::to_string(suffix);
	}
	return Identifier(result);
}

static void AddColumn(ClientContext &context, const arrow::Field &field, CreateTableInfo &info) {
	ColumnDefinition column(SkeinTableEntry::UniqueColumnName(info.columns, field.name()), FieldType(context, field));
	// A generated column is the server's to fill, like one with a default.
	if (!MetadataValue(field.metadata(), FIELD_METADATA_HAS_DEFAULT).empty() ||
	    !MetadataValue(field.metadata(), FIELD_METADATA_GENERATED).empty()) {
		auto text = MetadataValue(field.metadata(), FIELD_METADATA_DEFAULT);
		column.SetDefaultValue(RemoteDefault::MakeExpression(text, ParseConstantExpression(text)));
	}
	if (!MetadataValue(field.metadata(), FIELD_METADATA_NOT_NULL).empty()) {
		info.constraints.push_back(make_uniq<NotNullConstraint>(LogicalIndex(info.columns.LogicalColumnCount())));
	}
	info.columns.AddColumn(std::move(column));
}

//! Keys the server's description names by the numbers of their columns; numbers of no column are left out.
static void AddUniqueKeys(const string &keys, CreateTableInfo &info) {
	for (auto &key : StringUtil::Split(keys, ";")) {
		vector<Identifier> columns;
		for (auto &number : StringUtil::Split(key, ",")) {
			char *end = nullptr;
			LogicalIndex column(std::strtoull(number.c_str(), &end, 10));
			if (end != number.c_str() && column.index < info.columns.LogicalColumnCount()) {
				columns.push_back(info.columns.GetColumn(column).Name());
			}
		}
		if (!columns.empty()) {
			info.constraints.push_back(make_uniq<UniqueConstraint>(std::move(columns), /*is_primary_key=*/false));
		}
	}
}

unique_ptr<SkeinTableEntry> SkeinTableEntry::FromSchema(SkeinCatalog &catalog, SchemaCatalogEntry &schema,
                                                        const string &local_name, const string &remote_name,
                                                        const arrow::Schema &description, ClientContext &context) {
	CreateTableInfo info(schema, Identifier(local_name));
	vector<string> remote_columns;
	for (auto &field : description.fields()) {
		AddColumn(context, *field, info);
		remote_columns.push_back(field->name());
	}
	auto metadata = description.metadata();
	AddUniqueKeys(MetadataValue(metadata, SCHEMA_METADATA_UNIQUE_KEYS), info);
	DistributedRequest target;
	target.catalog_name = MetadataValue(metadata, SCHEMA_METADATA_CATALOG);
	target.schema_name = MetadataValue(metadata, SCHEMA_METADATA_SCHEMA);
	target.table_name = MetadataValue(metadata, SCHEMA_METADATA_TABLE);
	target.client_version = DuckDB::LibraryVersion();
	auto estimated_rows = MetadataValue(metadata, SCHEMA_METADATA_ESTIMATED_ROWS);
	auto is_view = MetadataValue(metadata, SCHEMA_METADATA_KIND) == "view";
	return make_uniq<SkeinTableEntry>(
	    catalog, schema, info, catalog.Server(), remote_name, std::move(target), std::move(remote_columns),
	    estimated_rows.empty() ? 0 : std::strtoull(estimated_rows.c_str(), nullptr, 10), is_view);
}

//===--------------------------------------------------------------------===//
// What DuckDB asks
//===--------------------------------------------------------------------===//
const ColumnList &SkeinTableEntry::GetColumns() const {
	return columns;
}

unique_ptr<CreateInfo> SkeinTableEntry::GetInfo() const {
	auto result = TableCatalogEntry::GetInfo();
	auto &info = result->Cast<CreateTableInfo>();
	ColumnList own_columns;
	for (auto &column : info.columns.Logical()) {
		auto copy = column.Copy();
		if (!column.Generated() && column.HasDefaultValue()) {
			Parser parser(ParserOptions::Builtin());
			copy.SetDefaultValue(std::move(parser.ParseExpressionList(column.DefaultValue().ToString())[0]));
		}
		own_columns.AddColumn(std::move(copy));
	}
	info.columns = std::move(own_columns);
	for (auto &constraint : info.constraints) {
		if (constraint->type == ConstraintType::FOREIGN_KEY) {
			// Bound by whoever creates it, also where it refers to its own table.
			constraint->Cast<ForeignKeyConstraint>().info.type = ForeignKeyType::FK_TYPE_FOREIGN_KEY_TABLE;
		}
	}
	return result;
}

DataTable &SkeinTableEntry::GetStorage() {
	throw NotImplementedException("Remote table %s has no storage here", DisplayName());
}

unique_ptr<BaseStatistics> SkeinTableEntry::GetStatistics(ClientContext &context, column_t column_id) {
	// The minimum and maximum of another snapshot would delete correct rows.
	return nullptr;
}

TableFunction SkeinTableEntry::GetScanFunction(ClientContext &context, unique_ptr<FunctionData> &bind_data) {
	bind_data = make_uniq<DistributedScanBindData>(*this);
	return DistributedTableScanFunction::GetFunction();
}

TableStorageInfo SkeinTableEntry::GetStorageInfo(ClientContext &context) {
	TableStorageInfo result;
	result.cardinality = EstimatedRows();
	// ON CONFLICT looks here for the keys.
	for (auto &constraint : GetConstraints()) {
		if (constraint->type != ConstraintType::UNIQUE) {
			continue;
		}
		auto &unique = constraint->Cast<UniqueConstraint>();
		IndexInfo index;
		index.is_unique = true;
		index.is_primary = unique.IsPrimaryKey();
		index.is_foreign = false;
		for (auto &column : unique.GetLogicalIndexes(columns)) {
			index.column_set.insert(columns.LogicalToPhysical(column).index);
		}
		result.index_info.push_back(std::move(index));
	}
	return result;
}

void SkeinTableEntry::InitializeColumnSegmentInfoScan(ColumnSegmentInfoScanState &state) {
	if (IsView()) {
		throw CatalogException("%s is not an table", name.GetIdentifierName());
	}
	TableCatalogEntry::InitializeColumnSegmentInfoScan(state);
}

optional_ptr<CatalogEntry> SkeinTableEntry::CreateTrigger(CatalogTransaction transaction, CreateTriggerInfo &info) {
	if (IsView()) {
		throw BinderException("CREATE TRIGGER requires a base table, not a view or subquery");
	}
	return TableCatalogEntry::CreateTrigger(transaction, info);
}

void SkeinTableEntry::BindUpdateConstraints(Binder &binder, LogicalGet &get, LogicalProjection &proj,
                                            LogicalUpdate &update, ClientContext &context) {
	// The server checks them.
}

virtual_column_map_t SkeinTableEntry::GetVirtualColumns() const {
	virtual_column_map_t result;
	result.insert(make_pair(COLUMN_IDENTIFIER_EMPTY, TableColumn(Identifier(), LogicalType::BOOLEAN)));
	result.insert(make_pair(COLUMN_IDENTIFIER_ROW_ID, TableColumn("rowid", LogicalType::ROW_TYPE)));
	return result;
}

//===--------------------------------------------------------------------===//
// What Skein asks
//===--------------------------------------------------------------------===//
DistributedRequest SkeinTableEntry::MakeRequest(RequestType type) const {
	auto request = target;
	request.type = type;
	return request;
}

string SkeinTableEntry::DisplayName() const {
	if (target.entries.empty()) {
		return QuoteQualifiedName(target.catalog_name, target.schema_name, target.table_name);
	}
	auto result = QuoteIdentifier(target.catalog_name);
	for (auto &schema : target.entries[0].schema_path) {
		result += "." + QuoteIdentifier(schema);
	}
	return result + "." + QuoteIdentifier(target.entries[0].name);
}

} // namespace skein
