#include "client/functions/one_shot_function.hpp"

namespace skein {

struct OneShotGlobalState : public GlobalTableFunctionState {
	OneShotBindData::Rows rows;
	idx_t next = 0;
};

static unique_ptr<GlobalTableFunctionState> InitGlobal(ClientContext &context, TableFunctionInitInput &input) {
	auto result = make_uniq<OneShotGlobalState>();
	result->rows = input.bind_data->Cast<OneShotBindData>().run(context);
	return result;
}

static void Emit(ClientContext &context, TableFunctionInput &input, DataChunk &output) {
	auto &state = input.global_state->Cast<OneShotGlobalState>();
	auto count = MinValue<idx_t>(STANDARD_VECTOR_SIZE, state.rows.size() - state.next);
	output.SetChildCardinality(count);
	for (idx_t row = 0; row < count; row++) {
		auto &values = state.rows[state.next++];
		for (idx_t column = 0; column < values.size(); column++) {
			output.data[column].SetValue(row, values[column]);
		}
	}
}

TableFunction MakeOneShotFunction(const char *name, vector<LogicalType> arguments, table_function_bind_t bind) {
	TableFunction function(Identifier(name), arguments, Emit, bind, InitGlobal);
	function.verify_serialization = false;
	return function;
}

} // namespace skein
