#include "server/row_source.hpp"

#include "codec/arrow_codec.hpp"
#include "duckdb/main/client_config.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/parser/sql_statement.hpp"
#include "server/engine_stream.hpp"
#include "server/request_error.hpp"

namespace skein {

namespace {

//! Batches made by the engine's threads, on a connection of the call's own.
class EngineRowSource : public RowSource {
public:
	EngineRowSource(Call &call, std::unique_ptr<duckdb::Connection> connection_p,
	                duckdb::unique_ptr<duckdb::SQLStatement> statement,
	                const duckdb::vector<duckdb::LogicalType> &types, const duckdb::vector<duckdb::Identifier> &names)
	    : call(call), connection(std::move(connection_p)),
	      schema(MakeArrowSchema(*connection->context, types, duckdb::IdentifiersToStrings(names))) {
		auto format = duckdb::make_shared_ptr<RecordBatchFormat>(call.Counters());
		stream = OpenStream<RecordBatchFormat>(connection->Submit(std::move(statement), std::move(format)));
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
	      encoder(*connection->context, result->Types(), result->Names()) {
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

class CallReader : public arrow::RecordBatchReader {
public:
	CallReader(std::unique_ptr<Call> call_p, std::unique_ptr<RowSource> source_p, bool drop_columns)
	    : call(std::move(call_p)), source(std::move(source_p)), drop_columns(drop_columns),
	      stream_schema(drop_columns ? arrow::schema({}) : source->Schema()) {
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

static std::shared_ptr<SpoolableResult> CollectRows(Call &call, duckdb::Connection &connection,
                                                    duckdb::unique_ptr<duckdb::SQLStatement> statement) {
	auto result = connection.Submit(std::move(statement), duckdb::ChunkFormat::BufferManaged());
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

std::unique_ptr<RowSource> OpenRows(Call &call, CallConnection &connection,
                                    duckdb::unique_ptr<duckdb::SQLStatement> statement) {
	auto &context = *connection->context;
	auto signature = context.BindStatement(statement->Copy());
	if (!signature.metadata_deferred && signature.properties.return_type != duckdb::StatementReturnType::QUERY_RESULT) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "The statement returns no rows: send it as the action EXECUTE_SQL, not as a ticket");
	}
	duckdb::ClientConfig::GetConfig(context).max_streaming_buffer_size = call.Server().settings.scan_buffer_bytes_max;
	const bool streams = !signature.metadata_deferred && signature.properties.IsReadOnly() &&
	                     statement->type == duckdb::StatementType::SELECT_STATEMENT;
	auto transaction = connection.InTransaction();
	if (!streams) {
		return std::make_unique<SpoolRowSource>(call, CollectRows(call, *connection, std::move(statement)));
	}
	if (transaction) {
		auto submitted = connection->Submit(std::move(statement), duckdb::ChunkFormat::InMemory());
		auto result = std::make_shared<SpoolableResult>(call.Server().engine.Database(), std::move(submitted));
		transaction->KeepOpen(result);
		return std::make_unique<SpoolRowSource>(call, std::move(result));
	}
	return std::make_unique<EngineRowSource>(call, connection.TakeOwn(), std::move(statement), signature.types,
	                                         signature.names);
}

std::shared_ptr<arrow::RecordBatchReader> MakeCallReader(std::unique_ptr<Call> call, std::unique_ptr<RowSource> source,
                                                         bool drop_columns) {
	return std::make_shared<CallReader>(std::move(call), std::move(source), drop_columns);
}

} // namespace skein
