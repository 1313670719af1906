#include "server/engine.hpp"

#include "duckdb/common/exception.hpp"
#include "duckdb/common/file_system.hpp"
#include "duckdb/main/config.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/main/valid_checker.hpp"
#include "duckdb_static_extension.h"
#include "server/database_files.hpp"
#include "server/databases.hpp"
#include "server/engine_connections.hpp"
#include "server/put_stream_function.hpp"

extern "C" {
int32_t duckdb_extension_core_functions_describe(duckdb_extension_descriptor *descriptor);
int32_t duckdb_extension_json_describe(duckdb_extension_descriptor *descriptor);
int32_t duckdb_extension_icu_describe(duckdb_extension_descriptor *descriptor);
int32_t duckdb_extension_parquet_describe(duckdb_extension_descriptor *descriptor);
}

namespace skein {

using duckdb::Value;

//! Before a database is opened: replaying its log may need their functions.
static void RegisterLinkedExtensions() {
	for (auto describe : {duckdb_extension_core_functions_describe, duckdb_extension_json_describe,
	                      duckdb_extension_icu_describe, duckdb_extension_parquet_describe}) {
		duckdb_register_static_extension(describe);
	}
}

static void Configure(duckdb::DBConfig &config, const EngineOptions &options) {
	if (options.read_only) {
		config.options.access_mode = duckdb::AccessMode::READ_ONLY;
	}
	// Flight's threads wait for clients: every engine thread is to be one that always works.
	config.SetOptionByName("external_threads", Value::UBIGINT(0));
	if (!options.named_databases.empty()) {
		config.SetOptionByName("temp_directory", Value(options.named_databases[0].path + ".tmp"));
	} else if (options.database_path.empty() && !options.database_dir.empty()) {
		config.SetOptionByName("temp_directory", Value(options.database_dir + "/.tmp"));
	}
	if (!options.memory_limit.empty()) {
		config.SetOptionByName("memory_limit", Value(options.memory_limit));
	}
	if (options.threads > 0) {
		config.SetOptionByName("threads", Value::UBIGINT(options.threads));
	}
}

static bool HasMainDatabase(const EngineOptions &options) {
	if (!options.named_databases.empty()) {
		return false;
	}
	return !options.database_path.empty() || !options.read_only;
}

static std::unique_ptr<duckdb::DuckDB> Open(const EngineOptions &options) {
	duckdb::DBConfig config;
	Configure(config, options);
	if (!HasMainDatabase(options)) {
		return std::make_unique<duckdb::DuckDB>(*duckdb::DuckDB::CreateEmpty(&config)->instance);
	}
	if (options.database_path.empty()) {
		return std::make_unique<duckdb::DuckDB>(nullptr, &config);
	}
	return std::make_unique<duckdb::DuckDB>(options.database_path, &config);
}

Engine::Engine(const EngineOptions &options_p) : options(options_p) {
	if (options.read_only && options.database_path.empty() && options.named_databases.empty() &&
	    options.database_dir.empty()) {
		throw duckdb::InvalidInputException("A database in memory cannot be read only: name a database file");
	}
	RegisterLinkedExtensions();
	try {
		database = Open(options);
	} catch (const std::exception &exception) {
		ThrowFileError(options.database_path, exception);
	}
	RegisterPutStreamFunction(*database->instance);
	databases = std::make_unique<Databases>(*database, options);
	connections = std::make_unique<EngineConnections>(*database);
}

Engine::~Engine() = default;

std::unique_ptr<duckdb::Connection> Engine::Connect() {
	return std::make_unique<duckdb::Connection>(*database);
}

EngineConnections &Engine::Connections() {
	return *connections;
}

Databases &Engine::GetDatabases() {
	return *databases;
}

void Engine::Checkpoint() {
	databases->Checkpoint();
}

std::string Engine::InvalidatedReason() const {
	auto &checker = database->instance->GetValidChecker();
	return checker.IsInvalidated() ? checker.InvalidatedMessage() : std::string();
}

duckdb::DatabaseInstance &Engine::Database() {
	return *database->instance;
}

const EngineOptions &Engine::Options() const {
	return options;
}

std::string Engine::Version() {
	return duckdb::DuckDB::LibraryVersion();
}

} // namespace skein
