#include "client/catalog/skein_schema_entry.hpp"

#include "client/catalog/skein_catalog.hpp"
#include "client/catalog/skein_table_entry.hpp"
#include "duckdb/common/exception/binder_exception.hpp"
#include "duckdb/parser/parsed_data/create_schema_info.hpp"
#include "duckdb/parser/parsed_data/drop_info.hpp"

namespace skein {

SkeinSchemaEntry::SkeinSchemaEntry(Catalog &catalog, CreateSchemaInfo &info) : SchemaCatalogEntry(catalog, info) {
}

[[noreturn]] static void RefuseDdl(const char *what) {
	throw BinderException("%s is not possible through a registered remote table: run the statement on the server with "
	                      "skein_execute('<uri>', '<statement>'), then register the table again with replace := true",
	                      what);
}

optional_ptr<CatalogEntry> SkeinSchemaEntry::CreateTable(CatalogTransaction transaction, BoundCreateTableInfo &info) {
	RefuseDdl("CREATE TABLE");
}

optional_ptr<CatalogEntry> SkeinSchemaEntry::CreateFunction(CatalogTransaction transaction, CreateFunctionInfo &info) {
	RefuseDdl("CREATE FUNCTION");
}

optional_ptr<CatalogEntry> SkeinSchemaEntry::CreateIndex(CatalogTransaction transaction, CreateIndexInfo &info,
                                                         TableCatalogEntry &table) {
	RefuseDdl("CREATE INDEX");
}

optional_ptr<CatalogEntry> SkeinSchemaEntry::CreateView(CatalogTransaction transaction, CreateViewInfo &info) {
	RefuseDdl("CREATE VIEW");
}

optional_ptr<CatalogEntry> SkeinSchemaEntry::CreateSequence(CatalogTransaction transaction, CreateSequenceInfo &info) {
	RefuseDdl("CREATE SEQUENCE");
}

optional_ptr<CatalogEntry> SkeinSchemaEntry::CreateType(CatalogTransaction transaction, CreateTypeInfo &info) {
	RefuseDdl("CREATE TYPE");
}

void SkeinSchemaEntry::Alter(CatalogTransaction transaction, AlterInfo &info) {
	RefuseDdl("ALTER");
}

void SkeinSchemaEntry::DropEntry(ClientContext &context, DropInfo &info) {
	throw BinderException("A registered remote table is not dropped here: unregister_remote_table takes the name away, "
	                      "skein_drop_table('<uri>', '<table>') drops the table on its server");
}

void SkeinSchemaEntry::Scan(ClientContext &context, CatalogType type,
                            const std::function<void(CatalogEntry &)> &callback) {
	// Hidden catalogs list nothing; remote_tables() does.
}

void SkeinSchemaEntry::Scan(CatalogType type, const std::function<void(CatalogEntry &)> &callback) {
}

optional_ptr<CatalogEntry> SkeinSchemaEntry::LookupEntry(CatalogTransaction transaction,
                                                         const EntryLookupInfo &lookup_info) {
	if (lookup_info.GetCatalogType() != CatalogType::TABLE_ENTRY) {
		return nullptr;
	}
	auto table = catalog.Cast<SkeinRegisteredCatalog>().GetTable(transaction.context, lookup_info.GetEntryIdentifier());
	return table.get();
}

} // namespace skein
