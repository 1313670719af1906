//! A DuckDB in memory with the functions of the extensions that are linked.
#pragma once

#include "duckdb.hpp"

extern "C" {
int32_t duckdb_extension_core_functions_describe(duckdb_extension_descriptor *descriptor);
int32_t duckdb_extension_json_describe(duckdb_extension_descriptor *descriptor);
int32_t duckdb_extension_icu_describe(duckdb_extension_descriptor *descriptor);
}

namespace skein {

class LinkedEngine {
public:
	LinkedEngine() : database(Register()), connection(database) {
	}

private:
	//! Before a database is opened. Null: in memory.
	static const char *Register() {
		for (auto describe : {duckdb_extension_core_functions_describe, duckdb_extension_json_describe,
		                      duckdb_extension_icu_describe}) {
			duckdb_register_static_extension(describe);
		}
		return nullptr;
	}
	duckdb::DuckDB database;

public:
	duckdb::Connection connection;
};

} // namespace skein
