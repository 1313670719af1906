//! What a remote database holds, at one version of its catalog. Names are here from the start, descriptions are asked
//! for when they are first needed. Owns the entries it hands out. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "client/catalog/skein_transaction.hpp"
#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/common/identifier.hpp"
#include "protocol/distributed_protocol.hpp"

namespace skein {

using namespace duckdb;

class AttachedCatalog;
class AttachedSchemaEntry;
class CatalogSnapshot;

//! One entry: its name, and once somebody asked, what it is.
struct CatalogSlot {
	CatalogEntryDescription description;
	//! False while only the name is known.
	bool described = false;
	//! Made from the description at the first lookup. A view has two: one that lists it, one that scans it.
	unique_ptr<CatalogEntry> entry;
	unique_ptr<CatalogEntry> listed_entry;
	//! Why there is no entry.
	string error;
};

class CatalogSnapshot {
public:
	CatalogSnapshot(AttachedCatalog &catalog, uint64_t version, CatalogDescription description);
	~CatalogSnapshot();

	uint64_t Version() const {
		return version;
	}
	//! Null where there is none. `path` is outermost first.
	optional_ptr<AttachedSchemaEntry> FindSchema(const vector<Identifier> &path) const;
	const std::vector<unique_ptr<AttachedSchemaEntry>> &Schemas() const {
		return schemas;
	}
	//! Asks the server for the descriptions that are missing, in one round trip.
	void Describe(ClientContext &context, const std::vector<CatalogSlot *> &slots);
	//! Held while slots are read or filled.
	std::recursive_mutex &Lock() {
		return lock;
	}

private:
	void AddSchema(const CatalogEntryDescription &description);

	AttachedCatalog &catalog;
	const uint64_t version;
	std::vector<unique_ptr<AttachedSchemaEntry>> schemas;
	std::recursive_mutex lock;
};

} // namespace skein
