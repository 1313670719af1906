#include "client/pushdown/remote_statement.hpp"

#include <arrow/type.h>

#include "client/attach/attached_catalog.hpp"
#include "client/attach/attached_transaction.hpp"
#include "client/attach/skein_context_state.hpp"
#include "client/functions/one_shot_function.hpp"
#include "client/pushdown/connected_transaction.hpp"
#include "client/pushdown/parameter_values.hpp"
#include "client/scan/distributed_table_scan.hpp"
#include "codec/arrow_codec.hpp"
#include "codec/arrow_metadata.hpp"
#include "codec/duckdb_error.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/main/query_result.hpp"
#include "duckdb/parser/expression/constant_expression.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/parser_options.hpp"
#include "duckdb/parser/tableref/table_function_ref.hpp"
#include "duckdb/planner/binder.hpp"
#include "protocol/errors.hpp"

namespace skein {

static constexpr const char *ROWS_FUNCTION = "__skein_rows";
//! Registered with the functions for users.
static constexpr const char *QUERY_FUNCTION = "skein_query";
static constexpr const char *CHANGED_ROWS_FUNCTION = "__skein_changed_rows";
static constexpr const char *NOTHING_FUNCTION = "__skein_nothing";
static constexpr const char *SUCCESS_FUNCTION = "__skein_success";

static const char *FunctionOf(RemoteStatementKind kind) {
	switch (kind) {
	case RemoteStatementKind::CHANGED_ROWS:
		return CHANGED_ROWS_FUNCTION;
	case RemoteStatementKind::NOTHING:
		return NOTHING_FUNCTION;
	case RemoteStatementKind::SUCCESS:
		return SUCCESS_FUNCTION;
	default:
		return ROWS_FUNCTION;
	}
}

static unique_ptr<TableRef> MakeCall(const AttachedCatalog &catalog, const char *function, const string &sql) {
	vector<unique_ptr<ParsedExpression>> arguments;
	arguments.push_back(ConstantExpression::FromValue(Value(catalog.GetName().GetIdentifierName())));
	arguments.push_back(ConstantExpression::FromValue(Value(sql)));
	auto result = make_uniq<TableFunctionRef>();
	result->function = make_uniq<FunctionExpression>(Identifier(function), std::move(arguments));
	return result;
}

unique_ptr<TableRef> RemoteStatement::MakeRef(const AttachedCatalog &catalog, RemoteStatementKind kind,
                                              const string &sql) {
	if (sql.find('\0') != string::npos) {
		unordered_map<string, string> extra_info;
		SkeinContextState::MarkSentWhole(extra_info);
		throw Exception(extra_info, ExceptionType::BINDER,
		                "A text of the statement holds the character NUL, which no SQL can: it cannot be sent whole");
	}
	return MakeCall(catalog, FunctionOf(kind), sql);
}

unique_ptr<TableRef> RemoteStatement::MakeConnectedRef(const AttachedCatalog &catalog, const string &sql) {
	Parser parser(ParserOptions::Builtin());
	try {
		parser.ParseQuery(sql);
	} catch (std::exception &) {
		// The server says what is wrong with it.
		return MakeCall(catalog, QUERY_FUNCTION, sql);
	}
	if (parser.statements.size() != 1) {
		return MakeCall(catalog, QUERY_FUNCTION, sql);
	}
	auto &statement = *parser.statements[0];
	if (statement.type == StatementType::TRANSACTION_STATEMENT) {
		return MakeCall(catalog, ConnectedTransaction::NAME, sql);
	}
	auto kind = KindOf(statement);
	return MakeCall(catalog, kind == RemoteStatementKind::ROWS ? QUERY_FUNCTION : FunctionOf(kind), sql);
}

static AttachedCatalog &CatalogArgument(ClientContext &context, const TableFunctionBindInput &input) {
	auto &name = StringValue::Get(input.inputs[0]);
	auto catalog = Catalog::GetCatalogEntry(context, Identifier(name));
	if (!catalog || !dynamic_cast<AttachedCatalog *>(catalog.get())) {
		throw BinderException("\"%s\" is not an attached remote database", name);
	}
	return catalog->Cast<AttachedCatalog>();
}

//! A transaction may change one database only, which DuckDB watches over.
static void RegisterChange(ClientContext &context, AttachedCatalog &catalog, Binder &binder) {
	AttachedTransaction::Get(context, catalog).LeaveVersionToServer();
	binder.GetStatementProperties().RegisterDBModify(catalog, context, DatabaseModificationType());
	binder.SetAlwaysRequireRebind();
}

//===--------------------------------------------------------------------===//
// Rows
//===--------------------------------------------------------------------===//
//! The server refused the statement: it is bound once more, here, piece by piece.
static void PlanInPieces(ClientContext &context, const arrow::Status &status, const DistributedFlightClient &connection,
                         const string &sql) {
	auto error = DescribeFailure(status, connection.Uri(), /*write_in_flight=*/false);
	if (error.category == ErrorCategory::ENGINE_ERROR || error.category == ErrorCategory::TABLE_NOT_FOUND ||
	    error.category == ErrorCategory::INVALID_REQUEST) {
		auto data = DecodeErrorData(error);
		auto extra_info = data.ExtraInfo();
		SkeinContextState::MarkSentWhole(extra_info);
		throw Exception(extra_info, data.Type() == ExceptionType::INTERNAL ? ExceptionType::IO : data.Type(),
		                data.RawMessage());
	}
	ThrowRemoteError(error);
}

//! Nobody knows yet what rows it will have. A SELECT is prepared piece by piece, so that the names and types of its
//! columns can be asked for, and sent whole when it is executed; of anything else they stay unknown until then.
[[noreturn]] static void ThrowMissing(const ParameterValues &parameters) {
	if (!parameters.is_select) {
		throw ParameterNotResolvedException();
	}
	unordered_map<string, string> extra_info;
	SkeinContextState::MarkBeingPrepared(extra_info);
	throw Exception(extra_info, ExceptionType::BINDER, "The statement's parameters have no values yet");
}

unique_ptr<FunctionData> RemoteStatement::BindRows(ClientContext &context, TableFunctionBindInput &input,
                                                   AttachedCatalog &catalog, DistributedRequest request,
                                                   ThrowRefused refused, vector<LogicalType> &return_types,
                                                   vector<Identifier> &names) {
	auto &transaction = AttachedTransaction::Get(context, catalog);
	auto joined = transaction.ForScan(context, /*shares_snapshot=*/false);
	auto connection = catalog.Server().Connect(&context);
	connection->SetSession(joined.session_id);
	auto opening = request;
	opening.transaction_id = joined.transaction_id;
	connection.Settings().RequestRows(opening);
	opening.shares_result = SkeinSettings::ScanStreams(context) > 1;
	opening.describe_writes = true;
	auto opened = connection->Scan(std::move(opening));
	if (!opened.ok()) {
		refused(context, opened.status(), *connection, request.sql);
	}
	auto reader = std::move(opened).ValueUnsafe();
	auto schema = reader->schema();
	RecordBatchDecoder decoder(context, schema);
	return_types = decoder.Types();
	for (auto &name : decoder.Names()) {
		names.emplace_back(name);
	}
	auto own_names = names;
	QueryResult::DeduplicateColumns(names);
	SkeinContextState::Get(context).RememberNames(names, std::move(own_names));
	auto version = MetadataValue(schema->metadata(), SCHEMA_METADATA_CATALOG_VERSION);
	transaction.SawCatalogVersion(std::strtoull(version.c_str(), nullptr, 10), joined.transaction_id != 0);
	auto result = make_uniq<DistributedScanBindData>(catalog.Server(), std::move(request), decoder.Names(),
	                                                 return_types, &catalog);
	if (MetadataValue(schema->metadata(), SCHEMA_METADATA_DEFERRED).empty()) {
		result->opened = make_shared_ptr<OpenedScan>(std::move(connection), std::move(reader), std::move(joined));
	} else {
		result->is_change = true;
		RegisterChange(context, catalog, *input.binder);
	}
	input.binder->SetAlwaysRequireRebind();
	return std::move(result);
}

static unique_ptr<FunctionData> BindWholeRows(ClientContext &context, TableFunctionBindInput &input,
                                              vector<LogicalType> &return_types, vector<Identifier> &names) {
	auto &catalog = CatalogArgument(context, input);
	auto request = catalog.MakeRequest(context, RequestType::EXECUTE_SQL);
	request.sql = StringValue::Get(input.inputs[1]);
	auto parameters = ParameterValues::Find(context, *input.binder, request.sql);
	if (!parameters.complete) {
		ThrowMissing(parameters);
	}
	request.parameters = std::move(parameters.encoded);
	return RemoteStatement::BindRows(context, input, catalog, std::move(request), PlanInPieces, return_types, names);
}

//===--------------------------------------------------------------------===//
// Changes
//===--------------------------------------------------------------------===//
unique_ptr<FunctionData> RemoteStatement::BindChange(ClientContext &context, TableFunctionBindInput &input,
                                                     AttachedCatalog &catalog, const string &sql, MakeRows make_rows) {
	auto request = catalog.MakeRequest(context, RequestType::EXECUTE_SQL);
	request.sql = sql;
	// Without all values it is bound once more before it runs.
	request.parameters = ParameterValues::Find(context, *input.binder, sql).encoded;
	RegisterChange(context, catalog, *input.binder);
	auto result = OneShotBindData::Long(
	    [&catalog, request, make_rows](ClientContext &context, const std::function<bool()> &is_cancelled) {
		    return make_rows(AttachedTransaction::Get(context, catalog).Call(context, request, is_cancelled));
	    });
	result->remote_sql = sql;
	return std::move(result);
}

static unique_ptr<FunctionData> BindChangedRows(ClientContext &context, TableFunctionBindInput &input,
                                                vector<LogicalType> &return_types, vector<Identifier> &names) {
	names = {"Count"};
	return_types = {LogicalType::BIGINT};
	auto result =
	    RemoteStatement::BindChange(context, input, CatalogArgument(context, input), StringValue::Get(input.inputs[1]),
		                            [](const DistributedResponse &response) -> OneShotBindData::Rows {
		                                if (response.exists) {
			                                // What it makes was there: as locally, no count.
			                                return {};
		                                }
		                                return {{Value::BIGINT(NumericCast<int64_t>(response.rows_affected))}};
	                                });
	result->Cast<OneShotBindData>().returns_count = true;
	return result;
}

static OneShotBindData::Rows NoRows(const DistributedResponse &response) {
	return {};
}

static unique_ptr<FunctionData> BindNothing(ClientContext &context, TableFunctionBindInput &input,
                                            vector<LogicalType> &return_types, vector<Identifier> &names) {
	names = {"Count"};
	return_types = {LogicalType::BIGINT};
	return RemoteStatement::BindChange(context, input, CatalogArgument(context, input),
	                                   StringValue::Get(input.inputs[1]), NoRows);
}

static unique_ptr<FunctionData> BindSuccess(ClientContext &context, TableFunctionBindInput &input,
                                            vector<LogicalType> &return_types, vector<Identifier> &names) {
	names = {"Success"};
	return_types = {LogicalType::BOOLEAN};
	return RemoteStatement::BindChange(context, input, CatalogArgument(context, input),
	                                   StringValue::Get(input.inputs[1]), NoRows);
}

void RemoteStatement::RegisterFunctions(ExtensionLoader &loader) {
	vector<LogicalType> arguments {LogicalType::VARCHAR, LogicalType::VARCHAR};
	loader.RegisterFunction(
	    DistributedTableScanFunction::GetStatementFunction(ROWS_FUNCTION, arguments, BindWholeRows));
	auto changed_rows = MakeOneShotFunction(CHANGED_ROWS_FUNCTION, arguments, BindChangedRows);
	changed_rows.call_return_type = StatementReturnType::CHANGED_ROWS;
	loader.RegisterFunction(changed_rows);
	auto nothing = MakeOneShotFunction(NOTHING_FUNCTION, arguments, BindNothing);
	nothing.call_return_type = StatementReturnType::NOTHING;
	loader.RegisterFunction(nothing);
	auto success = MakeOneShotFunction(SUCCESS_FUNCTION, arguments, BindSuccess);
	success.call_return_type = StatementReturnType::NOTHING;
	loader.RegisterFunction(success);
	loader.RegisterFunction(ConnectedTransaction::GetFunction());
}

} // namespace skein
