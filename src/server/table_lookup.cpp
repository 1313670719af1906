#include "server/table_lookup.hpp"

#include "codec/constant_expression.hpp"
#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry/table_catalog_entry.hpp"
#include "duckdb/common/string_util.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/parser/constraints/not_null_constraint.hpp"
#include "duckdb/storage/table_storage_info.hpp"
#include "protocol/identifier.hpp"
#include "server/request_error.hpp"

namespace skein {

using duckdb::Identifier;

static duckdb::QualifiedName MakeName(const std::string &catalog, const std::vector<std::string> &schema_path,
                                      const std::string &name) {
	if (schema_path.size() == 1) {
		return duckdb::QualifiedName(Identifier(catalog), Identifier(schema_path[0]), Identifier(name));
	}
	duckdb::vector<Identifier> path(schema_path.begin(), schema_path.end());
	return duckdb::QualifiedName::FromCatalogSchema(Identifier(catalog), std::move(path), Identifier(name));
}

duckdb::QualifiedName ResolvedTable::QualifiedName() const {
	return MakeName(catalog, schema_path, name);
}

//! A table in nested schemas is named by its path.
static duckdb::QualifiedName NestedName(const DistributedRequest &request) {
	auto &entry = request.entries[0];
	if (request.entries.size() > 1 || entry.name.empty() || request.catalog_name.empty() ||
	    !request.table_name.empty() || !request.schema_name.empty()) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   std::string(RequestTypeName(request.type)) +
		                       " names its table by table_name and schema_name, or by catalog_name and one entry");
	}
	return MakeName(request.catalog_name, entry.schema_path, entry.name);
}

const ResolvedColumn *ResolvedTable::FindColumn(const std::string &column) const {
	for (auto &candidate : columns) {
		if (duckdb::StringUtil::CIEquals(candidate.name, column)) {
			return &candidate;
		}
	}
	return nullptr;
}

duckdb::QualifiedName RequestedName(const DistributedRequest &request) {
	if (!request.entries.empty()) {
		return NestedName(request);
	}
	if (request.table_name.empty()) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   std::string(RequestTypeName(request.type)) + " needs a table_name");
	}
	return MakeName(request.catalog_name, {request.schema_name}, request.table_name);
}

static void DescribeColumns(duckdb::TableCatalogEntry &table, ResolvedTable &result) {
	for (auto &column : table.GetColumns().Logical()) {
		ResolvedColumn resolved;
		resolved.name = column.Name().GetIdentifierName();
		resolved.type = column.Type();
		resolved.generated = column.Generated();
		resolved.has_default = !column.Generated() && column.HasDefaultValue();
		if (resolved.has_default) {
			resolved.default_expression = column.DefaultValue().ToString();
			if (IsConstantExpression(column.DefaultValue())) {
				resolved.constant_default = resolved.default_expression;
			}
		}
		result.columns.push_back(std::move(resolved));
	}
	for (auto &constraint : table.GetConstraints()) {
		if (constraint->type == duckdb::ConstraintType::NOT_NULL) {
			result.columns[constraint->Cast<duckdb::NotNullConstraint>().index.index].not_null = true;
		}
	}
}

static void DescribeKeys(const duckdb::TableCatalogEntry &table, const duckdb::TableStorageInfo &storage,
                         ResolvedTable &result) {
	for (auto &index : storage.index_info) {
		if (!index.is_unique) {
			continue;
		}
		std::set<uint64_t> key;
		for (auto column : index.column_set) {
			key.insert(table.GetColumns().PhysicalToLogical(duckdb::PhysicalIndex(column)).index);
		}
		result.unique_keys.push_back(std::move(key));
	}
}

static ResolvedTable Describe(duckdb::ClientContext &context, duckdb::CatalogEntry &entry) {
	ResolvedTable result;
	result.catalog = entry.ParentCatalog().GetName().GetIdentifierName();
	for (auto &part : entry.ParentSchema().GetSchemaPath()) {
		result.schema_path.push_back(part.GetIdentifierName());
	}
	result.schema = result.schema_path.back();
	result.name = entry.name.GetIdentifierName();
	result.is_view = entry.type == duckdb::CatalogType::VIEW_ENTRY;
	if (!result.is_view) {
		auto &table = entry.Cast<duckdb::TableCatalogEntry>();
		DescribeColumns(table, result);
		auto storage = table.GetStorageInfo(context);
		DescribeKeys(table, storage, result);
		auto cardinality = storage.cardinality;
		if (cardinality.IsValid()) {
			result.estimated_rows = cardinality.GetIndex();
		}
	}
	return result;
}

std::optional<ResolvedTable> FindTable(duckdb::ClientContext &context, const DistributedRequest &request) {
	duckdb::EntryLookupInfo lookup(duckdb::CatalogType::TABLE_ENTRY, RequestedName(request));
	std::optional<ResolvedTable> result;
	context.RunFunctionInTransaction([&]() {
		auto entry = duckdb::Catalog::GetEntry(context, lookup, duckdb::OnEntryNotFound::RETURN_NULL);
		if (entry) {
			result = Describe(context, *entry);
		}
	});
	return result;
}

ResolvedTable RequireTable(duckdb::ClientContext &context, const DistributedRequest &request) {
	auto result = FindTable(context, request);
	if (!result) {
		DistributedError error;
		error.category = ErrorCategory::TABLE_NOT_FOUND;
		error.exception_type = "Catalog";
		error.message = "Table with name " + RequestedName(request).ToString() + " does not exist on the server";
		throw RequestError(std::move(error));
	}
	return std::move(*result);
}

} // namespace skein
