//! What the server tells its operator. The service knows this interface, not the logging library behind it.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/distributed_protocol.hpp"

namespace skein {

//! One call, as it ended. Holds no data and no secrets: neither SQL text nor session ids.
struct RequestRecord {
	RequestType type = RequestType::UNSPECIFIED;
	//! "DoAction", "DoGet", "DoPut", "GetSchema", "GetFlightInfo".
	const char *method = "";
	std::string peer;
	//! Counts sessions since the server's start; 0: the call had none of its own.
	uint64_t session_number = 0;
	//! Both empty where the call succeeded. UNSPECIFIED with a type: the transport or the client ended it.
	ErrorCategory category = ErrorCategory::UNSPECIFIED;
	std::string exception_type;
	uint64_t rows_sent = 0;
	uint64_t rows_received = 0;
	uint64_t bytes_sent = 0;
	uint64_t bytes_received = 0;
	uint64_t microseconds = 0;
};

//! Called from any thread, also from several at once. Must not throw and must not call back into the server.
class ServerEvents {
public:
	virtual ~ServerEvents() = default;

	virtual void OnRequest(const RequestRecord &record) = 0;
	virtual void OnSessionOpened(uint64_t session_number, const std::string &peer) = 0;
	//! `reason`: "closed", "lapsed", "shutdown".
	virtual void OnSessionEnded(uint64_t session_number, const char *reason) = 0;
	//! The engine failed for good: every later request will fail until the server is started anew.
	virtual void OnEngineFailed(const std::string &message) = 0;
};

} // namespace skein
