#include "client/functions/one_shot_function.hpp"

#include <chrono>

#include "client/functions/background_rows.hpp"
#include "client/skein_state.hpp"
#include "duckdb/main/profiler/profiling_node.hpp"

namespace skein {

struct OneShotGlobalState : public GlobalTableFunctionState {
	//! Set while the work is under way elsewhere.
	unique_ptr<BackgroundRows> background;
	OneShotBindData::Rows rows;
	idx_t next = 0;
	const std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
	uint64_t milliseconds = 0;
};

static unique_ptr<GlobalTableFunctionState> InitGlobal(ClientContext &context, TableFunctionInitInput &input) {
	auto &bind_data = input.bind_data->Cast<OneShotBindData>();
	auto result = make_uniq<OneShotGlobalState>();
	if (bind_data.run) {
		result->rows = bind_data.run(context);
		return result;
	}
	result->background =
	    make_uniq<BackgroundRows>(SkeinState::Get(context).Threads(),
		                          [&context, run = bind_data.long_run](const std::function<bool()> &is_cancelled) {
		                              return run(context, is_cancelled);
	                              });
	return result;
}

//! False: the statement parks until there are rows.
static bool HasRows(ClientContext &context, TableFunctionInput &input, OneShotGlobalState &state) {
	if (!state.background) {
		return true;
	}
	if (input.interrupt_state && input.results_execution_mode == AsyncResultsExecutionMode::TASK_EXECUTOR) {
		if (!state.background->EndedOrPark(*input.interrupt_state)) {
			return false;
		}
	} else {
		state.background->Wait(context);
	}
	state.rows = state.background->Take();
	state.background.reset();
	auto elapsed = std::chrono::steady_clock::now() - state.started;
	state.milliseconds = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
	return true;
}

static void Emit(ClientContext &context, TableFunctionInput &input, DataChunk &output) {
	auto &state = input.global_state->Cast<OneShotGlobalState>();
	if (!HasRows(context, input, state)) {
		input.async_result = AsyncResultType::BLOCKED;
		return;
	}
	auto count = MinValue<idx_t>(STANDARD_VECTOR_SIZE, state.rows.size() - state.next);
	output.SetChildCardinality(count);
	for (idx_t row = 0; row < count; row++) {
		auto &values = state.rows[state.next++];
		for (idx_t column = 0; column < values.size(); column++) {
			output.data[column].SetValue(row, values[column]);
		}
	}
}

static InsertionOrderPreservingMap<string> ToString(TableFunctionToStringInput &input) {
	auto &bind_data = input.bind_data->Cast<OneShotBindData>();
	InsertionOrderPreservingMap<string> result;
	if (!bind_data.remote_sql.empty()) {
		result["Remote SQL"] = bind_data.remote_sql;
	}
	return result;
}

static void GetMetrics(TableFunctionGetMetricsInput &input) {
	auto &bind_data = input.bind_data->Cast<OneShotBindData>();
	auto &state = input.global_state->Cast<OneShotGlobalState>();
	if (bind_data.remote_sql.empty() || state.background) {
		return;
	}
	if (bind_data.returns_count && !state.rows.empty()) {
		input.operator_metrics.AddExtraInfo("Remote Rows", state.rows[0][0].ToString());
	}
	input.operator_metrics.AddExtraInfo("Remote Time", std::to_string(state.milliseconds) + " ms");
}

TableFunction MakeOneShotFunction(const char *name, vector<LogicalType> arguments, table_function_bind_t bind) {
	TableFunction function(Identifier(name), arguments, Emit, bind, InitGlobal);
	function.to_string = ToString;
	function.get_metrics = GetMetrics;
	function.verify_serialization = false;
	return function;
}

} // namespace skein
