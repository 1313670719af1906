#include "client/functions/server_functions.hpp"

#include "client/attach/attached_catalog.hpp"
#include "client/functions/function_arguments.hpp"
#include "client/functions/one_shot_function.hpp"
#include "client/pushdown/parameter_values.hpp"
#include "client/pushdown/remote_statement.hpp"
#include "client/scan/distributed_table_scan.hpp"
#include "client/skein_state.hpp"
#include "client/statement_error.hpp"
#include "client/statement_end.hpp"
#include "codec/arrow_codec.hpp"
#include "codec/duckdb_error.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/exception/binder_exception.hpp"
#include "duckdb/common/string_util.hpp"
#include "duckdb/main/attached_database.hpp"
#include "duckdb/main/database_manager.hpp"
#include "duckdb/parser/column_list.hpp"
#include "duckdb/parser/constraints/not_null_constraint.hpp"
#include "duckdb/parser/parsed_data/create_table_info.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/parser_options.hpp"
#include "duckdb/parser/statement/create_statement.hpp"
#include "protocol/errors.hpp"
#include "protocol/identifier.hpp"

namespace skein {

//! Runs a request that changes something: a lost answer is an unknown outcome.
static DistributedResponse RunWrite(ClientContext &context, RemoteServer &server, const DistributedRequest &request,
                                    const std::function<bool()> &is_cancelled) {
	auto connection = server.Connect(&context);
	connection->SetInterruptCheck([&]() { return MustEnd(context) || is_cancelled(); });
	DistributedResponse response;
	auto status = connection->Call(request, response);
	if (!status.ok()) {
		context.BlockingInterruptCheck();
		auto error = DescribeFailure(status, connection->Uri(), /*write_in_flight=*/true);
		ThrowStatementError(context, error, request.sql, /*binding=*/false);
	}
	return response;
}

static void SetTable(const string &name, DistributedRequest &request) {
	auto status = SetTableName(name, request);
	if (!status.ok()) {
		throw InvalidInputException("\"%s\" is not a table name: %s", name, status.message());
	}
}

//===--------------------------------------------------------------------===//
// skein_query
//===--------------------------------------------------------------------===//
static void ThrowRefused(ClientContext &context, const arrow::Status &status, const DistributedFlightClient &connection,
                         const string &sql) {
	auto error = DescribeFailure(status, connection.Uri(), /*write_in_flight=*/false);
	ThrowStatementError(context, error, sql, /*binding=*/true);
}

//! In the transaction of an attached database.
static unique_ptr<FunctionData> BindAttachedQuery(ClientContext &context, TableFunctionBindInput &input,
                                                  AttachedCatalog &catalog, const string &sql,
                                                  vector<LogicalType> &return_types, vector<Identifier> &names) {
	auto request = catalog.MakeRequest(context, RequestType::EXECUTE_SQL);
	request.sql = sql;
	// Where a connection is connected to the database, its statements come here as they are.
	request.parameters = ParameterValues::Find(context, *input.binder, sql).encoded;
	return RemoteStatement::BindRows(context, input, catalog, std::move(request), ThrowRefused, return_types, names);
}

static unique_ptr<FunctionData> BindQuery(ClientContext &context, TableFunctionBindInput &input,
                                          vector<LogicalType> &return_types, vector<Identifier> &names) {
	FunctionArguments arguments(context, input);
	auto sql = arguments.Text(1, "the SQL statement");
	auto catalog = arguments.Database();
	if (catalog) {
		return BindAttachedQuery(context, input, *catalog, sql, return_types, names);
	}
	auto connection = arguments.Server().Connect(&context);
	DistributedRequest request;
	request.type = RequestType::EXECUTE_SQL;
	request.sql = sql;
	request.native_rows = true;
	auto schema = connection->GetSchema(request);
	if (!schema.ok()) {
		ThrowRefused(context, schema.status(), *connection, sql);
	}
	RecordBatchDecoder decoder(context, *schema);
	return_types = decoder.Types();
	for (auto &name : decoder.Names()) {
		names.emplace_back(name);
	}
	return make_uniq<DistributedScanBindData>(arguments.Server(), std::move(request), decoder.Names(), return_types);
}

//===--------------------------------------------------------------------===//
// skein_execute
//===--------------------------------------------------------------------===//
static OneShotBindData::Rows RowsAffected(const DistributedResponse &response) {
	return {{Value::UBIGINT(response.rows_affected)}};
}

static unique_ptr<FunctionData> BindExecute(ClientContext &context, TableFunctionBindInput &input,
                                            vector<LogicalType> &return_types, vector<Identifier> &names) {
	FunctionArguments arguments(context, input);
	DistributedRequest request;
	request.type = RequestType::EXECUTE_SQL;
	request.sql = arguments.Text(1, "The SQL text");
	names = {"rows_affected"};
	return_types = {LogicalType::UBIGINT};
	auto catalog = arguments.Database();
	if (catalog) {
		return RemoteStatement::BindChange(context, input, *catalog, request.sql, RowsAffected);
	}
	auto &server = arguments.Server();
	return OneShotBindData::Long([&server, request](ClientContext &context, const std::function<bool()> &is_cancelled) {
		return RowsAffected(RunWrite(context, server, request, is_cancelled));
	});
}

//===--------------------------------------------------------------------===//
// skein_create_table, skein_drop_table, skein_table_exists
//===--------------------------------------------------------------------===//
static std::vector<RemoteColumnDefinition> ColumnsFromStruct(const Value &columns) {
	std::vector<RemoteColumnDefinition> result;
	auto &children = StructValue::GetChildren(columns);
	for (idx_t i = 0; i < children.size(); i++) {
		RemoteColumnDefinition column;
		column.name = StructType::GetChildName(columns.type(), i).GetIdentifierName();
		if (children[i].IsNull() || children[i].type().id() != LogicalTypeId::VARCHAR) {
			throw InvalidInputException("The type of column \"%s\" must be text, like 'INTEGER'", column.name);
		}
		column.type = StringValue::Get(children[i]);
		result.push_back(std::move(column));
	}
	return result;
}

//! The CREATE TABLE that a list of column definitions is part of; a text that is more than such a list is refused.
static unique_ptr<CreateTableInfo> ParseColumns(const string &text) {
	Parser parser(ParserOptions::Builtin());
	parser.ParseQuery("CREATE TABLE t (" + text + ")");
	if (parser.statements.size() != 1 || parser.statements[0]->type != StatementType::CREATE_STATEMENT) {
		throw ParserException("Expected column definitions, like 'id INTEGER, name VARCHAR'");
	}
	auto &info = *parser.statements[0]->Cast<CreateStatement>().info;
	if (info.type != CatalogType::TABLE_ENTRY || info.Cast<CreateTableInfo>().query) {
		throw ParserException("Expected column definitions, like 'id INTEGER, name VARCHAR'");
	}
	return unique_ptr_cast<CreateInfo, CreateTableInfo>(info.Copy());
}

static std::vector<RemoteColumnDefinition> ColumnsFromText(const string &text) {
	auto info = ParseColumns(text);
	std::vector<RemoteColumnDefinition> result;
	for (auto &column : info->columns.Logical()) {
		if (column.Generated()) {
			throw NotImplementedException("Column \"%s\" is generated: create the table with skein_execute",
			                              column.Name().GetIdentifierName());
		}
		RemoteColumnDefinition definition;
		definition.name = column.Name().GetIdentifierName();
		definition.type = column.Type().ToString();
		if (column.HasDefaultValue()) {
			definition.default_expression = column.DefaultValue().ToString();
		}
		result.push_back(std::move(definition));
	}
	for (auto &constraint : info->constraints) {
		if (constraint->type != ConstraintType::NOT_NULL) {
			throw NotImplementedException("skein_create_table takes no constraint but NOT NULL: create the table with "
			                              "skein_execute");
		}
		result[constraint->Cast<NotNullConstraint>().index.index].not_null = true;
	}
	return result;
}

static unique_ptr<FunctionData> BindCreateTable(ClientContext &context, TableFunctionBindInput &input,
                                                vector<LogicalType> &return_types, vector<Identifier> &names) {
	FunctionArguments arguments(context, input);
	DistributedRequest request;
	request.type = RequestType::CREATE_TABLE;
	request.if_not_exists = arguments.Flag("if_not_exists");
	SetTable(arguments.Text(1, "The table name"), request);
	auto &columns = input.inputs[2];
	if (columns.type().id() == LogicalTypeId::STRUCT && !columns.IsNull()) {
		request.column_definitions = ColumnsFromStruct(columns);
	} else if (columns.type().id() == LogicalTypeId::VARCHAR) {
		request.column_definitions = ColumnsFromText(arguments.Text(2, "The list of columns"));
	} else {
		throw InvalidInputException(
		    "The columns are given as text, like 'id INTEGER, name VARCHAR', or as a struct, like "
		    "{'id': 'INTEGER', 'name': 'VARCHAR'}");
	}
	names = {"created"};
	return_types = {LogicalType::BOOLEAN};
	auto &server = arguments.Server();
	return OneShotBindData::Long(
	    [&server, request](ClientContext &context, const std::function<bool()> &is_cancelled) -> OneShotBindData::Rows {
		    // The answer says whether the table was there before.
		    return {{Value::BOOLEAN(!RunWrite(context, server, request, is_cancelled).exists)}};
	    });
}

static unique_ptr<FunctionData> BindDropTable(ClientContext &context, TableFunctionBindInput &input,
                                              vector<LogicalType> &return_types, vector<Identifier> &names) {
	FunctionArguments arguments(context, input);
	DistributedRequest request;
	request.type = RequestType::DROP_TABLE;
	request.if_exists = arguments.Flag("if_exists");
	SetTable(arguments.Text(1, "The table name"), request);
	names = {"dropped"};
	return_types = {LogicalType::BOOLEAN};
	auto &server = arguments.Server();
	return OneShotBindData::Long(
	    [&server, request](ClientContext &context, const std::function<bool()> &is_cancelled) -> OneShotBindData::Rows {
		    return {{Value::BOOLEAN(RunWrite(context, server, request, is_cancelled).exists)}};
	    });
}

static unique_ptr<FunctionData> BindTableExists(ClientContext &context, TableFunctionBindInput &input,
                                                vector<LogicalType> &return_types, vector<Identifier> &names) {
	FunctionArguments arguments(context, input);
	DistributedRequest request;
	request.type = RequestType::TABLE_EXISTS;
	SetTable(arguments.Text(1, "The table name"), request);
	names = {"table_exists"};
	return_types = {LogicalType::BOOLEAN};
	auto &server = arguments.Server();
	return make_uniq<OneShotBindData>([&server, request](ClientContext &context) -> OneShotBindData::Rows {
		auto connection = server.Connect(&context);
		return {{Value::BOOLEAN(CallOrThrow(*connection, request).exists)}};
	});
}

//===--------------------------------------------------------------------===//
// skein_drop_database
//===--------------------------------------------------------------------===//
//! A database that is in use here is not pulled away from under its user.
static void RefuseAttached(ClientContext &context, const RemoteServer &server, const string &name) {
	for (auto &database : DatabaseManager::Get(context).GetDatabases(context)) {
		auto catalog = dynamic_cast<AttachedCatalog *>(&database->GetCatalog());
		if (catalog && catalog->Server().Uri() == server.Uri() && StringUtil::CIEquals(catalog->Database(), name)) {
			auto local_name = QuoteIdentifier(database->GetName().GetIdentifierName());
			throw BinderException("Database \"%s\" of %s is attached as %s: DETACH %s first", name, server.Uri(),
			                      local_name, local_name);
		}
	}
}

static unique_ptr<FunctionData> BindDropDatabase(ClientContext &context, TableFunctionBindInput &input,
                                                 vector<LogicalType> &return_types, vector<Identifier> &names) {
	FunctionArguments arguments(context, input);
	auto name = arguments.Text(1, "The database's name");
	auto catalog = arguments.Database();
	if (catalog) {
		auto local_name = QuoteIdentifier(catalog->GetName().GetIdentifierName());
		throw BinderException("%s is attached: DETACH %s, and drop the database by the server's address, '%s'",
		                      local_name, local_name, catalog->Server().Uri());
	}
	DistributedRequest request;
	request.type = RequestType::DROP_DATABASE;
	request.database = name;
	names = {"dropped"};
	return_types = {LogicalType::BOOLEAN};
	auto &server = arguments.Server();
	return OneShotBindData::Long(
	    [&server, request](ClientContext &context, const std::function<bool()> &is_cancelled) -> OneShotBindData::Rows {
		    RefuseAttached(context, server, request.database);
		    RunWrite(context, server, request, is_cancelled);
		    return {{Value::BOOLEAN(true)}};
	    });
}

//===--------------------------------------------------------------------===//
// skein_statistics
//===--------------------------------------------------------------------===//
static vector<Value> StatisticsRow(const RemoteServer &server, const char *side, const DistributedStatistics &counts) {
	vector<Value> row {Value(server.Uri()), Value(side)};
	for (auto count : {counts.statements, counts.round_trips, counts.bytes_sent, counts.bytes_received,
	                   counts.rows_sent, counts.rows_received, counts.active_statements}) {
		row.push_back(Value::UBIGINT(count));
	}
	return row;
}

static DistributedStatistics ClientStatistics(const RemoteServer &server) {
	auto &counters = server.Counters();
	DistributedStatistics result;
	result.statements = counters.statements;
	result.round_trips = counters.round_trips;
	result.bytes_sent = counters.bytes_sent;
	result.bytes_received = counters.bytes_received;
	result.rows_sent = counters.rows_sent;
	result.rows_received = counters.rows_received;
	result.active_statements = counters.active_statements;
	return result;
}

//! What the server says, nothing where it cannot be reached.
static std::optional<DistributedStatistics> ServerStatistics(ClientContext &context, RemoteServer &server) {
	try {
		auto connection = server.Connect(&context);
		DistributedRequest request;
		request.type = RequestType::STATISTICS;
		return CallOrThrow(*connection, std::move(request)).server_statistics;
	} catch (InterruptException &) {
		throw;
	} catch (std::exception &) {
		return std::nullopt;
	}
}

static OneShotBindData::Rows RunStatistics(ClientContext &context) {
	OneShotBindData::Rows rows;
	for (auto server : SkeinState::Get(context).Servers()) {
		rows.push_back(StatisticsRow(*server, "client", ClientStatistics(*server)));
		auto counts = ServerStatistics(context, *server);
		if (counts) {
			rows.push_back(StatisticsRow(*server, "server", *counts));
		}
	}
	return rows;
}

static unique_ptr<FunctionData> BindStatistics(ClientContext &context, TableFunctionBindInput &input,
                                               vector<LogicalType> &return_types, vector<Identifier> &names) {
	names = {"server",         "side",      "statements",    "round_trips",      "bytes_sent",
	         "bytes_received", "rows_sent", "rows_received", "active_statements"};
	return_types = {LogicalType::VARCHAR, LogicalType::VARCHAR};
	return_types.resize(names.size(), LogicalType::UBIGINT);
	return make_uniq<OneShotBindData>(RunStatistics);
}

//===--------------------------------------------------------------------===//
// Registration
//===--------------------------------------------------------------------===//
static TableFunction WithToken(TableFunction function, const char *flag = nullptr) {
	FunctionArguments::AddNamed(function);
	if (flag) {
		FunctionArguments::AddFlag(function, flag);
	}
	return function;
}

void RegisterServerFunctions(ExtensionLoader &loader) {
	const auto text = LogicalType::VARCHAR;
	loader.RegisterFunction(
	    WithToken(DistributedTableScanFunction::GetStatementFunction("skein_query", {text, text}, BindQuery)));
	loader.RegisterFunction(WithToken(MakeOneShotFunction("skein_execute", {text, text}, BindExecute)));
	loader.RegisterFunction(WithToken(
	    MakeOneShotFunction("skein_create_table", {text, text, LogicalType::ANY}, BindCreateTable), "if_not_exists"));
	loader.RegisterFunction(
	    WithToken(MakeOneShotFunction("skein_drop_table", {text, text}, BindDropTable), "if_exists"));
	loader.RegisterFunction(WithToken(MakeOneShotFunction("skein_table_exists", {text, text}, BindTableExists)));
	loader.RegisterFunction(WithToken(MakeOneShotFunction("skein_drop_database", {text, text}, BindDropDatabase)));
	loader.RegisterFunction(MakeOneShotFunction("skein_statistics", {}, BindStatistics));
}

} // namespace skein
