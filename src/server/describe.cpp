#include "server/describe.hpp"

#include <arrow/util/key_value_metadata.h>

#include "codec/arrow_codec.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "server/bound_statement.hpp"
#include "server/execute_sql.hpp"
#include "server/request_error.hpp"
#include "server/table_statements.hpp"

namespace skein {

//! Columns are described one by one, also to those who will read them as frames.
static RowLayout DescribedLayout(const DistributedRequest &request) {
	return request.native_rows ? RowLayout::NATIVE : RowLayout::ARROW;
}

static std::shared_ptr<arrow::Schema> BindSchema(duckdb::ClientContext &context, const duckdb::SQLStatement &statement,
                                                 RowLayout layout, const StatementParameters &parameters = {}) {
	auto bound = Bind(context, statement, parameters);
	if (bound.is_deferred) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "What this statement returns is known only once it runs: send it as the ticket of a DoGet");
	}
	if (bound.return_type != duckdb::StatementReturnType::QUERY_RESULT) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "The statement returns no rows: send it as the action EXECUTE_SQL, not as a ticket");
	}
	return MakeArrowSchema(context, bound.types, duckdb::IdentifiersToStrings(bound.names), layout);
}

static std::shared_ptr<arrow::Field> WithColumnMetadata(const std::shared_ptr<arrow::Field> &field,
                                                        const ResolvedTable &table) {
	auto column = table.FindColumn(field->name());
	if (!column) {
		return field;
	}
	arrow::KeyValueMetadata metadata;
	if (column->not_null) {
		metadata.Append(FIELD_METADATA_NOT_NULL, "true");
	}
	if (column->generated) {
		metadata.Append(FIELD_METADATA_GENERATED, "true");
	}
	if (column->has_default) {
		metadata.Append(FIELD_METADATA_HAS_DEFAULT, "true");
	}
	if (!column->constant_default.empty()) {
		metadata.Append(FIELD_METADATA_DEFAULT, column->constant_default);
	}
	return metadata.size() == 0 ? field : field->WithMergedMetadata(metadata.Copy());
}

static std::string UniqueKeysText(const ResolvedTable &table) {
	std::string text;
	for (auto &key : table.unique_keys) {
		std::string columns;
		for (auto column : key) {
			columns += (columns.empty() ? "" : ",") + std::to_string(column);
		}
		text += (text.empty() ? "" : ";") + columns;
	}
	return text;
}

static std::shared_ptr<const arrow::KeyValueMetadata> TableMetadata(const ResolvedTable &table, bool all_columns,
                                                                    uint64_t version) {
	auto metadata = std::make_shared<arrow::KeyValueMetadata>();
	if (version != 0) {
		metadata->Append(SCHEMA_METADATA_CATALOG_VERSION, std::to_string(version));
	}
	metadata->Append(SCHEMA_METADATA_CATALOG, table.catalog);
	metadata->Append(SCHEMA_METADATA_SCHEMA, table.schema);
	metadata->Append(SCHEMA_METADATA_TABLE, table.name);
	metadata->Append(SCHEMA_METADATA_KIND, table.is_view ? "view" : "table");
	if (all_columns && !table.unique_keys.empty()) {
		metadata->Append(SCHEMA_METADATA_UNIQUE_KEYS, UniqueKeysText(table));
	}
	if (table.estimated_rows) {
		metadata->Append(SCHEMA_METADATA_ESTIMATED_ROWS, std::to_string(*table.estimated_rows));
	}
	return metadata;
}

static RequestDescription DescribeScan(CallConnection &connection, const DistributedRequest &request) {
	auto &context = *connection->context;
	auto table = RequireTable(context, request);
	auto schema = BindSchema(context, *MakeScanStatement(context, table, request), DescribedLayout(request));
	arrow::FieldVector fields;
	if (!request.no_columns) {
		for (auto &field : schema->fields()) {
			fields.push_back(WithColumnMetadata(field, table));
		}
	}
	const bool all_columns = request.columns.empty() && !request.no_columns && !request.with_row_id;
	RequestDescription result;
	result.schema = arrow::schema(std::move(fields), TableMetadata(table, all_columns, connection.Version()));
	if (table.estimated_rows && request.filter.empty() && !request.limit && request.offset == 0) {
		result.total_rows = static_cast<int64_t>(*table.estimated_rows);
	}
	return result;
}

RequestDescription DescribeRequest(Call &call) {
	auto &request = call.Request();
	CallConnection connection(call, UnreadRows::LEAVE);
	switch (request.type) {
	case RequestType::SCAN_TABLE:
		return DescribeScan(connection, request);
	case RequestType::EXECUTE_SQL: {
		RequestDescription result;
		result.schema =
		    BindSchema(*connection->context, *ParseOneStatement(*connection, request), DescribedLayout(request),
			           DecodeParameters(*connection->context, request.parameters));
		return result;
	}
	default:
		throw RequestError(ErrorCategory::INVALID_REQUEST, "Only SCAN_TABLE and EXECUTE_SQL have a schema, not " +
		                                                       std::string(RequestTypeName(request.type)));
	}
}

} // namespace skein
