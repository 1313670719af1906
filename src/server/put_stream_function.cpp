#include "server/put_stream_function.hpp"

#include <atomic>

#include "codec/arrow_codec.hpp"
#include "duckdb/common/exception/binder_exception.hpp"
#include "duckdb/function/table_function.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/tableref/table_function_ref.hpp"

namespace skein {

using duckdb::ClientContext;
using duckdb::DataChunk;
using duckdb::TableFunctionInput;

static constexpr const char *PUT_STREAM_FUNCTION = "skein_put_stream";

namespace {

//! What a parse tree hands over to the function's bind.
struct PutStreamInfo : public duckdb::TableFunctionInfo {
	explicit PutStreamInfo(std::shared_ptr<PutStream> stream) : stream(std::move(stream)) {
	}
	const std::shared_ptr<PutStream> stream;
};

struct PutStreamBindData : public duckdb::TableFunctionData {
	explicit PutStreamBindData(std::shared_ptr<PutStream> stream) : stream(std::move(stream)) {
	}
	const std::shared_ptr<PutStream> stream;
};

struct PutStreamGlobalState : public duckdb::GlobalTableFunctionState {
	duckdb::idx_t MaxThreads() const override {
		return MAX_THREADS;
	}
};

struct PutStreamLocalState : public duckdb::LocalTableFunctionState {
	PutStreamLocalState(ClientContext &context, const PutStream &stream) : decoder(context, stream.Schema()) {
	}

	RecordBatchDecoder decoder;
	PutReader reader;
	//! The run of the batch being read; grows with every run this thread takes.
	uint64_t batch_index = 0;
	bool has_batch = false;
};

} // namespace

std::string PutColumnName(uint64_t index) {
	return "c" + std::to_string(index);
}

static duckdb::unique_ptr<duckdb::FunctionData> PutStreamBind(ClientContext &context,
                                                              duckdb::TableFunctionBindInput &input,
                                                              duckdb::vector<duckdb::LogicalType> &return_types,
                                                              duckdb::vector<duckdb::Identifier> &names) {
	auto info = dynamic_cast<PutStreamInfo *>(input.ref.bind_info.get());
	if (!info) {
		throw duckdb::BinderException("%s reads an upload under way; only the server itself can call it",
		                              PUT_STREAM_FUNCTION);
	}
	RecordBatchDecoder decoder(context, info->stream->Schema());
	return_types = decoder.Types();
	for (uint64_t i = 0; i < return_types.size(); i++) {
		names.emplace_back(PutColumnName(i));
	}
	return duckdb::make_uniq<PutStreamBindData>(info->stream);
}

static duckdb::unique_ptr<duckdb::GlobalTableFunctionState> PutStreamInitGlobal(ClientContext &,
                                                                                duckdb::TableFunctionInitInput &) {
	return duckdb::make_uniq<PutStreamGlobalState>();
}

static duckdb::unique_ptr<duckdb::LocalTableFunctionState> PutStreamInitLocal(duckdb::ExecutionContext &context,
                                                                              duckdb::TableFunctionInitInput &input,
                                                                              duckdb::GlobalTableFunctionState *) {
	auto &bind_data = input.bind_data->Cast<PutStreamBindData>();
	return duckdb::make_uniq<PutStreamLocalState>(context.client, *bind_data.stream);
}

static PutStreamState TakeBatch(ClientContext &context, TableFunctionInput &input, PutStream &stream, PutReader &reader,
                                PutBatch &batch) {
	const bool can_park = input.interrupt_state && input.interrupt_state->CanCallback() &&
	                      input.results_execution_mode == duckdb::AsyncResultsExecutionMode::TASK_EXECUTOR;
	if (can_park) {
		return stream.Pop(reader, batch, *input.interrupt_state);
	}
	return stream.WaitAndPop(reader, batch, [&]() { context.BlockingInterruptCheck(); });
}

static void PutStreamFunction(ClientContext &context, TableFunctionInput &input, DataChunk &output) {
	auto &stream = *input.bind_data->Cast<PutStreamBindData>().stream;
	auto &local = input.local_state->Cast<PutStreamLocalState>();
	while (true) {
		if (local.has_batch) {
			local.decoder.Read(output);
			if (output.size() > 0) {
				return;
			}
			local.has_batch = false;
		}
		PutBatch batch;
		switch (TakeBatch(context, input, stream, local.reader, batch)) {
		case PutStreamState::BATCH:
			local.decoder.SetBatch(std::move(batch.batch), batch.first_row, batch.row_count);
			local.batch_index = batch.index;
			local.has_batch = true;
			break;
		case PutStreamState::PARKED:
			input.async_result = duckdb::AsyncResultType::BLOCKED;
			return;
		case PutStreamState::END:
			return;
		}
	}
}

//! The engine keeps rows in this order, and stays parallel because every thread says where its rows belong.
static duckdb::OperatorPartitionData PutStreamPartitionData(ClientContext &,
                                                            duckdb::TableFunctionGetPartitionInput &input) {
	if (input.partition_info.RequiresPartitionColumns()) {
		throw duckdb::InvalidInputException("%s cannot be partitioned by columns", PUT_STREAM_FUNCTION);
	}
	return duckdb::OperatorPartitionData(input.local_state->Cast<PutStreamLocalState>().batch_index);
}

void RegisterPutStreamFunction(duckdb::DatabaseInstance &database) {
	duckdb::TableFunction function(PUT_STREAM_FUNCTION, {}, PutStreamFunction, PutStreamBind, PutStreamInitGlobal,
	                               PutStreamInitLocal);
	function.get_partition_data = PutStreamPartitionData;
	duckdb::ExtensionLoader loader(database, "skein_server");
	loader.RegisterFunction(std::move(function));
}

duckdb::unique_ptr<duckdb::TableRef> MakePutStreamRef(std::shared_ptr<PutStream> stream, const std::string &alias) {
	auto ref = duckdb::make_uniq<duckdb::TableFunctionRef>();
	ref->function = duckdb::make_uniq<duckdb::FunctionExpression>(
	    duckdb::Identifier(PUT_STREAM_FUNCTION), duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>());
	ref->bind_info = duckdb::make_shared_ptr<PutStreamInfo>(std::move(stream));
	ref->alias = duckdb::Identifier(alias);
	return ref;
}

} // namespace skein
