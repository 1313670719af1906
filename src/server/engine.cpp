#include "server/engine.hpp"

#include "duckdb/common/exception.hpp"
#include "duckdb/common/file_system.hpp"
#include "duckdb/main/config.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/main/valid_checker.hpp"
#include "duckdb_static_extension.h"
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
	if (!options.memory_limit.empty()) {
		config.SetOptionByName("memory_limit", Value(options.memory_limit));
	}
	if (options.threads > 0) {
		config.SetOptionByName("threads", Value::UBIGINT(options.threads));
	}
}

//! DuckDB names the file in most of its errors; where it does not, the reader must still learn which it was.
[[noreturn]] static void ThrowOpenError(const std::string &path, const std::exception &exception) {
	duckdb::ErrorData error(exception);
	auto message = error.RawMessage();
	if (message.find(path) == std::string::npos) {
		message = "Database \"" + path + "\": " + message;
	}
	// An internal error here is about bytes in that file.
	auto type = error.Type();
	if (type == duckdb::ExceptionType::INTERNAL || type == duckdb::ExceptionType::FATAL) {
		type = duckdb::ExceptionType::IO;
	}
	throw duckdb::Exception(type, message);
}

Engine::Engine(const EngineOptions &options_p) : options(options_p) {
	if (options.read_only && options.database_path.empty()) {
		throw duckdb::InvalidInputException("A database in memory cannot be read only: name a database file");
	}
	RegisterLinkedExtensions();
	duckdb::DBConfig config;
	Configure(config, options);
	try {
		database = options.database_path.empty() ? std::make_unique<duckdb::DuckDB>(nullptr, &config)
		                                         : std::make_unique<duckdb::DuckDB>(options.database_path, &config);
	} catch (const std::exception &exception) {
		ThrowOpenError(options.database_path, exception);
	}
	RegisterPutStreamFunction(*database->instance);
}

Engine::~Engine() = default;

std::unique_ptr<duckdb::Connection> Engine::Connect() {
	return std::make_unique<duckdb::Connection>(*database);
}

void Engine::Checkpoint() {
	if (options.database_path.empty() || options.read_only) {
		return;
	}
	auto result = Connect()->Query("CHECKPOINT");
	if (result->HasError()) {
		result->ThrowError();
	}
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
