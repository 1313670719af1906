#include "server/spoolable_result.hpp"

#include "duckdb/main/database.hpp"
#include "duckdb/storage/buffer_manager.hpp"
#include "server/engine_stream.hpp"

namespace skein {

using duckdb::DataChunk;

SpoolableResult::SpoolableResult(duckdb::DatabaseInstance &database, duckdb::unique_ptr<duckdb::QueryResult> result)
    : database(database), live(OpenStream<duckdb::ChunkFormat>(std::move(result))) {
	types = live->GetTypes();
	names = live->GetNames();
}

SpoolableResult::SpoolableResult(duckdb::DatabaseInstance &database,
                                 duckdb::unique_ptr<duckdb::ColumnDataCollection> rows,
                                 duckdb::vector<duckdb::Identifier> names)
    : database(database), types(rows->Types()), names(std::move(names)) {
	spools.push_back(std::move(rows));
}

SpoolableResult::~SpoolableResult() = default;

const duckdb::vector<duckdb::LogicalType> &SpoolableResult::Types() const {
	return types;
}

duckdb::vector<std::string> SpoolableResult::Names() const {
	return duckdb::IdentifiersToStrings(names);
}

duckdb::unique_ptr<DataChunk> SpoolableResult::Next(const CancelCheck &check) {
	CancellableLock lock(mutex, check);
	while (!spools.empty()) {
		if (auto chunk = ScanSpool()) {
			return chunk;
		}
	}
	if (live) {
		return FetchLive(check);
	}
	if (failure) {
		throw RequestError(*failure);
	}
	return nullptr;
}

duckdb::unique_ptr<DataChunk> SpoolableResult::FetchLive(const CancelCheck &check) {
	auto chunk = FetchNext(*live, check);
	if (!chunk) {
		live.reset();
	}
	return chunk;
}

duckdb::unique_ptr<DataChunk> SpoolableResult::ScanSpool() {
	auto &spool = *spools.front();
	if (!scan_state) {
		scan_state = std::make_unique<duckdb::ColumnDataScanState>();
		spool.InitializeScan(*scan_state, duckdb::ColumnDataScanProperties::DISALLOW_ZERO_COPY);
	}
	auto chunk = duckdb::make_uniq<DataChunk>();
	spool.InitializeScanChunk(*chunk);
	if (spool.Scan(*scan_state, *chunk)) {
		return chunk;
	}
	scan_state.reset();
	spools.pop_front();
	return nullptr;
}

void SpoolableResult::SpoolLive(const CancelCheck &check) {
	spools.push_back(
	    duckdb::make_uniq<duckdb::ColumnDataCollection>(duckdb::BufferManager::GetBufferManager(database), types));
	duckdb::ColumnDataAppendState append_state;
	spools.back()->InitializeAppend(append_state);
	while (auto chunk = FetchLive(check)) {
		spools.back()->Append(append_state, *chunk);
	}
}

void SpoolableResult::Spool(const CancelCheck &check) {
	CancellableLock lock(mutex, check);
	if (!live) {
		return;
	}
	try {
		SpoolLive(check);
	} catch (...) {
		auto error = DescribeCurrentException();
		// Throws where giving up was the reason: the statement is still live then.
		check();
		failure = std::make_unique<RequestError>(std::move(error));
		live.reset();
	}
}

void SpoolableResult::Abandon(const std::string &reason) {
	CancellableLock lock(mutex, []() {});
	live.reset();
	spools.clear();
	scan_state.reset();
	if (!failure) {
		failure = std::make_unique<RequestError>(ErrorCategory::CANCELLED, reason);
	}
}

} // namespace skein
