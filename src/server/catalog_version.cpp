#include "server/catalog_version.hpp"

#include <random>

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/main/attached_database.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "protocol/identifier.hpp"
#include "server/request_error.hpp"

namespace skein {

static uint64_t ProcessNumber() {
	static const uint64_t number = []() {
		std::random_device source;
		return (static_cast<uint64_t>(source()) << 32) ^ source();
	}();
	return number;
}

//! A bijection that spreads neighbours over all 64 bits (the finalizer of SplitMix64).
static uint64_t Spread(uint64_t value) {
	value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
	value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
	return value ^ (value >> 31);
}

//! Attached again, a database has another object id.
static uint64_t Mix(uint64_t object_id, uint64_t version) {
	auto mixed = Spread(Spread(ProcessNumber() ^ object_id) + version);
	return mixed == 0 ? 1 : mixed;
}

uint64_t CatalogVersion(duckdb::Connection &connection, const std::string &database) {
	uint64_t result = 0;
	auto &context = *connection.context;
	try {
		context.RunFunctionInTransaction([&]() {
			auto catalog = duckdb::Catalog::GetCatalogEntry(context, duckdb::Identifier(database));
			if (!catalog || !catalog->IsDuckCatalog()) {
				return;
			}
			auto version = catalog->GetCatalogVersion(context);
			if (version.IsValid()) {
				result = Mix(catalog->GetAttached().oid, version.GetIndex());
			}
		});
	} catch (const std::exception &) {
		return 0;
	}
	return result;
}

void RequireCatalogVersion(duckdb::Connection &connection, const std::string &database, uint64_t version) {
	if (version == 0 || version == CatalogVersion(connection, database)) {
		return;
	}
	throw RequestError(ErrorCategory::CATALOG_CHANGED,
	                   "The catalog of database " + QuoteIdentifier(database) +
	                       " has changed since the request was made: look at it again and make the request anew");
}

} // namespace skein
