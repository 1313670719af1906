#include "client/write/returned_rows.hpp"

#include "client/catalog/skein_table_entry.hpp"
#include "duckdb/common/exception.hpp"
#include "protocol/version.hpp"

namespace skein {

ReturnedColumns::ReturnedColumns(const SkeinTableEntry &table, idx_t operator_columns) {
	auto table_columns = table.GetColumns().PhysicalColumnCount();
	for (idx_t i = 0; i < table_columns; i++) {
		sources.emplace_back(requested.size());
		requested.push_back(table.RemoteColumn(i));
	}
	// A DELETE gives row ids as well.
	if (operator_columns == table_columns) {
		return;
	}
	for (auto &column : table.GetVirtualColumns()) {
		if (column.first != COLUMN_IDENTIFIER_ROW_ID) {
			sources.emplace_back();
			continue;
		}
		sources.emplace_back(requested.size());
		requested.emplace_back(ROW_ID_COLUMN);
	}
}

ReturnedRows::ReturnedRows(ClientContext &context, unique_ptr<ScanStream> stream_p, const ReturnedColumns &columns,
                           const vector<LogicalType> &types)
    : stream(std::move(stream_p)), columns(columns), decoder(context, stream->Schema()) {
	auto &received_types = decoder.Types();
	for (idx_t i = 0; i < types.size(); i++) {
		auto &source = columns.sources[i];
		if (source.IsValid() &&
		    (source.GetIndex() >= received_types.size() || received_types[source.GetIndex()] != types[i])) {
			throw TransactionException("The table's columns changed on the server while the statement ran: it was "
			                           "made there, but the rows it returns cannot be read. Look at the table");
		}
	}
}

SourceResultType ReturnedRows::Read(ClientContext &context, DataChunk &chunk, const InterruptState &interrupt_state) {
	while (true) {
		received.Destroy();
		received.InitializeEmpty(decoder.Types());
		decoder.Read(received);
		if (received.size() > 0) {
			break;
		}
		ScanBatch batch;
		switch (stream->Next(context, &interrupt_state, batch)) {
		case ScanStreamResult::PARKED:
			return SourceResultType::BLOCKED;
		case ScanStreamResult::FINISHED:
			return SourceResultType::FINISHED;
		case ScanStreamResult::BATCH:
			decoder.SetBatch(std::move(batch.batch));
			break;
		}
	}
	for (idx_t i = 0; i < chunk.ColumnCount(); i++) {
		if (columns.sources[i].IsValid()) {
			chunk.data[i].Reference(received.data[columns.sources[i].GetIndex()]);
		} else {
			chunk.data[i].Reference(Value(chunk.data[i].GetType()), count_t(received.size()));
		}
	}
	chunk.SetCardinalityUnsafe(received.size());
	return SourceResultType::HAVE_MORE_OUTPUT;
}

} // namespace skein
