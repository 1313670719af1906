//! A client of distributed_server for C++ programs, and what the extension itself calls through.
//!
//! Needs Arrow Flight, not DuckDB. One DistributedFlightClient is one connection (one TCP connection, one gRPC channel)
//! and serves one thread at a time; several readers and writers opened by it may live on threads of their own, but must
//! not outlive it. No call throws: every outcome is an arrow::Status, and a failed one carries a DistributedError
//! (protocol/errors.hpp), also where the transport failed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include "protocol/distributed_protocol.hpp"
#include "protocol/limits.hpp"

namespace skein {

//! What one server was asked and answered, from this side. Shared by the connections to it; every member is atomic.
struct ClientCounters;

struct ClientOptions {
	//! Sent as "Bearer <token>". Refused in plaintext to anything but loopback, before a byte leaves.
	std::string token;
	//! PEM of the authorities a grpc+tls server is checked against; empty: the system's.
	std::string tls_root_certificates;
	//! Time to resolve, connect and shake hands, in milliseconds.
	uint64_t connect_ms_max = limits::connect_ms_default;
	//! Time for a call that should answer at once, and time a stream may stand still, in milliseconds. 0: none.
	uint64_t idle_ms_max = limits::idle_ms_default;
	//! Asked every interrupt_poll_ms while a call waits; true ends the wait and the call with CANCELLED. May be empty.
	std::function<bool()> is_interrupted;
	//! Where calls are counted; a client without any makes its own.
	std::shared_ptr<ClientCounters> counters;
};

//! A scan's rows as they arrive. Destroying it before its end cancels the scan on the server.
class ScanReader : public arrow::RecordBatchReader {
public:
	//! Ends a ReadNext that waits on another thread, and the scan. Any thread.
	virtual void Cancel() = 0;

	//===--------------------------------------------------------------------===//
	// Of a scan with shares_result, where the server offers to send one result over several streams
	//===--------------------------------------------------------------------===//
	//! Names the result for READ_RESULT requests of the same session, whose scans give parts of it while this one is
	//! not at its end. Empty: this is the only stream.
	virtual std::string ResultId() const {
		return std::string();
	}
	//! The place of the batch read last in the result; it grows with each batch of a stream.
	virtual uint64_t BatchNumber() const {
		return 0;
	}
	//! At the stream's end: the batches of the whole result. Who has read fewer over all streams misses rows.
	virtual std::optional<uint64_t> BatchesTotal() const {
		return std::nullopt;
	}
};

//! An upload under way: nothing is in the table before Finish returned OK, and nothing will be if it is destroyed
//! before.
class UploadWriter {
public:
	virtual ~UploadWriter() = default;
	//! Sends a batch, waiting while the server's buffer is full. After a failure the server's reason is the status.
	virtual arrow::Status Write(const arrow::RecordBatch &batch) = 0;
	//! Ends the upload and waits for the server to have applied it.
	virtual arrow::Status Finish(DistributedResponse &response) = 0;
	//! The same for a request with returning_columns: the rows that were changed.
	virtual arrow::Result<std::unique_ptr<ScanReader>> FinishReturning() = 0;
	//! Gives the upload up; the server forgets its rows. Any thread.
	virtual void Cancel() = 0;
};

class DistributedFlightClient {
public:
	//! `uri`: grpc://host[:port], grpc+tls://host[:port], grpc+unix:///path. A missing port is 8815.
	explicit DistributedFlightClient(std::string uri, ClientOptions options = {});
	~DistributedFlightClient();
	DistributedFlightClient(const DistributedFlightClient &) = delete;
	DistributedFlightClient &operator=(const DistributedFlightClient &) = delete;

	//! Resolves, connects and checks that a Skein server of a version we speak answers. Distinguishes, by message: a
	//! malformed URI, a host that does not resolve, a refused connection, silence, TLS on one side only, a certificate
	//! that is not trusted, a refused token, a protocol version not served. Calling it again does nothing.
	arrow::Status Connect();
	const std::string &Uri() const;

	//===--------------------------------------------------------------------===//
	// The operations by name. `table` is an identifier or a qualified SQL name: a, "A b".t, db.s.t
	//===--------------------------------------------------------------------===//
	//! Statements that return no rows; several run as one transaction.
	arrow::Status ExecuteSQL(const std::string &sql, DistributedResponse &response);
	//! Rows of one statement.
	arrow::Status Query(const std::string &sql, std::shared_ptr<arrow::RecordBatchReader> &reader);
	arrow::Status CreateTable(const std::string &table, const std::vector<RemoteColumnDefinition> &columns,
	                          DistributedResponse &response, bool if_not_exists = false);
	arrow::Status CreateTable(const std::string &table, const std::shared_ptr<arrow::Schema> &schema,
	                          DistributedResponse &response, bool if_not_exists = false);
	arrow::Status DropTable(const std::string &table, DistributedResponse &response, bool if_exists = false);
	arrow::Status TableExists(const std::string &table, DistributedResponse &response);
	//! All rows of the batch or none.
	arrow::Status InsertData(const std::string &table, const std::shared_ptr<arrow::RecordBatch> &batch,
	                         DistributedResponse &response);
	//! All rows of the stream or none.
	arrow::Status InsertData(const std::string &table, const std::shared_ptr<arrow::RecordBatchReader> &batches,
	                         DistributedResponse &response);
	//! limit 0: no rows; use the next for all.
	arrow::Status ScanTable(const std::string &table, uint64_t limit, uint64_t offset,
	                        std::shared_ptr<arrow::RecordBatchReader> &reader);
	arrow::Status ScanTable(const std::string &table, std::shared_ptr<arrow::RecordBatchReader> &reader);
	//! `condition` is SQL over the table's columns; empty deletes every row.
	arrow::Status DeleteData(const std::string &table, const std::string &condition, DistributedResponse &response);

	//===--------------------------------------------------------------------===//
	// The calls they are made of, for requests with more in them
	//===--------------------------------------------------------------------===//
	//! The requests of DoAction. Waits for EXECUTE_SQL, DELETE_DATA and COMMIT_TRANSACTION as long as the server shows
	//! life, and sends these by DoGet, which ends on the server when it is interrupted here; for all else
	//! idle_ms_max.
	arrow::Status Call(DistributedRequest request, DistributedResponse &response);
	//! DoGet: SCAN_TABLE, EXECUTE_SQL, READ_RESULT. Returns once the server answered with the schema or a refusal.
	arrow::Result<std::unique_ptr<ScanReader>> Scan(DistributedRequest request);
	//! DoPut, or DoExchange for a request with returning_columns. `schema` is that of every batch.
	arrow::Result<std::unique_ptr<UploadWriter>> Upload(DistributedRequest request,
	                                                    const std::shared_ptr<arrow::Schema> &schema);
	//! GetSchema of a table (a SCAN_TABLE request) or statement (EXECUTE_SQL): runs nothing.
	arrow::Result<std::shared_ptr<arrow::Schema>> GetSchema(DistributedRequest request);

	//! The session later calls belong to; empty: each call for itself.
	void SetSession(std::string session_id);
	const std::string &Session() const;
	//! The interrupt question of later calls; the connection of a pool changes hands.
	void SetInterruptCheck(std::function<bool()> is_interrupted);
	//! ClientOptions::idle_ms_max of later calls.
	void SetIdleLimit(uint64_t idle_ms_max);
	//! False once a call failed in the transport or was left alone: do not pool such a connection. A cancelled scan or
	//! upload leaves it as it was.
	bool IsHealthy() const;
	//! True once a call found the server gone or going: other connections to it are no better.
	bool HasLostServer() const;
	//! Once connected: whether the server is on this host.
	bool IsLocal() const;

private:
	struct State;
	std::unique_ptr<State> state;
};

//! Splits a qualified SQL name (a, "A b".t, db.s.t) into the request's catalog, schema and table. Invalid for names
//! that are none, with the reason.
arrow::Status SetTableName(const std::string &qualified_name, DistributedRequest &request);

} // namespace skein
