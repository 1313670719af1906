//! Statements that touch one attached database only, run there in one piece.
//!
//! DuckDB hands such a statement to the catalog (AttachedCatalog::RemoteExecute) and plans what it gets back: a call of
//! one of the functions here. A read is sent when it is bound, and its rows begin to travel while the plan is made: one
//! round trip. What changes something is sent when it is executed, never by EXPLAIN or PREPARE.
#pragma once

#include "client/distributed_flight_client.hpp"
#include "client/functions/one_shot_function.hpp"
#include "client/pushdown/statement_kind.hpp"
#include "duckdb/function/table_function.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "duckdb/parser/tableref.hpp"

namespace skein {

using namespace duckdb;

class AttachedCatalog;

class RemoteStatement {
public:
	//! The reference that stands for the statement's result.
	static unique_ptr<TableRef> MakeRef(const AttachedCatalog &catalog, RemoteStatementKind kind, const string &sql);
	//! The same for a statement of a connection that is connected to the database (CONNECT): its text goes as it is.
	//! BEGIN, COMMIT and ROLLBACK are those of the connection's own transaction, which holds the remote one.
	static unique_ptr<TableRef> MakeConnectedRef(const AttachedCatalog &catalog, const string &sql);
	static void RegisterFunctions(ExtensionLoader &loader);

	//! Throws what is to come of a statement that the server refused to bind.
	using ThrowRefused = void (*)(ClientContext &context, const arrow::Status &status,
	                              const DistributedFlightClient &connection, const string &sql);
	//! Binds a function call to the rows of a statement that runs in the catalog's transaction: a read at once,
	//! anything else when it is executed.
	static unique_ptr<FunctionData> BindRows(ClientContext &context, TableFunctionBindInput &input,
	                                         AttachedCatalog &catalog, DistributedRequest request, ThrowRefused refused,
	                                         vector<LogicalType> &return_types, vector<Identifier> &names);

	using MakeRows = OneShotBindData::Rows (*)(const DistributedResponse &response);
	//! Binds a function call to the change that `sql` makes in the catalog's transaction when it is executed.
	static unique_ptr<FunctionData> BindChange(ClientContext &context, TableFunctionBindInput &input,
	                                           AttachedCatalog &catalog, const string &sql, MakeRows make_rows);
};

} // namespace skein
