#include "server/row_source.hpp"

#include <arrow/buffer.h>
#include <arrow/util/key_value_metadata.h>

#include "codec/arrow_codec.hpp"
#include "codec/frame_link.hpp"
#include "duckdb/main/client_config.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/parser/sql_statement.hpp"
#include "protocol/batch_number.hpp"
#include "protocol/frame_batch.hpp"
#include "server/engine_stream.hpp"
#include "server/plain_read.hpp"
#include "server/request_error.hpp"

namespace skein {

static duckdb::unique_ptr<duckdb::QueryResult> Submit(Call &call, duckdb::Connection &connection,
                                                      duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                                      StatementParameters &parameters,
                                                      duckdb::shared_ptr<duckdb::ResultFormat> format) {
	duckdb::ClientConfig::GetConfig(*connection.context).max_streaming_buffer_size =
	    call.Server().limits.scan_buffer_bytes_max;
	return connection.context->Submit(std::move(statement), parameters, duckdb::QueryParameters(std::move(format)));
}

namespace {

//! Where a statement runs on its own: a connection of the call's, or a reader of its transaction.
struct StatementConnection {
	duckdb::Connection &operator*() const {
		return *engine.connection;
	}
	duckdb::Connection *operator->() const {
		return engine.connection.get();
	}

	EngineConnection engine;
	//! Null for a connection of the call's.
	std::shared_ptr<SnapshotReaders> readers;
};

//! Batches made by the engine's threads.
class EngineRowSource : public RowSource {
public:
	EngineRowSource(Call &call, StatementConnection connection_p, duckdb::unique_ptr<duckdb::SQLStatement> statement,
	                StatementParameters &parameters)
	    : connections(call.Server().engine.Connections()), connection(std::move(connection_p)) {
		auto format = duckdb::make_shared_ptr<RecordBatchFormat>(call.Counters(), RequestedFormat(call.Request()));
		auto result = Submit(call, *connection, std::move(statement), parameters, std::move(format));
		if (!result->HasError()) {
			schema = MakeArrowSchema(*connection->context, result->GetTypes(),
			                         duckdb::IdentifiersToStrings(result->GetNames()),
			                         RequestedFormat(call.Request()).layout);
		}
		stream = OpenStream<RecordBatchFormat>(std::move(result));
	}
	~EngineRowSource() override {
		if (at_end) {
			stream.reset();
			if (connection.readers) {
				connection.readers->GiveBack(std::move(connection.engine));
			} else {
				connections.GiveBack(std::move(connection.engine));
			}
			return;
		}
		// Closing the stream waits for the engine's threads, which look only for interrupts while a pipeline yields no
		// row.
		connection->Interrupt();
	}

	std::shared_ptr<arrow::Schema> Schema() const override {
		return schema;
	}
	duckdb::unique_ptr<EncodedBatch> Next(const CancelCheck &check) override {
		auto batch = FetchNext(*stream, check);
		at_end = !batch;
		return batch;
	}
	void Interrupt() override {
		connection->Interrupt();
	}

private:
	EngineConnections &connections;
	StatementConnection connection;
	std::shared_ptr<arrow::Schema> schema;
	duckdb::unique_ptr<duckdb::QueryResultStream<RecordBatchFormat>> stream;
	bool at_end = false;
};

//! Batches made here, of rows that wait in the engine.
class SpoolRowSource : public RowSource {
public:
	SpoolRowSource(Call &call, std::shared_ptr<SpoolableResult> result_p)
	    : call(call), result(std::move(result_p)), connection(call.Server().engine.Connect()),
	      encoder(*connection->context, result->Types(), result->Names(), RequestedFormat(call.Request())) {
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
		call.Counters().Add(&ServerCounters::rows_produced, RecordBatchRows(*batch));
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

std::shared_ptr<arrow::Schema> StreamSchema(const RowSource &source) {
	auto columns = source.drop_columns ? arrow::schema({}) : source.Schema();
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
	if (!source.result_id.empty()) {
		metadata.Append(SCHEMA_METADATA_RESULT, source.result_id);
	}
	return metadata.size() == 0 ? columns : columns->WithMetadata(metadata.Copy());
}

class CallReader : public arrow::RecordBatchReader {
public:
	CallReader(std::unique_ptr<Call> call_p, std::unique_ptr<RowSource> source_p)
	    : call(std::move(call_p)), source(std::move(source_p)), stream_schema(StreamSchema(*source)),
	      interrupt(call->Statement(), [source = source.get()]() { source->Interrupt(); }),
	      link(call->Request().compression, call->IsLocal()) {
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
	//! Of the batch read last (RowSource::Number).
	std::optional<uint64_t> Number() const {
		return source->Number();
	}

private:
	void ReadOrThrow(std::shared_ptr<arrow::RecordBatch> &batch) {
		batch.reset();
		if (at_end) {
			return;
		}
		if (sent_bytes > 0) {
			link.Sent(sent_bytes, std::chrono::steady_clock::now() - handed_over);
		}
		auto encoded = source->Next(call->Statement().Checker());
		if (!encoded) {
			at_end = true;
			if (source->Number()) {
				batch = ValueOrThrow(arrow::RecordBatch::MakeEmpty(stream_schema), "Ending the stream");
			}
			return;
		}
		const auto rows = RecordBatchRows(*encoded->batch);
		if (source->drop_columns) {
			encoded->batch = arrow::RecordBatch::Make(stream_schema, static_cast<int64_t>(rows), arrow::ArrayVector());
			encoded->wire_bytes = WireBytes(*encoded->batch);
		}
		batch = link.Prepare(encoded->batch);
		sent_bytes = batch == encoded->batch ? encoded->wire_bytes : WireBytes(*batch);
		call->CountSent(rows, sent_bytes);
		handed_over = std::chrono::steady_clock::now();
	}

	//! Outlives the source, which interrupts by its lease.
	const std::unique_ptr<Call> call;
	const std::unique_ptr<RowSource> source;
	const std::shared_ptr<arrow::Schema> stream_schema;
	const InterruptScope interrupt;
	bool at_end = false;
	FrameLink link;
	//! The batch that the transport has, and since when.
	uint64_t sent_bytes = 0;
	std::chrono::steady_clock::time_point handed_over;
};

//! Flight's stream of a reader's batches, with their numbers as metadata where they have some.
class CallStream : public arrow::flight::FlightDataStream {
public:
	explicit CallStream(std::shared_ptr<CallReader> reader_p) : reader(std::move(reader_p)), batches(reader) {
	}

	std::shared_ptr<arrow::Schema> schema() override {
		return batches.schema();
	}
	arrow::Result<arrow::flight::FlightPayload> GetSchemaPayload() override {
		return batches.GetSchemaPayload();
	}
	arrow::Result<arrow::flight::FlightPayload> Next() override {
		ARROW_ASSIGN_OR_RAISE(auto payload, batches.Next());
		// Dictionaries come before the batch that they are for.
		const bool is_batch =
		    payload.ipc_message.metadata && payload.ipc_message.type == arrow::ipc::MessageType::RECORD_BATCH;
		if (is_batch && reader->Number()) {
			payload.app_metadata = arrow::Buffer::FromString(EncodeBatchNumber(*reader->Number()));
		}
		return payload;
	}
	arrow::Status Close() override {
		return batches.Close();
	}

private:
	const std::shared_ptr<CallReader> reader;
	arrow::flight::RecordBatchStream batches;
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
		                         RequestedFormat(call.Request()).layout);
	}
	auto source = std::make_unique<DeferredRowSource>(std::move(schema));
	source->catalog_version = connection.Version();
	source->deferred_return_type = ReturnTypeText(bound);
	return source;
}

std::unique_ptr<RowSource> OpenCollectedRows(Call &call, CallConnection &connection,
                                             duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                             StatementParameters parameters) {
	auto result = Submit(call, *connection, std::move(statement), parameters, duckdb::ChunkFormat::BufferManaged());
	auto source = std::make_unique<SpoolRowSource>(call, CollectRows(call, std::move(result)));
	source->catalog_version = connection.Version();
	return source;
}

static bool DropsColumns(const DistributedRequest &request) {
	return request.type == RequestType::SCAN_TABLE && request.no_columns;
}

//! The connection such a statement runs on by itself; none where it has to take its turn on the transaction's.
static StatementConnection FindConnection(Call &call, CallConnection &connection, TransactionScan transaction_scan) {
	StatementConnection result;
	auto transaction = connection.InTransaction();
	if (!transaction) {
		result.engine = connection.TakeOwn();
	} else if (transaction_scan == TransactionScan::ON_READER && transaction->Readers()) {
		result.readers = transaction->Readers();
		result.engine = result.readers->Take();
		if (result.engine) {
			SetUpConnection(*result, result.readers->Database(), call.Request(), result.engine.state);
		}
	}
	return result;
}

static std::unique_ptr<RowSource> OpenStreaming(Call &call, CallConnection &connection,
                                                duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                                StatementParameters &parameters, TransactionScan transaction_scan) {
	auto version = connection.Version();
	connection.MarkRead();
	auto on_its_own = FindConnection(call, connection, transaction_scan);
	const bool takes_turn = !on_its_own.engine;
	std::unique_ptr<RowSource> source;
	if (takes_turn) {
		auto transaction = connection.InTransaction();
		auto submitted = Submit(call, *connection, std::move(statement), parameters, duckdb::ChunkFormat::InMemory());
		auto result = std::make_shared<SpoolableResult>(call.Server().engine.Database(), std::move(submitted));
		transaction->KeepOpen(result);
		source = std::make_unique<SpoolRowSource>(call, std::move(result));
	} else {
		source = std::make_unique<EngineRowSource>(call, std::move(on_its_own), std::move(statement), parameters);
	}
	source->catalog_version = version;
	source->drop_columns = DropsColumns(call.Request());
	source->can_be_shared = !takes_turn;
	return source;
}

std::unique_ptr<RowSource> OpenRows(Call &call, CallConnection &connection,
                                    duckdb::unique_ptr<duckdb::SQLStatement> statement, StatementParameters parameters,
                                    TransactionScan transaction_scan) {
	auto &context = *connection->context;
	CheckParameters(*statement, parameters);
	if (!connection.InTransaction() && IsPlainRead(context, *statement)) {
		return OpenStreaming(call, connection, std::move(statement), parameters, transaction_scan);
	}
	// In a transaction in any case: what cannot be bound must not end it.
	auto bound = Bind(context, *statement, parameters);
	if (call.Request().describe_writes && !bound.is_plain_read) {
		return Defer(call, connection, bound);
	}
	if (!bound.is_deferred && bound.return_type != duckdb::StatementReturnType::QUERY_RESULT) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "The statement returns no rows: send it as the action EXECUTE_SQL, not as a ticket");
	}
	if (!bound.is_plain_read) {
		auto source = OpenCollectedRows(call, connection, std::move(statement), std::move(parameters));
		source->drop_columns = DropsColumns(call.Request());
		return source;
	}
	return OpenStreaming(call, connection, std::move(statement), parameters, transaction_scan);
}

std::unique_ptr<arrow::flight::FlightDataStream> MakeCallStream(std::unique_ptr<Call> call,
                                                                std::unique_ptr<RowSource> source) {
	return std::make_unique<CallStream>(std::make_shared<CallReader>(std::move(call), std::move(source)));
}

} // namespace skein
