#include "server/upload_columns.hpp"

#include <algorithm>

#include "codec/arrow_codec.hpp"
#include "duckdb/common/string_util.hpp"
#include "duckdb/function/cast/cast_function_set.hpp"
#include "duckdb/main/client_context.hpp"
#include "protocol/identifier.hpp"
#include "server/request_error.hpp"
#include "server/table_statements.hpp"

namespace skein {

using duckdb::ClientContext;
using duckdb::LogicalType;

[[noreturn]] static void Refuse(const std::string &message) {
	throw RequestError(ErrorCategory::INVALID_REQUEST, message);
}

static std::string ListColumns(const ResolvedTable &table) {
	std::string result;
	for (auto &column : table.columns) {
		if (!column.generated) {
			result += (result.empty() ? "" : ", ") + QuoteIdentifier(column.name);
		}
	}
	return result;
}

static const ResolvedColumn &WritableColumn(const ResolvedTable &table, const std::string &name) {
	auto column = table.FindColumn(name);
	if (!column) {
		Refuse("Table " + QuoteIdentifier(table.name) + " has no column " + QuoteIdentifier(name) +
		       "; its columns are " + ListColumns(table));
	}
	if (column->generated) {
		Refuse("Column " + QuoteIdentifier(column->name) + " of table " + QuoteIdentifier(table.name) +
		       " is generated: it cannot be written");
	}
	return *column;
}

static bool CanCast(ClientContext &context, const LogicalType &source, const LogicalType &target) {
	if (source.id() == duckdb::LogicalTypeId::SQLNULL) {
		return true;
	}
	duckdb::GetCastFunctionInput input(context);
	return !duckdb::CastFunctionSet::Get(context).GetCastFunction(source, target, input).IsNullCast();
}

//! Only what no value could survive is refused here: the values themselves are the engine's to convert.
static void CheckType(ClientContext &context, const ResolvedTable &table, const ResolvedColumn &column,
                      const arrow::Field &field) {
	auto type = FieldType(context, field);
	bool can_cast = false;
	context.RunFunctionInTransaction([&]() { can_cast = CanCast(context, type, column.type); });
	if (!can_cast) {
		Refuse("Column " + QuoteIdentifier(column.name) + " of table " + QuoteIdentifier(table.name) +
		       " expects type " + column.type.ToString() + ", but the uploaded column " +
		       QuoteIdentifier(field.name()) + " has type " + type.ToString() + ", which cannot be converted");
	}
}

static void RequireTableNotView(const ResolvedTable &table) {
	if (table.is_view) {
		Refuse(QuoteIdentifier(table.name) + " is a view: it cannot be written");
	}
}

static void RequireDistinct(const std::vector<std::string> &columns) {
	duckdb::identifier_set_t seen;
	for (auto &column : columns) {
		if (!seen.insert(duckdb::Identifier(column)).second) {
			Refuse("Column " + QuoteIdentifier(column) + " is named twice");
		}
	}
}

//! Each of default_columns is one of the columns, and has a boolean behind all values.
static void CheckDefaultFlags(ClientContext &context, const DistributedRequest &request,
                              const std::vector<std::string> &columns, const arrow::Schema &uploaded) {
	for (size_t i = 0; i < request.default_columns.size(); i++) {
		auto &name = request.default_columns[i];
		if (std::find(columns.begin(), columns.end(), name) == columns.end()) {
			Refuse("Column " + QuoteIdentifier(name) + " of default_columns is none of columns");
		}
		auto &flag = *uploaded.field(static_cast<int>(columns.size() + i));
		if (FieldType(context, flag).id() != duckdb::LogicalTypeId::BOOLEAN) {
			Refuse("The uploaded column " + QuoteIdentifier(flag.name()) +
			       " says where a default is taken: it must be BOOLEAN, but is " + FieldType(context, flag).ToString());
		}
	}
	RequireDistinct(request.default_columns);
}

std::vector<std::string> InsertColumns(ClientContext &context, const ResolvedTable &table,
                                       const DistributedRequest &request, const arrow::Schema &uploaded) {
	RequireTableNotView(table);
	const auto uploaded_count = static_cast<size_t>(uploaded.num_fields());
	auto names = request.columns.empty() ? uploaded.field_names() : request.columns;
	if (names.size() + request.default_columns.size() != uploaded_count) {
		Refuse("The request names " + std::to_string(names.size() + request.default_columns.size()) +
		       " columns of table " + QuoteIdentifier(table.name) + ", but the upload has " +
		       std::to_string(uploaded_count));
	}
	RequireDistinct(names);
	for (size_t i = 0; i < names.size(); i++) {
		auto &column = WritableColumn(table, names[i]);
		CheckType(context, table, column, *uploaded.field(static_cast<int>(i)));
		names[i] = column.name;
	}
	CheckDefaultFlags(context, request, names, uploaded);
	return names;
}

static void CheckRowIdField(ClientContext &context, const arrow::Schema &uploaded) {
	auto &field = *uploaded.field(0);
	auto type = FieldType(context, field);
	if (!duckdb::StringUtil::CIEquals(field.name(), ROW_ID_COLUMN) || type.id() != duckdb::LogicalTypeId::BIGINT) {
		Refuse(std::string("The first uploaded column must be \"") + ROW_ID_COLUMN + "\" of type BIGINT, but is " +
		       QuoteIdentifier(field.name()) + " of type " + type.ToString());
	}
}

void CheckRowUpload(ClientContext &context, const ResolvedTable &table, const DistributedRequest &request,
                    const arrow::Schema &uploaded) {
	RequireTableNotView(table);
	RequireRowIds(table);
	CheckRowIdField(context, uploaded);
	const size_t expected = request.type == RequestType::UPDATE_DATA ? request.columns.size() + 1 : 1;
	const auto uploaded_count = static_cast<size_t>(uploaded.num_fields());
	if (uploaded_count != expected) {
		Refuse(std::string(RequestTypeName(request.type)) + " expects " + std::to_string(expected) +
		       " uploaded columns, the row id first, but " + std::to_string(uploaded_count) + " came");
	}
	if (request.type != RequestType::UPDATE_DATA) {
		return;
	}
	auto targets = request.columns;
	targets.insert(targets.end(), request.default_columns.begin(), request.default_columns.end());
	RequireDistinct(targets);
	for (size_t i = 0; i < targets.size(); i++) {
		auto &column = WritableColumn(table, targets[i]);
		if (i < request.columns.size()) {
			CheckType(context, table, column, *uploaded.field(static_cast<int>(i + 1)));
		}
	}
}

} // namespace skein
