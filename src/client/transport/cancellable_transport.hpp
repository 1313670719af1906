//! Makes Flight's streaming calls cancellable at any moment.
//!
//! Arrow's client can cancel a scan only after its schema has arrived, and an upload never. The streams below it can be
//! cancelled always, but are not shown. Arrow lets programs register transports of their own; ours passes everything on
//! to Arrow's gRPC transport and keeps hold of the streams.
#pragma once

#include <memory>
#include <string>

#include <arrow/flight/client.h>
#include <arrow/result.h>

#include "client/transport/call_handle.hpp"

namespace skein {

//! A client of `flight_uri` (grpc+tcp, grpc+tls, grpc+unix) whose DoGet, DoPut and DoExchange can be tied to a
//! CallHandle. Connects lazily, as Flight does.
arrow::Result<std::unique_ptr<arrow::flight::FlightClient>>
ConnectCancellable(const std::string &flight_uri, const arrow::flight::FlightClientOptions &options);

//! While it lives, streams this thread opens are attached to the handle.
class CallScope {
public:
	explicit CallScope(std::shared_ptr<CallHandle> handle);
	~CallScope();
	CallScope(const CallScope &) = delete;
	CallScope &operator=(const CallScope &) = delete;
};

} // namespace skein
