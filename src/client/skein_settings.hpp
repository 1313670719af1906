//! The extension's settings, as SET and duckdb_settings() know them. docs/limits.md describes them.
#pragma once

#include <cstdint>

#include "codec/row_layout.hpp"
#include "protocol/distributed_protocol.hpp"
#include "protocol/limits.hpp"

namespace duckdb {
class ClientContext;
class DatabaseInstance;
} // namespace duckdb

namespace skein {

//! What they say to one DuckDB connection; a statement keeps to those it began with.
struct SkeinSettings {
	uint64_t connect_timeout_ms = limits::connect_ms_default;
	uint64_t idle_timeout_ms = limits::idle_ms_default;
	uint64_t read_ahead_bytes = limits::read_ahead_bytes_default;
	uint64_t insert_reorder_bytes = limits::insert_reorder_bytes_default;
	uint64_t filter_bytes = limits::filter_bytes_default;
	uint64_t pool_connections_count = limits::pool_connections_count_default;
	uint64_t streams_count = limits::scan_streams_count_default;
	//! How rows travel, and how frames are made smaller.
	RowLayout encoding = RowLayout::FRAMES;
	RowCompression compression = RowCompression::AUTO;

	//! Makes the settings known to a database. A value outside its range is refused with an InvalidInputException.
	static void Register(duckdb::DatabaseInstance &database);
	static SkeinSettings Get(const duckdb::ClientContext &context);
	//! How many streams may read one result, from 1 on.
	static uint64_t ScanStreams(duckdb::ClientContext &context);

	//! What a name of skein_compression means. Throws InvalidInputException, naming `option` and its values.
	static RowCompression ParseCompression(const char *option, const std::string &text);

	//! Has the answer's rows come as the settings say.
	void RequestRows(DistributedRequest &request) const;
	//! How rows are sent.
	RowFormat UploadFormat() const;
};

} // namespace skein
