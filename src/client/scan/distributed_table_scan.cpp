#include "client/scan/distributed_table_scan.hpp"

#include <map>
#include <mutex>
#include <optional>

#include "client/catalog/skein_table_entry.hpp"
#include "client/catalog/skein_transaction.hpp"
#include "client/scan/scan_filter.hpp"
#include "client/session_settings.hpp"
#include "client/remote_cost.hpp"
#include "client/skein_log.hpp"
#include "client/skein_state.hpp"
#include "codec/arrow_codec.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/execution/partition_info.hpp"
#include "duckdb/main/profiler/profiling_node.hpp"
#include "duckdb/parallel/task_scheduler.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "protocol/errors.hpp"
#include "protocol/identifier.hpp"

namespace skein {

//===--------------------------------------------------------------------===//
// Bind data
//===--------------------------------------------------------------------===//
DistributedScanBindData::DistributedScanBindData(SkeinTableEntry &table_p)
    : server(table_p.Server()), table(&table_p), catalog(table_p.catalog),
      remote_sql("SELECT * FROM " + table_p.DisplayName()) {
	// A scan's columns are numbered with the generated ones, which DuckDB computes and never asks for.
	for (auto &column : table_p.GetColumns().Logical()) {
		names.push_back(column.Generated() ? string() : table_p.RemoteColumn(column.StorageOid()));
		types.push_back(column.Type());
	}
}

DistributedScanBindData::DistributedScanBindData(RemoteServer &server, DistributedRequest statement_p,
                                                 vector<string> names_p, vector<LogicalType> types_p,
                                                 optional_ptr<Catalog> catalog)
    : server(server), statement(std::move(statement_p)), catalog(catalog), names(std::move(names_p)),
      types(std::move(types_p)), remote_sql(statement.sql) {
}

OpenedScan::OpenedScan(ConnectionLease connection, std::unique_ptr<ScanReader> reader, RemoteTransaction transaction)
    : transaction(std::move(transaction)), connection(std::move(connection)), reader(std::move(reader)) {
}

bool OpenedScan::Take(const RemoteTransaction &wanted, ConnectionLease &to_connection,
                      std::unique_ptr<ScanReader> &to_reader) {
	std::lock_guard<std::mutex> guard(lock);
	auto taken_reader = std::move(reader);
	auto taken_connection = std::move(connection);
	if (!taken_reader || transaction.session_id != wanted.session_id ||
	    transaction.transaction_id != wanted.transaction_id) {
		return false;
	}
	to_connection = std::move(taken_connection);
	to_reader = std::move(taken_reader);
	return true;
}

unique_ptr<FunctionData> DistributedScanBindData::Copy() const {
	return make_uniq<DistributedScanBindData>(*this);
}

bool DistributedScanBindData::Equals(const FunctionData &other_p) const {
	auto &other = other_p.Cast<DistributedScanBindData>();
	return &server == &other.server && table.get() == other.table.get() && statement == other.statement &&
	       filter == other.filter;
}

DistributedRequest DistributedScanBindData::MakeRequest(const vector<column_t> &column_ids) const {
	if (!table) {
		return statement;
	}
	auto request = table->MakeRequest(RequestType::SCAN_TABLE);
	request.filter = filter;
	for (auto column_id : column_ids) {
		if (column_id == COLUMN_IDENTIFIER_ROW_ID) {
			request.with_row_id = true;
		} else if (!IsVirtualColumn(column_id)) {
			request.columns.push_back(names[column_id]);
		}
	}
	request.no_columns = request.columns.empty() && !request.with_row_id;
	return request;
}

string DistributedScanBindData::MakeSql(const vector<column_t> &column_ids) const {
	if (!table) {
		return statement.sql;
	}
	string columns;
	for (auto column_id : column_ids) {
		if (IsVirtualColumn(column_id) && column_id != COLUMN_IDENTIFIER_ROW_ID) {
			continue;
		}
		columns += columns.empty() ? "" : ", ";
		columns += column_id == COLUMN_IDENTIFIER_ROW_ID ? string(ROW_ID_COLUMN) : QuoteIdentifier(names[column_id]);
	}
	auto result = "SELECT " + (columns.empty() ? "NULL" : columns) + " FROM " + table->DisplayName();
	return filter.empty() ? result : result + " WHERE " + filter;
}

//===--------------------------------------------------------------------===//
// States
//===--------------------------------------------------------------------===//
struct DistributedScanGlobalState : public GlobalTableFunctionState {
	DistributedScanGlobalState(unique_ptr<ScanStream> stream_p, idx_t max_threads)
	    : stream(std::move(stream_p)), max_threads(max_threads) {
	}

	const unique_ptr<ScanStream> stream;
	const idx_t max_threads;
	//! Per output column: the received column, or an invalid index for one that has only a row count.
	vector<optional_idx> sources;
	vector<LogicalType> received_types;
	std::mutex cost_lock;
	//! Guarded by cost_lock. Set once the last batch was taken.
	std::optional<ScanCost> cost;

	idx_t MaxThreads() const override {
		return max_threads;
	}
};

struct DistributedScanLocalState : public LocalTableFunctionState {
	unique_ptr<RecordBatchDecoder> decoder;
	DataChunk received;
	//! Rows of a batch without columns that are still to be handed out.
	idx_t bare_rows = 0;
	idx_t batch_index = 0;
};

//===--------------------------------------------------------------------===//
// Init
//===--------------------------------------------------------------------===//
//! The rows a plan was made for are no longer those the server sends.
[[noreturn]] static void ThrowColumnsChanged(const DistributedScanBindData &bind_data) {
	if (bind_data.table) {
		throw BinderException("The columns of remote table %s changed since it was registered: call "
		                      "register_remote_table again with replace := true",
		                      bind_data.table->DisplayName());
	}
	throw BinderException("The columns of the remote statement changed since it was prepared: run it again");
}

static void MapColumns(const DistributedScanBindData &bind_data, const vector<column_t> &column_ids,
                       RecordBatchDecoder &decoder, DistributedScanGlobalState &state) {
	state.received_types = decoder.Types();
	idx_t next = 0;
	for (auto column_id : column_ids) {
		if (column_id == COLUMN_IDENTIFIER_ROW_ID) {
			// The row id is always the last one.
			state.sources.emplace_back(state.received_types.size() - 1);
			continue;
		}
		if (IsVirtualColumn(column_id)) {
			state.sources.emplace_back();
			continue;
		}
		auto source = bind_data.table ? next++ : column_id;
		if (source >= state.received_types.size() || state.received_types[source] != bind_data.types[column_id]) {
			ThrowColumnsChanged(bind_data);
		}
		state.sources.emplace_back(source);
	}
}

static unique_ptr<ScanStream> OpenStream(ClientContext &context, const DistributedScanBindData &bind_data,
                                         DistributedRequest request) {
	RemoteTransaction transaction;
	if (bind_data.catalog) {
		auto &own = SkeinTransaction::Get(context, *bind_data.catalog.get_mutable());
		transaction = bind_data.is_change ? own.ForStatement(context)
		                                  : own.ForScan(context, bind_data.shares_snapshot, bind_data.scans_count);
	}
	const auto streams = SkeinSettings::ScanStreams(context);
	ConnectionLease connection;
	std::unique_ptr<ScanReader> reader;
	if (!bind_data.opened || !bind_data.opened->Take(transaction, connection, reader)) {
		connection = bind_data.server.Connect(&context);
		connection->SetSession(transaction.session_id);
		request.transaction_id = transaction.transaction_id;
		connection.Settings().RequestRows(request);
		request.shares_result = streams > 1;
		if (bind_data.table) {
			// A view means what the settings say; a statement has them already.
			request.settings = MirroredSettings(context);
		}
		auto opened = connection->Scan(std::move(request));
		ThrowIfFailed(opened.status(), *connection);
		reader = std::move(opened).ValueUnsafe();
	}
	return make_uniq<ScanStream>(std::move(connection), std::move(reader), streams);
}

static unique_ptr<GlobalTableFunctionState> InitGlobal(ClientContext &context, TableFunctionInitInput &input) {
	auto &bind_data = input.bind_data->Cast<DistributedScanBindData>();
	auto stream = OpenStream(context, bind_data, bind_data.MakeRequest(input.column_ids));
	auto threads = stream->IsSmall() ? 1 : NumericCast<idx_t>(TaskScheduler::GetScheduler(context).NumberOfThreads());
	auto result = make_uniq<DistributedScanGlobalState>(std::move(stream), threads);
	RecordBatchDecoder decoder(context, result->stream->Schema());
	MapColumns(bind_data, input.column_ids, decoder, *result);
	return result;
}

static unique_ptr<LocalTableFunctionState> InitLocal(ExecutionContext &context, TableFunctionInitInput &input,
                                                     GlobalTableFunctionState *global_state) {
	auto &global = global_state->Cast<DistributedScanGlobalState>();
	auto result = make_uniq<DistributedScanLocalState>();
	result->decoder = make_uniq<RecordBatchDecoder>(context.client, global.stream->Schema());
	if (!global.received_types.empty()) {
		result->received.Initialize(context.client, global.received_types);
	}
	return result;
}

//===--------------------------------------------------------------------===//
// Scan
//===--------------------------------------------------------------------===//
//! The whole table went by.
static bool ReadsAllRows(const DistributedScanBindData &bind_data) {
	return bind_data.table && bind_data.filter.empty();
}

static void FinishScan(ClientContext &context, const DistributedScanBindData &bind_data,
                       DistributedScanGlobalState &global) {
	std::lock_guard<std::mutex> guard(global.cost_lock);
	auto cost = global.stream->TakeCost();
	if (!cost) {
		return;
	}
	DUCKDB_LOG(context, SkeinLogType, bind_data.server.Uri(), bind_data.remote_sql, cost->rows, cost->bytes,
	           cost->milliseconds);
	if (ReadsAllRows(bind_data)) {
		bind_data.table->SawRows(cost->rows);
	}
	global.cost = cost;
}

static void GetMetrics(TableFunctionGetMetricsInput &input) {
	auto &global = input.global_state->Cast<DistributedScanGlobalState>();
	std::lock_guard<std::mutex> guard(global.cost_lock);
	if (!global.cost) {
		// Nobody asked for what comes after the last row.
		global.cost = global.stream->TakeCost();
	}
	if (global.cost) {
		ShowRemoteCost(global.cost->rows, global.cost->bytes, global.cost->milliseconds,
		               [&](string name, string text) { input.operator_metrics.AddExtraInfo(name, text); });
	}
}

//! Rows of the batch at hand into `output`; false when it has none left.
static bool Emit(const DistributedScanGlobalState &global, DistributedScanLocalState &local, DataChunk &output) {
	idx_t count;
	if (global.received_types.empty()) {
		count = MinValue<idx_t>(local.bare_rows, STANDARD_VECTOR_SIZE);
		local.bare_rows -= count;
	} else {
		local.received.Reset();
		local.decoder->Read(local.received);
		count = local.received.size();
	}
	if (count == 0) {
		return false;
	}
	for (idx_t i = 0; i < output.ColumnCount(); i++) {
		if (global.sources[i].IsValid()) {
			output.data[i].Reference(local.received.data[global.sources[i].GetIndex()]);
		} else {
			output.data[i].Reference(Value(output.data[i].GetType()), count_t(count));
		}
	}
	output.SetCardinalityUnsafe(count);
	return true;
}

static void Scan(ClientContext &context, TableFunctionInput &input, DataChunk &output) {
	auto &bind_data = input.bind_data->Cast<DistributedScanBindData>();
	auto &global = input.global_state->Cast<DistributedScanGlobalState>();
	auto &local = input.local_state->Cast<DistributedScanLocalState>();
	auto can_park = input.interrupt_state && input.results_execution_mode == AsyncResultsExecutionMode::TASK_EXECUTOR;
	while (!Emit(global, local, output)) {
		ScanBatch batch;
		switch (global.stream->Next(context, can_park ? input.interrupt_state.get() : nullptr, batch)) {
		case ScanStreamResult::PARKED:
			input.async_result = AsyncResultType::BLOCKED;
			return;
		case ScanStreamResult::FINISHED:
			FinishScan(context, bind_data, global);
			return;
		case ScanStreamResult::BATCH:
			local.batch_index = batch.index;
			local.bare_rows = batch.rows;
			if (!global.received_types.empty()) {
				local.decoder->SetBatch(std::move(batch.batch));
			}
			break;
		}
	}
}

//===--------------------------------------------------------------------===//
// What the planner asks
//===--------------------------------------------------------------------===//
static void PushdownComplexFilter(ClientContext &context, LogicalGet &get, FunctionData *bind_data_p,
                                  vector<unique_ptr<Expression>> &filters) {
	auto &bind_data = bind_data_p->Cast<DistributedScanBindData>();
	vector<unique_ptr<Expression>> kept;
	for (auto &filter : filters) {
		auto sql = ScanFilter::ToSql(context, get, bind_data.names, *filter);
		if (sql.empty()) {
			kept.push_back(std::move(filter));
			continue;
		}
		bind_data.filter += bind_data.filter.empty() ? sql : " AND " + sql;
	}
	filters = std::move(kept);
}

static OperatorPartitionData GetPartitionData(ClientContext &context, TableFunctionGetPartitionInput &input) {
	if (input.partition_info.RequiresPartitionColumns()) {
		throw InvalidInputException("A remote table has no partition columns");
	}
	return OperatorPartitionData(input.local_state->Cast<DistributedScanLocalState>().batch_index);
}

static unique_ptr<NodeStatistics> Cardinality(ClientContext &context, const FunctionData *bind_data_p) {
	auto &bind_data = bind_data_p->Cast<DistributedScanBindData>();
	return bind_data.table ? make_uniq<NodeStatistics>(bind_data.table->EstimatedRows()) : nullptr;
}

static double Progress(ClientContext &context, const FunctionData *bind_data_p,
                       const GlobalTableFunctionState *global_state) {
	auto &bind_data = bind_data_p->Cast<DistributedScanBindData>();
	if (!bind_data.table || bind_data.table->EstimatedRows() == 0 || !global_state) {
		return -1;
	}
	auto rows = global_state->Cast<DistributedScanGlobalState>().stream->RowsTaken();
	auto done = 100.0 * static_cast<double>(rows) / static_cast<double>(bind_data.table->EstimatedRows());
	return MinValue(done, 100.0);
}

static InsertionOrderPreservingMap<string> ToString(TableFunctionToStringInput &input) {
	auto &bind_data = input.bind_data->Cast<DistributedScanBindData>();
	InsertionOrderPreservingMap<string> result;
	result["Server"] = bind_data.server.Uri();
	if (bind_data.table) {
		result["Remote Table"] = bind_data.table->DisplayName();
	}
	result["Remote SQL"] = bind_data.remote_sql;
	return result;
}

static optional_ptr<TableCatalogEntry> GetTableEntry(optional_ptr<const FunctionData> bind_data) {
	auto &table = bind_data->Cast<DistributedScanBindData>().table;
	return table ? optional_ptr<TableCatalogEntry>(*table.get_mutable()) : nullptr;
}

static virtual_column_map_t GetVirtualColumns(ClientContext &context, optional_ptr<FunctionData> bind_data) {
	auto &table = bind_data->Cast<DistributedScanBindData>().table;
	return table ? table->GetVirtualColumns() : virtual_column_map_t();
}

using ScansByServer = std::map<const RemoteServer *, vector<reference<DistributedScanBindData>>>;

//! Its actions use the row ids that its scan read, but may begin after it.
static bool HasMerge(const LogicalOperator &plan) {
	if (plan.type == LogicalOperatorType::LOGICAL_MERGE_INTO) {
		return true;
	}
	return std::any_of(plan.children.begin(), plan.children.end(), [](auto &child) { return HasMerge(*child); });
}

static void FindScans(LogicalOperator &plan, ScansByServer &scans) {
	if (plan.type == LogicalOperatorType::LOGICAL_GET) {
		auto &get = plan.Cast<LogicalGet>();
		auto bind_data = dynamic_cast<DistributedScanBindData *>(get.bind_data.get());
		if (bind_data) {
			vector<column_t> column_ids;
			for (auto &column : get.GetColumnIds()) {
				column_ids.push_back(column.GetPrimaryIndex());
			}
			bind_data->remote_sql = bind_data->MakeSql(column_ids);
			if (bind_data->catalog) {
				scans[&bind_data->server].push_back(*bind_data);
			}
		}
	}
	for (auto &child : plan.children) {
		FindScans(*child, scans);
	}
}

void DistributedTableScanFunction::FinishPlan(LogicalOperator &plan) {
	ScansByServer scans;
	FindScans(plan, scans);
	const bool has_merge = HasMerge(plan);
	for (auto &entry : scans) {
		for (auto &scan : entry.second) {
			scan.get().shares_snapshot = has_merge || entry.second.size() > 1;
			scan.get().scans_count = entry.second.size();
		}
	}
}

//===--------------------------------------------------------------------===//
// Functions
//===--------------------------------------------------------------------===//
//! DuckDB copies parts of a plan by writing and reading them, and does without where it is told so.
static void RefuseToSerialize(Serializer &, const optional_ptr<FunctionData>, const BoundTableFunction &) {
	throw NotImplementedException("A remote scan belongs to its statement: its plan cannot be written");
}

static unique_ptr<FunctionData> RefuseToDeserialize(Deserializer &, BoundTableFunction &) {
	throw NotImplementedException("A remote scan belongs to its statement: its plan cannot be read");
}

static TableFunction MakeFunction(const char *name, const vector<LogicalType> &arguments) {
	TableFunction function(Identifier(name), arguments, Scan, nullptr, InitGlobal, InitLocal);
	function.get_partition_data = GetPartitionData;
	function.cardinality = Cardinality;
	function.get_metrics = GetMetrics;
	function.table_scan_progress = Progress;
	function.to_string = ToString;
	function.verify_serialization = false;
	function.serialize = RefuseToSerialize;
	function.deserialize = RefuseToDeserialize;
	// A statement sends all its columns; still the plan may ask for some of them.
	function.projection_pushdown = true;
	return function;
}

TableFunction DistributedTableScanFunction::GetFunction() {
	auto function = MakeFunction("distributed_table_scan", {});
	function.pushdown_complex_filter = PushdownComplexFilter;
	function.get_table_entry = GetTableEntry;
	function.get_virtual_columns = GetVirtualColumns;
	return function;
}

TableFunction DistributedTableScanFunction::GetStatementFunction(const char *name, const vector<LogicalType> &arguments,
                                                                 table_function_bind_t bind) {
	auto function = MakeFunction(name, arguments);
	function.bind = bind;
	return function;
}

} // namespace skein
