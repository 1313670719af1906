//! The entry points of the loadable extension. One binary is loaded under two names, skein and motherduck; whichever
//! comes first in a database does the work.

#include "client/functions/register_functions.hpp"
#include "client/functions/server_functions.hpp"
#include "client/attach/copied_indexes.hpp"
#include "client/attach/listed_triggers.hpp"
#include "client/attach/skein_context_state.hpp"
#include "client/pushdown/remote_sequence.hpp"
#include "client/pushdown/remote_statement.hpp"
#include "client/pushdown/remote_vacuum.hpp"
#include "client/scan/distributed_table_scan.hpp"
#include "client/skein_log.hpp"
#include "client/skein_settings.hpp"
#include "client/skein_secret.hpp"
#include "client/skein_state.hpp"
#include "client/skein_storage.hpp"
#include "client/write/remote_default.hpp"
#include "duckdb/logging/log_manager.hpp"
#include "duckdb/main/config.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "duckdb/optimizer/optimizer_extension.hpp"

namespace skein {

//! Subqueries that depend on their surroundings show all their expressions only once they are planned.
static void TakeFromPlan(duckdb::OptimizerExtensionInput &input, duckdb::unique_ptr<duckdb::LogicalOperator> &plan) {
	RemoteSequence::TakeFromOperator(input.context, *plan);
	ListedTriggers::TakeFromPlan(*plan);
}

static void FinishScans(duckdb::OptimizerExtensionInput &input, duckdb::unique_ptr<duckdb::LogicalOperator> &plan) {
	RemoteSequence::TakeFromOperator(input.context, *plan);
	DistributedTableScanFunction::FinishPlan(*plan);
}

static void FinishBinding(duckdb::PlannerExtensionInput &input, duckdb::BoundStatement &statement) {
	RemoteSequence::TakeFromPlan(input, statement);
	RemoteVacuum::TakeFromStatement(input, statement);
	if (statement.plan) {
		ListedTriggers::TakeFromPlan(*statement.plan);
		CopiedIndexes::TakeFromPlan(input.context, *statement.plan);
	}
	SkeinContextState::FinishBinding(input);
}

static void Load(duckdb::ExtensionLoader &loader) {
	auto &database = loader.GetDatabaseInstance();
	auto &config = duckdb::DBConfig::GetConfig(database);
	if (duckdb::StorageExtension::Find(config, STORAGE_EXTENSION_NAME)) {
		return;
	}
	loader.SetDescription("Use tables that live in another DuckDB, over Arrow Flight");
	duckdb::StorageExtension::Register(config, STORAGE_EXTENSION_NAME, SkeinStorage::Create());
	duckdb::OptimizerExtension optimizer;
	optimizer.pre_optimize_function = TakeFromPlan;
	optimizer.optimize_function = FinishScans;
	duckdb::OptimizerExtension::Register(config, optimizer);
	database.GetLogManager().RegisterLogType(duckdb::make_uniq<SkeinLogType>());
	SkeinSettings::Register(database);
	loader.RegisterFunction(RemoteDefault::GetFunctions());
	SkeinSecret::Register(loader);
	RegisterRemoteTableFunctions(loader);
	RegisterServerFunctions(loader);
	RemoteStatement::RegisterFunctions(loader);
	loader.RegisterFunction(RemoteSequence::GetFunction());
	loader.RegisterFunction(RemoteSequence::GetSetFunction());
	duckdb::PlannerExtension planner;
	planner.post_bind_function = FinishBinding;
	duckdb::PlannerExtension::Register(config, planner);
	duckdb::ExtensionCallback::Register(config, duckdb::make_shared_ptr<SkeinConnectionCallback>());
}

} // namespace skein

extern "C" {

DUCKDB_CPP_EXTENSION_ENTRY(skein, loader) {
	skein::Load(loader);
}

DUCKDB_CPP_EXTENSION_ENTRY(motherduck, loader) {
	skein::Load(loader);
}
}
