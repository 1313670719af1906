//! The Flight service: takes calls apart, ties them to sessions and hands them to the handlers of each concept.
//!
//! Handlers run on Flight's threads, one per call in progress. Engine and events must outlive the server.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <arrow/flight/server.h>

#include "protocol/distributed_protocol.hpp"
#include "server/server_events.hpp"
#include "server/server_limits.hpp"

namespace skein {

class Engine;
struct ServerContext;

class DistributedFlightServer : public arrow::flight::FlightServerBase {
public:
	DistributedFlightServer(Engine &engine, ServerLimits limits, ServerEvents &events);
	//! Interrupts what still runs. Call Shutdown() and Wait() first.
	~DistributedFlightServer() override;

	//===--------------------------------------------------------------------===//
	// For main: ending in good order. Any thread, none of them from a signal handler.
	//===--------------------------------------------------------------------===//
	//! From now on new work is refused with SERVER_UNAVAILABLE. Calls of transactions already open are still served.
	void StartDraining();
	bool IsDraining() const;
	//! Statements and streams under way, in and out of transactions.
	uint64_t ActiveStatements() const;
	//! Transactions that are open.
	uint64_t OpenTransactions() const;
	//! Waits until no statement is active and no transaction open. False: the deadline came first.
	bool WaitForIdle(std::chrono::steady_clock::time_point deadline);
	//! Ends every session there is: interrupts its statements, rolls its transaction back. `reason` is for the log.
	void EndSessions(const char *reason);
	//! Interrupts every statement and rolls back every transaction, now and as they come. Does not wait: follow it with
	//! Shutdown(). Clients get SERVER_UNAVAILABLE.
	void InterruptAll();

	//===--------------------------------------------------------------------===//
	// Flight
	//===--------------------------------------------------------------------===//
	arrow::Status DoAction(const arrow::flight::ServerCallContext &context, const arrow::flight::Action &action,
	                       std::unique_ptr<arrow::flight::ResultStream> *result) override;
	arrow::Status ListActions(const arrow::flight::ServerCallContext &context,
	                          std::vector<arrow::flight::ActionType> *actions) override;
	//! The requests of DoAction for clients that want to be able to cancel: Arrow's client has no way to cancel a
	//! DoAction.
	arrow::Status DoExchange(const arrow::flight::ServerCallContext &context,
	                         std::unique_ptr<arrow::flight::FlightMessageReader> reader,
	                         std::unique_ptr<arrow::flight::FlightMessageWriter> writer) override;
	arrow::Status DoGet(const arrow::flight::ServerCallContext &context, const arrow::flight::Ticket &ticket,
	                    std::unique_ptr<arrow::flight::FlightDataStream> *stream) override;
	arrow::Status DoPut(const arrow::flight::ServerCallContext &context,
	                    std::unique_ptr<arrow::flight::FlightMessageReader> reader,
	                    std::unique_ptr<arrow::flight::FlightMetadataWriter> writer) override;
	arrow::Status GetFlightInfo(const arrow::flight::ServerCallContext &context,
	                            const arrow::flight::FlightDescriptor &descriptor,
	                            std::unique_ptr<arrow::flight::FlightInfo> *info) override;
	arrow::Status GetSchema(const arrow::flight::ServerCallContext &context,
	                        const arrow::flight::FlightDescriptor &descriptor,
	                        std::unique_ptr<arrow::flight::SchemaResult> *schema) override;

private:
	std::unique_ptr<ServerContext> server;
};

} // namespace skein
