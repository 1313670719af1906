#include "server/scan.hpp"

#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "server/database_name.hpp"
#include "server/table_statements.hpp"

namespace skein {

std::unique_ptr<RowSource> OpenScan(Call &call) {
	CallConnection connection(call);
	auto &context = *connection->context;
	auto table = RequireTable(context, call.Request());
	// Row ids are for the transaction's own changes, and a view may read anything.
	const bool on_reader = !table.is_view && !call.Request().with_row_id &&
	                       FoldDatabaseName(table.catalog) == FoldDatabaseName(connection.Database().Name());
	return OpenRows(call, connection, MakeScanStatement(context, table, call.Request()), {},
	                on_reader ? TransactionScan::ON_READER : TransactionScan::TAKES_TURN);
}

} // namespace skein
