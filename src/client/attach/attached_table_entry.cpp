#include "client/attach/attached_table_entry.hpp"

#include "client/attach/attached_catalog.hpp"
#include "client/attach/attached_schema_entry.hpp"
#include "client/attach/attached_transaction.hpp"
#include "client/attach/listed_triggers.hpp"
#include "client/attach/remote_ddl.hpp"
#include "client/attach/remote_query.hpp"
#include "duckdb/catalog/catalog_entry/index_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/optimizer/remote_pushdown_optimizer.hpp"
#include "duckdb/parser/parsed_data/create_trigger_info.hpp"
#include "duckdb/storage/table/row_group_collection.hpp"
#include "duckdb/storage/table_storage_info.hpp"
#include "protocol/identifier.hpp"

namespace skein {

string AttachedTableEntry::RemoteTable() const {
	auto path = schema.GetSchemaPath();
	path.push_back(name);
	string result;
	for (auto &part : path) {
		result += (result.empty() ? "" : ".") + QuoteIdentifier(part.GetIdentifierName());
	}
	return result;
}

//===--------------------------------------------------------------------===//
// Keys
//===--------------------------------------------------------------------===//
TableStorageInfo AttachedTableEntry::GetStorageInfo(ClientContext &context) {
	auto result = SkeinTableEntry::GetStorageInfo(context);
	for (auto &entry : schema.Cast<AttachedSchemaEntry>().IndexesOf(context, name)) {
		auto &index = entry.get();
		IndexInfo info;
		info.is_unique = index.IsUnique();
		info.is_primary = false;
		info.is_foreign = false;
		info.column_set.insert(index.column_ids.begin(), index.column_ids.end());
		result.index_info.push_back(std::move(info));
	}
	return result;
}

//===--------------------------------------------------------------------===//
// Segments
//===--------------------------------------------------------------------===//
static ColumnSegmentInfo ReadSegment(DataChunk &chunk, idx_t row) {
	idx_t column = 0;
	auto next = [&]() {
		return chunk.data[column++].GetValue(row);
	};
	auto number = [&]() {
		auto value = next();
		return value.IsNull() ? 0 : value.GetValue<int64_t>();
	};
	ColumnSegmentInfo segment;
	segment.row_group_index = NumericCast<idx_t>(number());
	segment.column_id = NumericCast<idx_t>(number());
	segment.column_path = next().ToString();
	segment.segment_idx = NumericCast<idx_t>(number());
	segment.segment_type = next().ToString();
	segment.segment_start = NumericCast<idx_t>(number());
	segment.segment_count = NumericCast<idx_t>(number());
	segment.compression_type = next().ToString();
	segment.segment_stats = next();
	segment.has_updates = next().GetValue<bool>();
	segment.persistent = next().GetValue<bool>();
	segment.block_id = number();
	segment.block_offset = NumericCast<idx_t>(number());
	auto info = next();
	segment.segment_info = info.IsNull() ? string() : info.ToString();
	auto blocks = next();
	if (!blocks.IsNull()) {
		for (auto &block : ListValue::GetChildren(blocks)) {
			segment.additional_blocks.push_back(block.GetValue<int64_t>());
		}
	}
	return segment;
}

static string SegmentsQuery(const string &table, const ColumnSegmentInfoScanOptions &options) {
	string arguments = QuoteLiteral(table);
	arguments += options.include_segment_info ? ", include_segment_info := true" : "";
	arguments += options.loaded_segments_only ? ", loaded_segments_only := true" : "";
	return "SELECT row_group_id, column_id, column_path, segment_id, segment_type, \"start\", \"count\", compression, "
	       "stats, has_updates, persistent, block_id, block_offset, " +
	       string(options.include_segment_info ? "segment_info" : "NULL::VARCHAR") +
	       ", additional_block_ids FROM pragma_storage_info(" + arguments + ")";
}

bool AttachedTableEntry::ScanColumnSegmentInfo(const QueryContext &context, ColumnSegmentInfoScanState &state,
                                               vector<ColumnSegmentInfo> &result) {
	// Nobody but this function reads the state's row group: there, it says that all segments were handed out.
	static SegmentNode<RowGroup> all_handed_out(0, nullptr, 0);
	auto client = context.GetClientContext();
	if (state.current_row_group || !client) {
		return false;
	}
	state.current_row_group = all_handed_out;
	ForEachRemoteChunk(*client, catalog.Cast<AttachedCatalog>(), SegmentsQuery(RemoteTable(), state.options),
	                   [&](DataChunk &chunk) {
		                   for (idx_t row = 0; row < chunk.size(); row++) {
			                   result.push_back(ReadSegment(chunk, row));
		                   }
	                   });
	return true;
}

//===--------------------------------------------------------------------===//
// Triggers
//===--------------------------------------------------------------------===//
optional_ptr<CatalogEntry> AttachedTableEntry::CreateTrigger(CatalogTransaction transaction, CreateTriggerInfo &info) {
	auto remote = unique_ptr_cast<CreateInfo, CreateTriggerInfo>(info.Copy());
	remote->SetQualifiedName(QualifiedName(info.GetTriggerName()));
	if (info.base_table->GetQualifiedName().Path()[0] == catalog.GetName()) {
		remote->base_table->SetQualifiedName(QualifiedName(schema.GetSchemaPath(), name));
	}
	RemotePushdownOptimizer::StripCatalogName(*remote->trigger_action, catalog.GetName());
	RemoteDdl::Run(transaction.GetContext(), catalog, remote->ToString());
	return nullptr;
}

void AttachedTableEntry::ScanTriggers(CatalogTransaction transaction,
                                      const std::function<void(CatalogEntry &)> &callback) const {
	ListedTriggers::Scan(transaction.GetContext(), *this, callback);
}

bool AttachedTableEntry::DropTrigger(CatalogTransaction transaction, const Identifier &trigger_name, bool cascade) {
	auto &context = transaction.GetContext();
	auto name_text = QuoteIdentifier(trigger_name.GetIdentifierName());
	bool exists = false;
	ForEachRemoteChunk(
	    context, this->catalog.Cast<AttachedCatalog>(),
	    "SELECT 1 FROM duckdb_triggers() WHERE trigger_name = " + QuoteLiteral(trigger_name.GetIdentifierName()) +
	        " AND table_name = " + QuoteLiteral(name.GetIdentifierName()),
	    [&](DataChunk &chunk) { exists = true; });
	if (!exists) {
		return false;
	}
	RemoteDdl::Run(context, catalog,
	               "DROP TRIGGER " + name_text + " ON " + RemoteTable() + (cascade ? " CASCADE" : ""));
	return true;
}

} // namespace skein
