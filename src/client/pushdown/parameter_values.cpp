#include "client/pushdown/parameter_values.hpp"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>

#include "client/attach/skein_context_state.hpp"
#include "codec/arrow_codec.hpp"
#include "codec/arrow_status.hpp"
#include "duckdb/main/client_config.hpp"
#include "duckdb/main/prepared_statement.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/parser_options.hpp"
#include "duckdb/planner/bound_parameter_map.hpp"

namespace skein {

using namespace duckdb;

//! Far below what a server takes as one request.
static constexpr idx_t ENCODED_BYTES_MAX = 1ULL << 20;
static constexpr const char *WRITING = "writing the statement's parameters";

static string Encode(ClientContext &context, const vector<string> &names, const vector<Value> &values) {
	vector<LogicalType> types;
	for (auto &value : values) {
		types.push_back(value.type());
	}
	DataChunk row;
	row.Initialize(context, types);
	for (idx_t i = 0; i < values.size(); i++) {
		row.data[i].SetValue(0, values[i]);
	}
	row.SetChildCardinality(1);
	RecordBatchEncoder encoder(context, types, names, RowLayout::NATIVE);
	encoder.Append(row);
	auto batch = encoder.Finish();
	auto sink = ValueOrThrow(arrow::io::BufferOutputStream::Create(), WRITING);
	auto writer = ValueOrThrow(arrow::ipc::MakeStreamWriter(sink, batch->schema()), WRITING);
	ThrowIfNotOk(writer->WriteRecordBatch(*batch), WRITING);
	ThrowIfNotOk(writer->Close(), WRITING);
	return ValueOrThrow(sink->Finish(), WRITING)->ToString();
}

//! Nothing where it has no value yet.
static optional<Value> FindValue(ClientContext &context, Binder &binder, const Identifier &name) {
	auto parameters = binder.GetParameters();
	if (parameters) {
		auto &given = parameters->GetParameterData();
		auto entry = given.find(name);
		if (entry != given.end()) {
			return entry->second.GetValue();
		}
	}
	Value variable;
	if (binder.GetBindingMode() != BindingMode::PREPARE && PreparedStatement::AllowsUserVariableFallback(name) &&
	    ClientConfig::GetConfig(context).GetUserVariable(name, variable)) {
		return variable;
	}
	return {};
}

//! Large values travel in pieces: a request's size is limited, a stream's is not.
static void RefuseLarge(const string &encoded) {
	if (encoded.size() <= ENCODED_BYTES_MAX) {
		return;
	}
	unordered_map<string, string> extra_info;
	SkeinContextState::MarkSentWhole(extra_info);
	throw Exception(extra_info, ExceptionType::OUT_OF_RANGE,
	                "The values of the statement's parameters have " + std::to_string(encoded.size()) +
	                    " bytes, too many for one request: run the statement in parts");
}

ParameterValues ParameterValues::Find(ClientContext &context, Binder &binder, const string &sql) {
	ParameterValues result;
	if (sql.find_first_of("$?") == string::npos) {
		return result;
	}
	Parser parser(ParserOptions::Builtin());
	parser.ParseQuery(sql);
	vector<string> names;
	vector<Value> values;
	for (auto &statement : parser.statements) {
		result.is_select = statement->type == StatementType::SELECT_STATEMENT;
		// A part of a statement has some of its parameters only.
		for (auto &parameter : statement->named_param_map) {
			auto value = FindValue(context, binder, parameter.first);
			if (value) {
				names.push_back(parameter.first.GetIdentifierName());
				values.push_back(std::move(*value));
			} else {
				result.complete = false;
			}
		}
	}
	if (result.complete && !values.empty()) {
		result.encoded = Encode(context, names, values);
		RefuseLarge(result.encoded);
		SkeinContextState::Get(context).RememberParameters(values.size());
	}
	return result;
}

} // namespace skein
