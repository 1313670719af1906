#include "server/row_source.hpp"

#include <arrow/util/key_value_metadata.h>

#include "codec/arrow_codec.hpp"
#include "duckdb/main/client_config.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/parser/sql_statement.hpp"
#include "server/engine_stream.hpp"
#include "server/request_error.hpp"

namespace skein {

static duckdb::unique_ptr<duckdb::QueryResult> Submit(duckdb::Connection &connection,
                                                      duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                                      StatementParameters &parameters,
                                                      duckdb::shared_ptr<duckdb::ResultFormat> format) {
	return connection.context->Submit(std::move(statement), parameters, duckdb::QueryParameters(std::move(format)));
}

namespace {

//! Batches made by the engine's threads, on a connection of the call's own.
class EngineRowSource : public RowSource {
public:
	EngineRowSource(Call &call, std::unique_ptr<duckdb::Connection> connection_p,
	                duckdb::unique_ptr<duckdb::SQLStatement> statement, StatementParameters &parameters,
	                const BoundStatement &bound)
	    : call(call), connection(std::move(connection_p)),
	      schema(MakeArrowSchema(*connection->context, bound.types, duckdb::IdentifiersToStrings(bound.names),
		                         RequestedLayout(call.Request()))) {
		auto format = duckdb::make_shared_ptr<RecordBatchFormat>(call.Counters(), RequestedLayout(call.Request()));
		stream =
		    OpenStream<RecordBatchFormat>(Submit(*connection, std::move(statement), parameters, std::move(format)));
		call.Statement().SetInterrupt([this]() { connection->Interrupt(); });
	}
	~EngineRowSource() override {
		call.Statement().SetInterrupt({});
		// Closing the stream waits for the engine's threads, which look only for interrupts while a pipeline yields no
		// row.
		connection->Interrupt();
	}

	std::shared_ptr<arrow::Schema> Schema() const override {
		return schema;
	}
	duckdb::unique_ptr<EncodedBatch> Next(const CancelCheck &check) override {
		return FetchNext(*stream, check);
	}

private:
	Call &call;
	const std::unique_ptr<duckdb::Connection> connection;
	const std::shared_ptr<arrow::Schema> schema;
	duckdb::unique_ptr<duckdb::QueryResultStream<RecordBatchFormat>> stream;
};

//! Batches made here, of rows that wait in the engine.
class SpoolRowSource : public RowSource {
public:
	SpoolRowSource(Call &call, std::shared_ptr<SpoolableResult> result_p)
	    : call(call), result(std::move(result_p)), connection(call.Server().engine.Connect()),
	      encoder(*connection->context, result->Types(), result->Names(), RequestedLayout(call.Request())) {
	}
	std::shared_ptr<arrow::Schema> Schema() const override {
		return encoder.Schema();
	}
	duckdb::unique_ptr<EncodedBatch> Next(const CancelCheck &check) override {
		while (!encoder.IsFull()) {
			if (!chunk || chunk_offset == chunk->size()) {
				chunk = result->Next(check);
				chunk_offset = 0;
			}
			if (!chunk) {
				break;
			}
			chunk_offset = encoder.AppendUntilFull(*chunk, chunk_offset);
		}
		auto batch = encoder.Finish();
		if (!batch) {
			return nullptr;
		}
		call.Counters().Add(&ServerCounters::rows_produced, static_cast<uint64_t>(batch->num_rows()));
		auto encoded = duckdb::make_uniq<EncodedBatch>();
		encoded->wire_bytes = WireBytes(*batch);
		encoded->batch = std::move(batch);
		return encoded;
	}

private:
	Call &call;
	const std::shared_ptr<SpoolableResult> result;
	//! The encoder's: the one that made the rows may be gone before they are sent.
	const std::unique_ptr<duckdb::Connection> connection;
	RecordBatchEncoder encoder;
	//! Taken from the result up to the offset.
	duckdb::unique_ptr<duckdb::DataChunk> chunk;
	duckdb::idx_t chunk_offset = 0;
};

//! The columns of a statement that was not run.
class DeferredRowSource : public RowSource {
public:
	explicit DeferredRowSource(std::shared_ptr<arrow::Schema> schema) : schema(std::move(schema)) {
	}
	std::shared_ptr<arrow::Schema> Schema() const override {
		return schema;
	}
	duckdb::unique_ptr<EncodedBatch> Next(const CancelCheck &) override {
		return nullptr;
	}

private:
	const std::shared_ptr<arrow::Schema> schema;
};

std::shared_ptr<arrow::Schema> StreamSchema(const RowSource &source, bool drop_columns) {
	auto columns = drop_columns ? arrow::schema({}) : source.Schema();
	arrow::KeyValueMetadata metadata;
	if (source.catalog_version != 0) {
		metadata.Append(SCHEMA_METADATA_CATALOG_VERSION, std::to_string(source.catalog_version));
	}
	if (source.is_complete) {
		metadata.Append(SCHEMA_METADATA_COMPLETE, "1");
	}
	if (!source.deferred_return_type.empty()) {
		metadata.Append(SCHEMA_METADATA_DEFERRED, "1");
		metadata.Append(SCHEMA_METADATA_RETURN_TYPE, source.deferred_return_type);
	}
	return metadata.size() == 0 ? columns : columns->WithMetadata(metadata.Copy());
}

class CallReader : public arrow::RecordBatchReader {
public:
	CallReader(std::unique_ptr<Call> call_p, std::unique_ptr<RowSource> source_p, bool drop_columns)
	    : call(std::move(call_p)), source(std::move(source_p)), drop_columns(drop_columns),
	      stream_schema(StreamSchema(*source, drop_columns)) {
	}

	std::shared_ptr<arrow::Schema> schema() const override {
		return stream_schema;
	}
	arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch> *batch) override {
		DistributedError error;
		auto status = RunGuarded([&]() { call->Run([&]() { ReadOrThrow(*batch); }); }, error);
		if (!status.ok()) {
			call->SetError(error);
		}
		return status;
	}

private:
	void ReadOrThrow(std::shared_ptr<arrow::RecordBatch> &batch) {
		batch.reset();
		auto encoded = source->Next(call->Statement().Checker());
		if (!encoded) {
			return;
		}
		if (drop_columns) {
			encoded->batch = arrow::RecordBatch::Make(stream_schema, encoded->batch->num_rows(), arrow::ArrayVector());
			encoded->wire_bytes = WireBytes(*encoded->batch);
		}
		call->CountSent(static_cast<uint64_t>(encoded->batch->num_rows()), encoded->wire_bytes);
		batch = std::move(encoded->batch);
	}

	//! Outlives the source, which interrupts by its lease.
	const std::unique_ptr<Call> call;
	const std::unique_ptr<RowSource> source;
	const bool drop_columns;
	const std::shared_ptr<arrow::Schema> stream_schema;
};

} // namespace

static std::shared_ptr<SpoolableResult> CollectRows(Call &call, duckdb::unique_ptr<duckdb::QueryResult> result) {
	if (!result->HasError()) {
		result->Complete();
	}
	if (result->HasError()) {
		ThrowEngineError(result->GetErrorObject());
	}
	auto names = result->GetNames();
	return std::make_shared<SpoolableResult>(call.Server().engine.Database(), result->TakeCollection(),
	                                         std::move(names));
}

static std::string ReturnTypeText(const BoundStatement &bound) {
	if (bound.is_deferred) {
		return RETURN_TYPE_UNKNOWN;
	}
	switch (bound.return_type) {
	case duckdb::StatementReturnType::QUERY_RESULT:
		return RETURN_TYPE_ROWS;
	case duckdb::StatementReturnType::CHANGED_ROWS:
		return RETURN_TYPE_CHANGED_ROWS;
	default:
		return RETURN_TYPE_NOTHING;
	}
}

static std::unique_ptr<RowSource> Defer(Call &call, CallConnection &connection, const BoundStatement &bound) {
	std::shared_ptr<arrow::Schema> schema = arrow::schema({});
	if (!bound.is_deferred) {
		schema = MakeArrowSchema(*connection->context, bound.types, duckdb::IdentifiersToStrings(bound.names),
		                         RequestedLayout(call.Request()));
	}
	auto source = std::make_unique<DeferredRowSource>(std::move(schema));
	source->catalog_version = connection.Version();
	source->deferred_return_type = ReturnTypeText(bound);
	return source;
}

std::unique_ptr<RowSource> OpenCollectedRows(Call &call, CallConnection &connection,
                                             duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                             StatementParameters parameters) {
	auto result = Submit(*connection, std::move(statement), parameters, duckdb::ChunkFormat::BufferManaged());
	auto source = std::make_unique<SpoolRowSource>(call, CollectRows(call, std::move(result)));
	source->catalog_version = connection.Version();
	return source;
}

static std::unique_ptr<RowSource> OpenStreaming(Call &call, CallConnection &connection,
                                                duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                                StatementParameters &parameters, const BoundStatement &bound) {
	auto version = connection.Version();
	std::unique_ptr<RowSource> source;
	if (auto transaction = connection.InTransaction()) {
		auto submitted = Submit(*connection, std::move(statement), parameters, duckdb::ChunkFormat::InMemory());
		auto result = std::make_shared<SpoolableResult>(call.Server().engine.Database(), std::move(submitted));
		transaction->KeepOpen(result);
		source = std::make_unique<SpoolRowSource>(call, std::move(result));
	} else {
		source = std::make_unique<EngineRowSource>(call, connection.TakeOwn(), std::move(statement), parameters, bound);
	}
	source->catalog_version = version;
	return source;
}

std::unique_ptr<RowSource> OpenRows(Call &call, CallConnection &connection,
                                    duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                    StatementParameters parameters) {
	auto &context = *connection->context;
	CheckParameters(*statement, parameters);
	auto bound = Bind(context, *statement, parameters);
	if (call.Request().describe_writes && !bound.is_plain_read) {
		return Defer(call, connection, bound);
	}
	if (!bound.is_deferred && bound.return_type != duckdb::StatementReturnType::QUERY_RESULT) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "The statement returns no rows: send it as the action EXECUTE_SQL, not as a ticket");
	}
	duckdb::ClientConfig::GetConfig(context).max_streaming_buffer_size = call.Server().limits.scan_buffer_bytes_max;
	if (!bound.is_plain_read) {
		return OpenCollectedRows(call, connection, std::move(statement), std::move(parameters));
	}
	return OpenStreaming(call, connection, std::move(statement), parameters, bound);
}

std::shared_ptr<arrow::RecordBatchReader> MakeCallReader(std::unique_ptr<Call> call, std::unique_ptr<RowSource> source,
                                                         bool drop_columns) {
	return std::make_shared<CallReader>(std::move(call), std::move(source), drop_columns);
}

} // namespace skein
