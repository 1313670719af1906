//! A real Flight server in this process whose answers a test decides.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <arrow/flight/server.h>

#include "protocol/distributed_protocol.hpp"

namespace skein {

namespace flight = arrow::flight;

class FlightPeer : public flight::FlightServerBase {
public:
	using ActionHandler = std::function<arrow::Result<DistributedResponse>(const flight::ServerCallContext &context,
	                                                                       const DistributedRequest &request)>;
	using GetHandler = std::function<arrow::Result<std::shared_ptr<arrow::RecordBatchReader>>(
	    const flight::ServerCallContext &context, const DistributedRequest &request)>;
	using StreamHandler =
	    std::function<arrow::Result<std::unique_ptr<flight::FlightDataStream>>(const DistributedRequest &request)>;
	using PutHandler =
	    std::function<arrow::Status(const flight::ServerCallContext &context, flight::FlightMessageReader &reader,
		                            flight::FlightMetadataWriter &writer)>;

	//! DoAction, by itself or by DoGet, of every request but STATISTICS, which answers as a Skein server does until a
	//! test says otherwise.
	ActionHandler on_action;
	ActionHandler on_hello = [](const flight::ServerCallContext &, const DistributedRequest &) {
		DistributedResponse response;
		response.success = true;
		response.protocol_version = PROTOCOL_VERSION;
		return response;
	};
	GetHandler on_get;
	//! Instead of on_get, where metadata matters.
	StreamHandler on_get_stream;
	PutHandler on_put;

	//! Listens on a free port of 127.0.0.1, or at the given location.
	void Start(const std::string &location = "grpc+tcp://127.0.0.1:0",
	           const flight::CertKeyPair *certificate = nullptr);
	std::string Uri() const;
	~FlightPeer() override;

	arrow::Status DoAction(const flight::ServerCallContext &context, const flight::Action &action,
	                       std::unique_ptr<flight::ResultStream> *result) override;
	arrow::Status DoGet(const flight::ServerCallContext &context, const flight::Ticket &ticket,
	                    std::unique_ptr<flight::FlightDataStream> *stream) override;
	arrow::Status DoPut(const flight::ServerCallContext &context, std::unique_ptr<flight::FlightMessageReader> reader,
	                    std::unique_ptr<flight::FlightMetadataWriter> writer) override;
};

//! `count` rows of one BIGINT column "n".
std::shared_ptr<arrow::RecordBatch> MakeNumbers(int64_t first, int64_t count);

//! A reader that asks `next` for each batch; null ends it.
std::shared_ptr<arrow::RecordBatchReader>
MakeReader(std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>()> next);

} // namespace skein
