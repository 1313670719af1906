#include "server/upload.hpp"

#include "duckdb/main/client_context.hpp"
#include "protocol/errors.hpp"
#include "server/engine_statement.hpp"
#include "server/put_stream_function.hpp"
#include "server/request_error.hpp"
#include "server/staged_rows.hpp"
#include "server/table_statements.hpp"
#include "server/upload_batches.hpp"
#include "server/upload_columns.hpp"

namespace skein {

static constexpr size_t INSERT_ID_BYTES = 16;

static void CheckUploadRequest(const DistributedRequest &request) {
	switch (request.type) {
	case RequestType::INSERT_DATA:
		if (!request.insert_id.empty() && request.insert_id.size() != INSERT_ID_BYTES) {
			throw RequestError(ErrorCategory::INVALID_REQUEST, "insert_id must have 16 bytes, or none");
		}
		return;
	case RequestType::DELETE_DATA:
	case RequestType::UPDATE_DATA:
		if (request.transaction_id == 0) {
			throw RequestError(
			    ErrorCategory::INVALID_REQUEST,
			    std::string(RequestTypeName(request.type)) +
			        " by row ids needs the transaction the row ids were read in: they may change after it");
		}
		if (!request.filter.empty()) {
			throw RequestError(ErrorCategory::INVALID_REQUEST, "Uploaded row ids contradict a filter");
		}
		return;
	default:
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "An upload (DoPut) carries INSERT_DATA, UPDATE_DATA or DELETE_DATA, not " +
		                       std::string(RequestTypeName(request.type)));
	}
}

//===--------------------------------------------------------------------===//
// Outside a transaction: rows flow into the INSERT as they arrive
//===--------------------------------------------------------------------===//
static void FeedStream(Call &call, UploadBatches &batches, PutStream &stream, duckdb::QueryResult &insert) {
	auto check = [&]() {
		call.Statement().Check();
		if (insert.Poll() == duckdb::QueryResultState::EXECUTION_ERROR) {
			ThrowEngineError(insert.GetErrorObject());
		}
	};
	while (auto batch = batches.Next()) {
		check();
		if (!stream.Push(std::move(batch), batches.BatchBytes(), check)) {
			call.Statement().Check();
			throw RequestError(ErrorCategory::CANCELLED, "The upload was broken off");
		}
	}
	stream.Finish();
}

static DistributedResponse Answer(CallConnection &connection, uint64_t rows_affected) {
	DistributedResponse response;
	response.rows_affected = rows_affected;
	response.catalog_version = connection.Version();
	response.success = true;
	return response;
}

static DistributedResponse InsertStreaming(Call &call, UploadBatches &batches) {
	CallConnection connection(call);
	auto table = RequireTable(*connection->context, call.Request());
	auto columns = InsertColumns(*connection->context, table, call.Request(), *batches.Columns());
	auto stream = std::make_shared<PutStream>(batches.Schema(), call.Server().limits.upload_buffer_bytes_max);
	auto statement = MakeInsertStatement(*connection->context, table, columns, call.Request().default_columns,
	                                     MakePutStreamRef(stream, UPLOAD_ALIAS));
	auto insert = connection->Submit(std::move(statement), duckdb::ChunkFormat::InMemory());
	if (insert->HasError()) {
		ThrowEngineError(insert->GetErrorObject());
	}
	// The engine's own threads run it from now on, while this one reads the upload.
	insert->Materialize();
	InterruptScope interrupt(call.Statement(), [&connection, stream]() {
		connection->Interrupt();
		stream->Break("The upload was cancelled");
	});
	try {
		FeedStream(call, batches, *stream, *insert);
		return Answer(connection, CompleteResult(*insert).rows_changed);
	} catch (...) {
		// Parked engine threads wake up and fail, and the INSERT with them.
		stream->Break("The upload broke off");
		insert->Close();
		// Where it was interrupted, that is the reason, not what the engine made of it.
		call.Statement().Check();
		throw;
	}
}

//===--------------------------------------------------------------------===//
// In a transaction, and where rows are returned: rows are staged, and their statement runs when all are here
//===--------------------------------------------------------------------===//
static std::vector<std::string> CheckColumns(duckdb::ClientContext &context, const ResolvedTable &table,
                                             const DistributedRequest &request, const arrow::Schema &uploaded) {
	if (request.type == RequestType::INSERT_DATA) {
		return InsertColumns(context, table, request, uploaded);
	}
	CheckRowUpload(context, table, request, uploaded);
	return request.columns;
}

static duckdb::unique_ptr<duckdb::SQLStatement>
MakeUploadStatement(duckdb::ClientContext &context, const ResolvedTable &table, const DistributedRequest &request,
                    const std::vector<std::string> &columns, StagedRows &rows) {
	auto ref = rows.MakeRef(UPLOAD_ALIAS);
	switch (request.type) {
	case RequestType::INSERT_DATA:
		return MakeInsertStatement(context, table, columns, request.default_columns, std::move(ref));
	case RequestType::DELETE_DATA:
		return MakeDeleteRowsStatement(table, std::move(ref));
	default:
		return MakeUpdateRowsStatement(table, columns, request.default_columns, std::move(ref));
	}
}

//! Stages the upload, then has `apply` run its statement.
template <class APPLY>
static auto ApplyStaged(Call &call, UploadBatches &batches, APPLY apply) {
	auto &request = call.Request();
	{
		// Refused before the first row is sent. The turn is given back: the client may read from this transaction while
		// it uploads.
		CallConnection connection(call, UnreadRows::LEAVE);
		auto table = RequireTable(*connection->context, request);
		CheckColumns(*connection->context, table, request, *batches.Columns());
	}
	StagedRows rows(call.Server().engine, batches.Schema());
	while (auto batch = batches.Next()) {
		rows.Append(std::move(batch));
	}
	CallConnection connection(call);
	auto table = RequireTable(*connection->context, request);
	auto columns = CheckColumns(*connection->context, table, request, *batches.Columns());
	auto statement = MakeUploadStatement(*connection->context, table, request, columns, rows);
	AddReturning(*statement, table, request.returning_columns);
	return apply(connection, std::move(statement));
}

DistributedResponse HandleUpload(Call &call, arrow::flight::FlightMessageReader &reader) {
	auto &request = call.Request();
	CheckUploadRequest(request);
	if (!request.returning_columns.empty()) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "An upload by DoPut returns no rows: send one with returning_columns by DoExchange");
	}
	UploadBatches batches(call, reader);
	if (request.transaction_id == 0) {
		return InsertStreaming(call, batches);
	}
	return ApplyStaged(call, batches,
	                   [](CallConnection &connection, duckdb::unique_ptr<duckdb::SQLStatement> statement) {
		                   return Answer(connection, RunToEnd(*connection, std::move(statement)).rows_changed);
	                   });
}

std::unique_ptr<RowSource> OpenUpload(Call &call, arrow::flight::FlightMessageReader &reader) {
	CheckUploadRequest(call.Request());
	UploadBatches batches(call, reader);
	return ApplyStaged(call, batches,
	                   [&call](CallConnection &connection, duckdb::unique_ptr<duckdb::SQLStatement> statement) {
		                   return OpenCollectedRows(call, connection, std::move(statement));
	                   });
}

} // namespace skein
