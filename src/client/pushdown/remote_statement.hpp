//! Statements that touch one attached database only, run there in one piece.
//!
//! DuckDB hands such a statement to the catalog (AttachedCatalog::RemoteExecute) and plans what it gets back: a call of
//! one of the functions here. A read is sent when it is bound, and its rows begin to travel while the plan is made: one
//! round trip. What changes something is sent when it is executed, never by EXPLAIN or PREPARE.
#pragma once

#include "duckdb/function/table_function.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "duckdb/parser/tableref.hpp"

namespace skein {

using namespace duckdb;

class AttachedCatalog;

//! What a statement gives to its user.
enum class RemoteStatementKind : uint8_t {
	ROWS,
	CHANGED_ROWS,
	//! CREATE: no row, under the name of a count.
	NOTHING,
	//! DROP and ALTER: no row, under the name of a success.
	SUCCESS
};

class RemoteStatement {
public:
	//! The reference that stands for the statement's result.
	static unique_ptr<TableRef> MakeRef(const AttachedCatalog &catalog, RemoteStatementKind kind, const string &sql);
	static void RegisterFunctions(ExtensionLoader &loader);
};

} // namespace skein
