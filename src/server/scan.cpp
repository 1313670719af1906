#include "server/scan.hpp"

#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "server/table_statements.hpp"

namespace skein {

std::unique_ptr<RowSource> OpenScan(Call &call) {
	CallConnection connection(call);
	auto &context = *connection->context;
	auto table = RequireTable(context, call.Request());
	return OpenRows(call, connection, MakeScanStatement(context, table, call.Request()));
}

} // namespace skein
