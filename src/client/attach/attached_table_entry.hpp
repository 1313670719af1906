//! A table of an attached database: what a remote table is anywhere, and what only the database's catalog knows of it.
#pragma once

#include "client/catalog/skein_table_entry.hpp"

namespace skein {

using namespace duckdb;

class AttachedTableEntry : public SkeinTableEntry {
public:
	using SkeinTableEntry::SkeinTableEntry;

	//! The keys of its constraints, and those of unique indexes made later: ON CONFLICT looks for them here.
	TableStorageInfo GetStorageInfo(ClientContext &context) override;
	//! PRAGMA storage_info: asked of the server, all segments at once.
	bool ScanColumnSegmentInfo(const QueryContext &context, ColumnSegmentInfoScanState &state,
	                           vector<ColumnSegmentInfo> &result) override;
	//! Triggers live, and fire, on the server. Here they are listed and not found otherwise: DuckDB would fire them
	//! once more.
	optional_ptr<CatalogEntry> CreateTrigger(CatalogTransaction transaction, CreateTriggerInfo &info) override;
	void ScanTriggers(CatalogTransaction transaction,
	                  const std::function<void(CatalogEntry &)> &callback) const override;
	bool DropTrigger(CatalogTransaction transaction, const Identifier &name, bool cascade) override;

private:
	//! Its name on the server, as SQL.
	string RemoteTable() const;
};

} // namespace skein
