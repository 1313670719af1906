#include "client/attach/remote_ddl.hpp"

#include "client/attach/attached_catalog.hpp"
#include "client/attach/attached_schema_entry.hpp"
#include "client/attach/attached_transaction.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/parser/parsed_data/alter_info.hpp"
#include "duckdb/parser/parsed_data/create_info.hpp"
#include "duckdb/parser/parsed_data/drop_info.hpp"

namespace skein {

//! The name as the server knows it: without the client's name for the database.
static QualifiedName RemoteName(ClientContext &context, const QualifiedName &name, const Catalog &catalog) {
	auto result = name;
	if (name.Path().size() > 2 && name.Path()[0] == catalog.GetName()) {
		result.StripCatalog();
	}
	return catalog.Cast<AttachedCatalog>().TextName(context, result);
}

void RemoteDdl::Run(ClientContext &context, Catalog &catalog, const string &sql) {
	auto request = catalog.Cast<AttachedCatalog>().MakeRequest(context, RequestType::EXECUTE_SQL);
	request.sql = sql;
	auto &transaction = AttachedTransaction::Get(context, catalog);
	// A statement may make many entries (COPY FROM DATABASE): all or none.
	transaction.ForRowIds(context);
	transaction.Call(context, std::move(request));
}

optional_ptr<CatalogEntry> RemoteDdl::Create(CatalogTransaction transaction, SchemaCatalogEntry &schema,
                                             const CreateInfo &info) {
	auto &context = transaction.GetContext();
	auto &catalog = schema.catalog.Cast<AttachedCatalog>();
	auto remote = info.Copy();
	auto path = schema.GetSchemaPath();
	remote->SetQualifiedName(catalog.TextName(context, QualifiedName(path, info.GetQualifiedName().Name())));
	Run(context, catalog, remote->ToString());
	auto created = AttachedTransaction::Get(context, catalog).Snapshot(context).FindSchema(path);
	if (!created) {
		return nullptr;
	}
	EntryLookupInfo lookup(info.type, QualifiedName(info.GetQualifiedName().Name()));
	return created->LookupEntry(transaction, lookup);
}

void RemoteDdl::Alter(CatalogTransaction transaction, SchemaCatalogEntry &schema, const AlterInfo &info) {
	auto remote = info.Copy();
	remote->SetQualifiedName(RemoteName(transaction.GetContext(), info.GetQualifiedName(), schema.catalog));
	Run(transaction.GetContext(), schema.catalog, remote->ToString());
}

void RemoteDdl::Drop(ClientContext &context, Catalog &catalog, const DropInfo &info) {
	auto remote = info.Copy();
	auto path = info.GetQualifiedName().Path();
	if (info.type == CatalogType::SCHEMA_ENTRY && path.size() > 1 && path[0] == catalog.GetName()) {
		// A schema's own name is the last of its path.
		path.erase(path.begin());
		remote->SetQualifiedName(QualifiedName::FromPath(std::move(path)));
	} else {
		remote->SetQualifiedName(RemoteName(context, info.GetQualifiedName(), catalog));
	}
	Run(context, catalog, remote->ToString());
}

} // namespace skein
