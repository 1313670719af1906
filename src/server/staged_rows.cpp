#include "server/staged_rows.hpp"

#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/parser/tableref/column_data_ref.hpp"
#include "duckdb/storage/buffer_manager.hpp"
#include "server/engine.hpp"
#include "server/put_stream_function.hpp"

namespace skein {

StagedRows::StagedRows(Engine &engine, std::shared_ptr<arrow::Schema> schema)
    : connection(engine.Connect()), decoder(*connection->context, std::move(schema)),
      rows(duckdb::BufferManager::GetBufferManager(engine.Database()), decoder.Types()) {
	rows.InitializeAppend(append_state);
	chunk.Initialize(*connection->context, decoder.Types());
}

StagedRows::~StagedRows() = default;

void StagedRows::Append(std::shared_ptr<arrow::RecordBatch> batch) {
	decoder.SetBatch(std::move(batch));
	while (true) {
		chunk.Reset();
		decoder.Read(chunk);
		if (chunk.size() == 0) {
			return;
		}
		rows.Append(append_state, chunk);
	}
}

duckdb::unique_ptr<duckdb::TableRef> StagedRows::MakeRef(const std::string &alias) {
	duckdb::vector<duckdb::Identifier> names;
	for (uint64_t i = 0; i < rows.ColumnCount(); i++) {
		names.emplace_back(PutColumnName(i));
	}
	auto ref = duckdb::make_uniq<duckdb::ColumnDataRef>(
	    duckdb::optionally_owned_ptr<duckdb::ColumnDataCollection>(rows), std::move(names));
	ref->alias = duckdb::Identifier(alias);
	return ref;
}

} // namespace skein
