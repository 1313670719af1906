#include "server/catalog_requests.hpp"

#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "server/catalog_describe.hpp"
#include "server/request_error.hpp"

namespace skein {

DistributedResponse HandleCatalog(Call &call) {
	CallConnection connection(call, UnreadRows::LEAVE);
	DistributedResponse response;
	response.catalog =
	    DescribeCatalog(*connection->context, connection.Database().Name(), call.Request(), call.Statement().Checker());
	response.catalog_version = connection.Version();
	response.success = true;
	return response;
}

DistributedResponse HandleDropDatabase(Call &call) {
	auto &request = call.Request();
	if (request.transaction_id != 0) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "DROP_DATABASE is not undone: send it outside a transaction");
	}
	call.Server().engine.GetDatabases().Drop(request.database, call.Statement().Checker());
	DistributedResponse response;
	response.success = true;
	return response;
}

} // namespace skein
