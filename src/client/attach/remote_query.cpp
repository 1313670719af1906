#include "client/attach/remote_query.hpp"

#include "client/attach/attached_transaction.hpp"
#include "codec/arrow_codec.hpp"

namespace skein {

void ForEachRemoteChunk(ClientContext &context, AttachedCatalog &catalog, const string &sql,
                        const std::function<void(DataChunk &)> &take) {
	auto joined = AttachedTransaction::Get(context, catalog).ForStatement(context);
	auto request = catalog.MakeRequest(context, RequestType::EXECUTE_SQL);
	request.sql = sql;
	request.native_rows = true;
	request.transaction_id = joined.transaction_id;
	auto connection = catalog.Server().Connect(&context);
	connection->SetSession(joined.session_id);
	auto opened = connection->Scan(std::move(request));
	ThrowIfFailed(opened.status(), *connection);
	auto reader = std::move(opened).ValueUnsafe();
	RecordBatchDecoder decoder(context, reader->schema());
	while (true) {
		std::shared_ptr<arrow::RecordBatch> batch;
		ThrowIfFailed(reader->ReadNext(&batch), *connection);
		if (!batch) {
			return;
		}
		decoder.SetBatch(std::move(batch));
		while (true) {
			DataChunk values;
			values.InitializeEmpty(decoder.Types());
			decoder.Read(values);
			if (values.size() == 0) {
				break;
			}
			take(values);
		}
	}
}

} // namespace skein
