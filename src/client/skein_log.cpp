#include "client/skein_log.hpp"

namespace skein {

using duckdb::LogicalType;
using duckdb::Value;

SkeinLogType::SkeinLogType() : LogType(NAME, LEVEL, GetLogType()) {
}

std::string SkeinLogType::ConstructLogMessage(const std::string &server, const std::string &statement, uint64_t rows,
                                              uint64_t bytes, uint64_t milliseconds) {
	duckdb::child_list_t<Value> fields;
	fields.emplace_back("server", Value(server));
	fields.emplace_back("statement", Value(statement));
	fields.emplace_back("rows", Value::UBIGINT(rows));
	fields.emplace_back("bytes", Value::UBIGINT(bytes));
	fields.emplace_back("duration_ms", Value::UBIGINT(milliseconds));
	return Value::STRUCT(std::move(fields)).ToString();
}

LogicalType SkeinLogType::GetLogType() {
	duckdb::child_list_t<LogicalType> fields;
	fields.emplace_back("server", LogicalType::VARCHAR);
	fields.emplace_back("statement", LogicalType::VARCHAR);
	fields.emplace_back("rows", LogicalType::UBIGINT);
	fields.emplace_back("bytes", LogicalType::UBIGINT);
	fields.emplace_back("duration_ms", LogicalType::UBIGINT);
	return LogicalType::STRUCT(fields);
}

} // namespace skein
