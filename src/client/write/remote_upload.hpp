//! One upload of a statement: chunks in, record batches out, and the count of rows the server reports, or the rows
//! themselves as they are after the change.
//!
//! Encoding happens in the calling threads, each with its own encoder; sending is one at a time, and waits while the
//! server's buffer is full. Rows are in the table only once Finish returned. Thread-safe.
#pragma once

#include <chrono>
#include <mutex>

#include "client/catalog/skein_transaction.hpp"
#include "client/pool/remote_server.hpp"
#include "client/scan/scan_stream.hpp"
#include "codec/arrow_codec.hpp"
#include "codec/frame_link.hpp"

namespace skein {

using namespace duckdb;

class RemoteUpload {
public:
	//! Starts `request` (INSERT_DATA, UPDATE_DATA or DELETE_DATA) for rows of these types. `names` are the columns'.
	RemoteUpload(ClientContext &context, RemoteServer &server, DistributedRequest request,
	             const RemoteTransaction &transaction, vector<LogicalType> types, vector<string> names);
	//! Gives the upload up unless Finish returned.
	~RemoteUpload();

	//! An encoder for one thread.
	unique_ptr<RecordBatchEncoder> NewEncoder() const;
	//! Sends a batch, waiting while the server's buffer is full.
	void Send(const std::shared_ptr<arrow::RecordBatch> &batch);
	//! Ends the upload; the rows the server changed.
	idx_t Finish(const string &statement);
	//! The same for a request with returning_columns: the rows, which arrive while they are read.
	unique_ptr<ScanStream> FinishReturning(const string &statement);

	//! What it cost so far.
	ScanCost Cost();

private:
	ScanCost CostLocked() const;
	void Log(const string &statement);

	//! The statement's, which this does not outlive.
	ClientContext &context;
	RemoteServer &server;
	ConnectionLease connection;
	const RecordBatchEncoder prototype;
	const std::chrono::steady_clock::time_point started;

	std::mutex lock;
	//! Guarded by lock. Null once finished.
	std::unique_ptr<UploadWriter> writer;
	FrameLink link;
	uint64_t bytes_sent = 0;
	idx_t rows_sent = 0;
};

} // namespace skein
