#include "client/functions/register_functions.hpp"

#include "client/catalog/skein_catalog.hpp"
#include "client/catalog/skein_table_entry.hpp"
#include "client/functions/function_arguments.hpp"
#include "client/functions/one_shot_function.hpp"
#include "client/skein_state.hpp"
#include "client/skein_storage.hpp"
#include "duckdb/common/exception/binder_exception.hpp"
#include "duckdb/main/attached_database.hpp"
#include "duckdb/main/database_manager.hpp"
#include "protocol/errors.hpp"

namespace skein {

//===--------------------------------------------------------------------===//
// register_remote_table
//===--------------------------------------------------------------------===//
struct Registration {
	string local_name;
	string remote_name;
	RemoteServer *server = nullptr;
	bool replace = false;
};

static void CheckLocalName(const string &name) {
	if (name.find('.') != string::npos || name.find('"') != string::npos) {
		throw InvalidInputException(
		    "A local table name is one plain identifier, without dots and quotes: \"%s\" is not", name);
	}
	if (AttachedDatabase::NameIsReserved(Identifier(name)) || Identifier(name) == DEFAULT_SCHEMA) {
		throw BinderException("\"%s\" is a reserved name: choose another local name for the remote table", name);
	}
}

//! The alias of that name, null where there is none. Throws where the name is taken by another database.
static optional_ptr<SkeinAliasCatalog> FindAlias(ClientContext &context, const string &local_name) {
	auto database = DatabaseManager::Get(context).GetDatabase(context, Identifier(local_name));
	if (!database) {
		return nullptr;
	}
	auto alias = dynamic_cast<SkeinAliasCatalog *>(&database->GetCatalog());
	if (!alias) {
		throw BinderException(
		    "\"%s\" is the name of an attached database: choose another local name for the remote table", local_name);
	}
	return alias;
}

static std::shared_ptr<arrow::Schema> DescribeTable(ClientContext &context, const Registration &registration) {
	auto connection = registration.server->Connect(&context);
	DistributedRequest request;
	request.type = RequestType::SCAN_TABLE;
	request.native_rows = true;
	auto named = SetTableName(registration.remote_name, request);
	if (!named.ok()) {
		throw InvalidInputException("\"%s\" is not a table name: %s", registration.remote_name, named.message());
	}
	auto schema = connection->GetSchema(std::move(request));
	auto error = schema.ok() ? std::nullopt : ErrorFromFlightStatus(schema.status());
	if (error && error->category == ErrorCategory::TABLE_NOT_FOUND) {
		throw CatalogException("Table with name %s does not exist on server %s: create it there, for example with "
		                       "skein_create_table",
		                       registration.remote_name, registration.server->Uri());
	}
	ThrowIfFailed(schema.status(), *connection);
	return std::move(schema).ValueUnsafe();
}

static OneShotBindData::Rows RunRegister(ClientContext &context, const Registration &registration) {
	auto existing = FindAlias(context, registration.local_name);
	if (existing && !registration.replace) {
		throw BinderException("A remote table is already registered as \"%s\": use replace := true, or "
		                      "unregister_remote_table('%s') first",
		                      registration.local_name, registration.local_name);
	}
	auto schema = DescribeTable(context, registration);
	auto &catalog = SkeinStorage::GetServerCatalog(context, *registration.server);
	catalog.AddTable(registration.local_name, registration.remote_name, *schema, context);
	if (existing) {
		// One transaction cannot detach a name and attach it again.
		existing->SetServer(registration.server->Uri(), catalog.GetName());
	} else {
		SkeinStorage::AttachAlias(context, registration.local_name, catalog);
	}
	return {{Value(registration.local_name), Value(registration.server->Uri()), Value(registration.remote_name)}};
}

static unique_ptr<FunctionData> BindRegister(ClientContext &context, TableFunctionBindInput &input,
                                             vector<LogicalType> &return_types, vector<Identifier> &names) {
	FunctionArguments arguments(context, input, /*server_argument=*/1);
	Registration registration;
	registration.local_name = arguments.Text(0, "The local table name");
	registration.server = &arguments.Server();
	registration.remote_name = arguments.Text(2, "The remote table name");
	registration.replace = arguments.Flag("replace");
	CheckLocalName(registration.local_name);
	names = {"table_name", "server", "remote_table"};
	return_types = {LogicalType::VARCHAR, LogicalType::VARCHAR, LogicalType::VARCHAR};
	return make_uniq<OneShotBindData>(
	    [registration](ClientContext &context) { return RunRegister(context, registration); });
}

//===--------------------------------------------------------------------===//
// unregister_remote_table
//===--------------------------------------------------------------------===//
static OneShotBindData::Rows RunUnregister(ClientContext &context, const string &local_name) {
	if (!FindAlias(context, local_name)) {
		throw CatalogException("No remote table is registered as \"%s\": FROM remote_tables() lists those that are",
		                       local_name);
	}
	DatabaseManager::Get(context).DetachDatabase(context, Identifier(local_name), OnEntryNotFound::THROW_EXCEPTION);
	return {{Value(local_name)}};
}

static unique_ptr<FunctionData> BindUnregister(ClientContext &context, TableFunctionBindInput &input,
                                               vector<LogicalType> &return_types, vector<Identifier> &names) {
	auto local_name = FunctionArguments(context, input).Text(0, "The local table name");
	names = {"table_name"};
	return_types = {LogicalType::VARCHAR};
	return make_uniq<OneShotBindData>(
	    [local_name](ClientContext &context) { return RunUnregister(context, local_name); });
}

//===--------------------------------------------------------------------===//
// remote_tables
//===--------------------------------------------------------------------===//
//! Whether the server answers now.
static bool IsReachable(ClientContext &context, RemoteServer &server) {
	try {
		auto connection = server.Connect(&context);
		DistributedRequest request;
		request.type = RequestType::STATISTICS;
		DistributedResponse response;
		return connection->Call(std::move(request), response).ok();
	} catch (InterruptException &) {
		throw;
	} catch (std::exception &) {
		return false;
	}
}

static OneShotBindData::Rows RunRemoteTables(ClientContext &context) {
	OneShotBindData::Rows rows;
	std::map<RemoteServer *, bool> reachable;
	for (auto &database : DatabaseManager::Get(context).GetDatabases(context)) {
		auto alias = dynamic_cast<SkeinAliasCatalog *>(&database->GetCatalog());
		auto table = alias ? alias->GetTable(&context, alias->GetName()) : nullptr;
		if (!table) {
			continue;
		}
		auto server = &table->Server();
		if (reachable.find(server) == reachable.end()) {
			reachable[server] = IsReachable(context, *server);
		}
		rows.push_back({Value(alias->GetName().GetIdentifierName()), Value(server->Uri()), Value(table->RemoteName()),
		                Value::BOOLEAN(reachable[server])});
	}
	return rows;
}

static unique_ptr<FunctionData> BindRemoteTables(ClientContext &context, TableFunctionBindInput &input,
                                                 vector<LogicalType> &return_types, vector<Identifier> &names) {
	names = {"table_name", "server", "remote_table", "reachable"};
	return_types = {LogicalType::VARCHAR, LogicalType::VARCHAR, LogicalType::VARCHAR, LogicalType::BOOLEAN};
	return make_uniq<OneShotBindData>(RunRemoteTables);
}

void RegisterRemoteTableFunctions(ExtensionLoader &loader) {
	auto register_function = MakeOneShotFunction(
	    "register_remote_table", {LogicalType::VARCHAR, LogicalType::VARCHAR, LogicalType::VARCHAR}, BindRegister);
	FunctionArguments::AddNamed(register_function);
	FunctionArguments::AddFlag(register_function, "replace");
	loader.RegisterFunction(register_function);
	loader.RegisterFunction(MakeOneShotFunction("unregister_remote_table", {LogicalType::VARCHAR}, BindUnregister));
	loader.RegisterFunction(MakeOneShotFunction("remote_tables", {}, BindRemoteTables));
}

} // namespace skein
