//! The DuckDB log type 'Skein': one entry for each remote statement that moved rows.
//! CALL enable_logging('Skein'); SELECT * FROM duckdb_logs_parsed('Skein');
#pragma once

#include "duckdb/common/types/value.hpp"
#include "duckdb/logging/log_type.hpp"
#include "duckdb/logging/logger.hpp"

namespace skein {

class SkeinLogType : public duckdb::LogType {
public:
	static constexpr const char *NAME = "Skein";
	static constexpr duckdb::LogLevel LEVEL = duckdb::LogLevel::LOG_DEBUG;

	SkeinLogType();

	//! `statement` is SQL as EXPLAIN shows it; bytes are those of record batches.
	static std::string ConstructLogMessage(const std::string &server, const std::string &statement, uint64_t rows,
	                                       uint64_t bytes, uint64_t milliseconds);
	static duckdb::LogicalType GetLogType();
};

} // namespace skein
