#include "client/attach/catalog_snapshot.hpp"

#include "client/attach/attached_catalog.hpp"
#include "client/attach/attached_schema_entry.hpp"
#include "client/attach/attached_transaction.hpp"
#include "duckdb/parser/parsed_data/create_schema_info.hpp"

namespace skein {

CatalogSnapshot::CatalogSnapshot(AttachedCatalog &catalog, uint64_t version, CatalogDescription description)
    : catalog(catalog), version(version) {
	for (auto &entry : description.entries) {
		if (entry.name.kind == CatalogEntryKind::SCHEMA) {
			AddSchema(entry);
		}
	}
	for (auto &entry : description.entries) {
		if (entry.name.kind == CatalogEntryKind::SCHEMA) {
			continue;
		}
		vector<Identifier> path(entry.name.schema_path.begin(), entry.name.schema_path.end());
		auto schema = FindSchema(path);
		if (schema) {
			schema->AddSlot(std::move(entry), description.in_full);
		}
	}
}

CatalogSnapshot::~CatalogSnapshot() = default;

void CatalogSnapshot::AddSchema(const CatalogEntryDescription &description) {
	vector<Identifier> path(description.name.schema_path.begin(), description.name.schema_path.end());
	if (!catalog.HasSchema(path)) {
		return;
	}
	optional_ptr<AttachedSchemaEntry> parent;
	if (path.size() > 1) {
		parent = FindSchema(vector<Identifier>(path.begin(), path.end() - 1));
		if (!parent) {
			return;
		}
	}
	CreateSchemaInfo info;
	info.SetQualifiedName(QualifiedName::FromCatalogSchema(catalog.GetName(), path, Identifier()));
	// As in a local database, "main" is always there.
	info.internal = path.size() == 1 && path[0] == DEFAULT_SCHEMA;
	if (!description.comment.empty()) {
		info.comment = Value(description.comment);
	}
	schemas.push_back(make_uniq<AttachedSchemaEntry>(catalog, info, parent.get(), *this));
}

optional_ptr<AttachedSchemaEntry> CatalogSnapshot::FindSchema(const vector<Identifier> &path) const {
	for (auto &schema : schemas) {
		if (schema->GetSchemaPath() == path) {
			return schema.get();
		}
	}
	return nullptr;
}

static void Fill(CatalogEntryDescription &source, const std::vector<CatalogSlot *> &slots) {
	for (auto slot : slots) {
		if (slot->description.name == source.name) {
			slot->description = std::move(source);
			slot->described = true;
			return;
		}
	}
}

void CatalogSnapshot::Describe(ClientContext &context, const std::vector<CatalogSlot *> &slots) {
	auto request = catalog.MakeRequest(context, RequestType::CATALOG);
	for (auto slot : slots) {
		if (!slot->described) {
			request.entries.push_back(slot->description.name);
		}
	}
	if (request.entries.empty()) {
		return;
	}
	request.catalog_version = version;
	auto response = AttachedTransaction::Get(context, catalog).Call(context, std::move(request));
	if (!response.catalog) {
		return;
	}
	for (auto &entry : response.catalog->entries) {
		Fill(entry, slots);
	}
}

} // namespace skein
