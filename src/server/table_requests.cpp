#include "server/table_requests.hpp"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/reader.h>
#include <arrow/util/key_value_metadata.h>

#include "codec/arrow_codec.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/parser/constraints/not_null_constraint.hpp"
#include "duckdb/parser/parsed_data/create_table_info.hpp"
#include "duckdb/parser/parsed_data/drop_info.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/statement/create_statement.hpp"
#include "duckdb/parser/statement/drop_statement.hpp"
#include "server/engine_statement.hpp"
#include "server/request_error.hpp"
#include "server/table_statements.hpp"

namespace skein {

using duckdb::ClientContext;
using duckdb::CreateTableInfo;

static DistributedResponse Succeeded(CallConnection &connection) {
	DistributedResponse response;
	response.success = true;
	response.catalog_version = connection.Version();
	return response;
}

//===--------------------------------------------------------------------===//
// CREATE_TABLE
//===--------------------------------------------------------------------===//
static void AddNotNull(CreateTableInfo &info) {
	duckdb::LogicalIndex column(info.columns.LogicalColumnCount() - 1);
	info.constraints.push_back(duckdb::make_uniq<duckdb::NotNullConstraint>(column));
}

//! The type as the engine reads it in a CREATE TABLE, with a collation; bound there, so it can be one of the server's
//! own. Alone, the engine would take the first of several types, and what follows one, without a word.
static duckdb::LogicalType ParseType(ClientContext &context, const RemoteColumnDefinition &definition) {
	duckdb::Parser parser(context);
	parser.ParseQuery("CREATE TABLE t (c " + definition.type + "\n)");
	if (parser.statements.size() == 1 && parser.statements[0]->type == duckdb::StatementType::CREATE_STATEMENT) {
		auto &info = *parser.statements[0]->Cast<duckdb::CreateStatement>().info;
		if (info.type == duckdb::CatalogType::TABLE_ENTRY) {
			auto &table = info.Cast<CreateTableInfo>();
			auto &columns = table.columns;
			if (!table.query && columns.LogicalColumnCount() == 1 && table.constraints.empty() &&
			    !columns.GetColumn(duckdb::LogicalIndex(0)).HasDefaultValue() &&
			    !columns.GetColumn(duckdb::LogicalIndex(0)).Generated()) {
				return columns.GetColumn(duckdb::LogicalIndex(0)).Type();
			}
		}
	}
	throw RequestError(ErrorCategory::INVALID_REQUEST, "The type of column " + definition.name +
	                                                       " must be exactly one type, but is: " + definition.type);
}

static void AddDefinitions(ClientContext &context, const DistributedRequest &request, CreateTableInfo &info) {
	for (auto &definition : request.column_definitions) {
		auto type = ParseType(context, definition);
		duckdb::ColumnDefinition column(duckdb::Identifier(definition.name), std::move(type));
		if (!definition.default_expression.empty()) {
			column.SetDefaultValue(ParseOneExpression(context, definition.default_expression,
			                                          "default_expression of column " + definition.name));
		}
		info.columns.AddColumn(std::move(column));
		if (definition.not_null) {
			AddNotNull(info);
		}
	}
}

static void AddArrowFields(ClientContext &context, const DistributedRequest &request, CreateTableInfo &info) {
	arrow::io::BufferReader bytes(arrow::Buffer::FromString(request.row_schema));
	arrow::ipc::DictionaryMemo dictionaries;
	auto schema = ValueOrThrow(arrow::ipc::ReadSchema(&bytes, &dictionaries), "row_schema is no Arrow schema");
	for (auto &field : schema->fields()) {
		info.columns.AddColumn(duckdb::ColumnDefinition(duckdb::Identifier(field->name()), FieldType(context, *field)));
		if (!field->nullable() || (field->HasMetadata() && field->metadata()->Contains(FIELD_METADATA_NOT_NULL))) {
			AddNotNull(info);
		}
	}
}

DistributedResponse HandleCreateTable(Call &call) {
	auto &request = call.Request();
	if (request.row_schema.empty() == request.column_definitions.empty()) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "CREATE_TABLE needs row_schema or column_definitions, exactly one of them");
	}
	auto name = RequestedName(request);
	CallConnection connection(call);
	const bool exists = FindTable(*connection->context, request).has_value();
	auto info = duckdb::make_uniq<CreateTableInfo>(std::move(name));
	info->on_conflict = request.if_not_exists ? duckdb::OnCreateConflict::IGNORE_ON_CONFLICT
	                                          : duckdb::OnCreateConflict::ERROR_ON_CONFLICT;
	if (request.row_schema.empty()) {
		AddDefinitions(*connection->context, request, *info);
	} else {
		AddArrowFields(*connection->context, request, *info);
	}
	auto statement = duckdb::make_uniq<duckdb::CreateStatement>();
	statement->info = std::move(info);
	RunToEnd(*connection, std::move(statement));
	auto response = Succeeded(connection);
	response.exists = exists;
	return response;
}

//===--------------------------------------------------------------------===//
// The others
//===--------------------------------------------------------------------===//
DistributedResponse HandleDropTable(Call &call) {
	auto &request = call.Request();
	auto statement = duckdb::make_uniq<duckdb::DropStatement>();
	auto &info = *statement->info;
	info.type = duckdb::CatalogType::TABLE_ENTRY;
	info.SetQualifiedName(RequestedName(request));
	info.if_not_found =
	    request.if_exists ? duckdb::OnEntryNotFound::RETURN_NULL : duckdb::OnEntryNotFound::THROW_EXCEPTION;
	CallConnection connection(call);
	const bool exists = FindTable(*connection->context, request).has_value();
	RunToEnd(*connection, std::move(statement));
	auto response = Succeeded(connection);
	response.exists = exists;
	return response;
}

DistributedResponse HandleTableExists(Call &call) {
	CallConnection connection(call, UnreadRows::LEAVE);
	auto response = Succeeded(connection);
	response.exists = FindTable(*connection->context, call.Request()).has_value();
	return response;
}

DistributedResponse HandleDeleteData(Call &call) {
	CallConnection connection(call);
	auto &context = *connection->context;
	auto table = RequireTable(context, call.Request());
	auto outcome = RunToEnd(*connection, MakeDeleteStatement(context, table, call.Request().filter));
	auto response = Succeeded(connection);
	response.rows_affected = outcome.rows_changed;
	return response;
}

} // namespace skein
