#include "client/attach/listed_triggers.hpp"

#include <atomic>
#include <map>

#include "client/attach/attached_catalog.hpp"
#include "client/attach/remote_query.hpp"
#include "client/attach/skein_context_state.hpp"
#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/table_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/trigger_catalog_entry.hpp"
#include "duckdb/function/table_function.hpp"
#include "duckdb/parser/parsed_data/create_trigger_info.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/parser_options.hpp"
#include "duckdb/parser/statement/create_statement.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "protocol/identifier.hpp"

namespace skein {

namespace {

struct RemoteTrigger {
	Identifier schema_name;
	Identifier table_name;
	string sql;
	Value comment;
};

using RemoteTriggers = std::vector<RemoteTrigger>;

//! What one call of duckdb_triggers() was told so far.
using Listing = std::map<AttachedCatalog *, RemoteTriggers>;

//! DuckDB's own; all databases of a process have the same.
std::atomic<table_function_init_global_t> list_triggers {nullptr};

thread_local Listing *current_listing = nullptr;

class ListingScope {
public:
	ListingScope() : outer(current_listing) {
		current_listing = &listing;
	}
	~ListingScope() {
		current_listing = outer;
	}

private:
	Listing listing;
	Listing *const outer;
};

RemoteTriggers AskForTriggers(ClientContext &context, AttachedCatalog &catalog) {
	RemoteTriggers result;
	ForEachRemoteChunk(context, catalog,
	                   "SELECT schema_name, table_name, sql, comment FROM duckdb_triggers() WHERE database_name = " +
	                       QuoteLiteral(catalog.RemoteDatabase()) + " ORDER BY trigger_name",
	                   [&](DataChunk &chunk) {
		                   for (idx_t row = 0; row < chunk.size(); row++) {
			                   result.push_back({Identifier(chunk.data[0].GetValue(row).ToString()),
							                     Identifier(chunk.data[1].GetValue(row).ToString()),
							                     chunk.data[2].GetValue(row).ToString(), chunk.data[3].GetValue(row)});
		                   }
	                   });
	return result;
}

//! Null for what this DuckDB cannot read.
unique_ptr<TriggerCatalogEntry> MakeEntry(const TableCatalogEntry &table, const RemoteTrigger &trigger) {
	Parser parser(ParserOptions::Builtin());
	try {
		parser.ParseQuery(trigger.sql);
	} catch (std::exception &) {
		return nullptr;
	}
	if (parser.statements.size() != 1 || parser.statements[0]->type != StatementType::CREATE_STATEMENT) {
		return nullptr;
	}
	auto &info = *parser.statements[0]->Cast<CreateStatement>().info;
	if (info.type != CatalogType::TRIGGER_ENTRY) {
		return nullptr;
	}
	info.comment = trigger.comment;
	return make_uniq<TriggerCatalogEntry>(table.catalog, table.schema, info.Cast<CreateTriggerInfo>());
}

unique_ptr<GlobalTableFunctionState> ListAll(ClientContext &context, TableFunctionInitInput &input) {
	ListingScope scope;
	return list_triggers.load()(context, input);
}

} // namespace

void ListedTriggers::TakeFromPlan(LogicalOperator &plan) {
	if (plan.type == LogicalOperatorType::LOGICAL_GET) {
		auto &function = plan.Cast<LogicalGet>().function;
		if (function.GetName() == "duckdb_triggers" && function.init_global && function.init_global != ListAll) {
			list_triggers = function.init_global;
			function.init_global = ListAll;
		}
	}
	for (auto &child : plan.children) {
		TakeFromPlan(*child);
	}
}

void ListedTriggers::Scan(ClientContext &context, const TableCatalogEntry &table,
                          const std::function<void(CatalogEntry &)> &callback) {
	if (!current_listing) {
		return;
	}
	auto &catalog = table.catalog.Cast<AttachedCatalog>();
	auto asked = current_listing->find(&catalog);
	if (asked == current_listing->end()) {
		asked = current_listing->emplace(&catalog, AskForTriggers(context, catalog)).first;
	}
	for (auto &trigger : asked->second) {
		if (trigger.table_name != table.name || trigger.schema_name != table.schema.name) {
			continue;
		}
		auto entry = MakeEntry(table, trigger);
		if (entry) {
			callback(SkeinContextState::Get(context).KeepForStatement(std::move(entry)));
		}
	}
}

} // namespace skein
