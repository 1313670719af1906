#include "client/write/remote_upload.hpp"

#include "client/session_settings.hpp"
#include "client/skein_log.hpp"
#include "codec/duckdb_error.hpp"
#include "protocol/errors.hpp"
#include "protocol/frame_batch.hpp"

namespace skein {

RemoteUpload::RemoteUpload(ClientContext &context, RemoteServer &server, DistributedRequest request,
                           const RemoteTransaction &transaction, vector<LogicalType> types, vector<string> names)
    : context(context), server(server), connection(server.Connect(&context)),
      prototype(context, std::move(types), std::move(names), connection.Settings().UploadFormat()),
      started(std::chrono::steady_clock::now()), link(connection.Settings().compression, connection->IsLocal()) {
	connection->SetSession(transaction.session_id);
	request.transaction_id = transaction.transaction_id;
	// Defaults, generated columns and checks are evaluated there.
	request.settings = MirroredSettings(context);
	if (!request.returning_columns.empty()) {
		connection.Settings().RequestRows(request);
	}
	auto upload = connection->Upload(std::move(request), prototype.Schema());
	ThrowIfFailed(upload.status(), *connection);
	writer = std::move(upload).ValueUnsafe();
}

RemoteUpload::~RemoteUpload() {
	if (writer) {
		writer->Cancel();
	}
}

unique_ptr<RecordBatchEncoder> RemoteUpload::NewEncoder() const {
	return unique_ptr<RecordBatchEncoder>(prototype.NewSibling().release());
}

void RemoteUpload::Send(const std::shared_ptr<arrow::RecordBatch> &batch) {
	std::lock_guard<std::mutex> guard(lock);
	auto prepared = link.Prepare(batch);
	const auto bytes = WireBytes(*prepared);
	const auto begun = std::chrono::steady_clock::now();
	auto written = writer->Write(*prepared);
	if (!written.ok()) {
		// In the engine's words, if it was the statement that ended the call.
		context.BlockingInterruptCheck();
	}
	ThrowIfFailed(written, *connection);
	link.Sent(bytes, std::chrono::steady_clock::now() - begun);
	bytes_sent += bytes;
	rows_sent += RecordBatchRows(*prepared);
}

idx_t RemoteUpload::Finish(const string &statement) {
	std::lock_guard<std::mutex> guard(lock);
	DistributedResponse response;
	auto finished = std::move(writer);
	auto status = finished->Finish(response);
	if (!status.ok()) {
		ThrowRemoteError(DescribeFailure(status, connection->Uri(), /*write_in_flight=*/true));
	}
	Log(statement);
	return response.rows_affected;
}

unique_ptr<ScanStream> RemoteUpload::FinishReturning(const string &statement) {
	std::lock_guard<std::mutex> guard(lock);
	auto finished = std::move(writer);
	auto reader = finished->FinishReturning();
	if (!reader.ok()) {
		ThrowRemoteError(DescribeFailure(reader.status(), connection->Uri(), /*write_in_flight=*/true));
	}
	Log(statement);
	return make_uniq<ScanStream>(std::move(connection), std::move(reader).ValueUnsafe());
}

ScanCost RemoteUpload::CostLocked() const {
	auto elapsed = std::chrono::steady_clock::now() - started;
	ScanCost result;
	result.rows = rows_sent;
	result.bytes = bytes_sent;
	result.milliseconds = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
	return result;
}

ScanCost RemoteUpload::Cost() {
	std::lock_guard<std::mutex> guard(lock);
	return CostLocked();
}

void RemoteUpload::Log(const string &statement) {
	auto cost = CostLocked();
	DUCKDB_LOG(context, SkeinLogType, server.Uri(), statement, cost.rows, cost.bytes, cost.milliseconds);
}

} // namespace skein
