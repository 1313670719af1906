//! Asks the access policy before any call reaches the service, Handshake and ListActions included.
#pragma once

#include <atomic>
#include <cstdint>

#include <arrow/flight/server_middleware.h>

#include "server/access_control.hpp"

namespace skein {

class AccessMiddlewareFactory : public arrow::flight::ServerMiddlewareFactory {
public:
	//! `access` must outlive the server.
	explicit AccessMiddlewareFactory(const AccessControl &access);

	//! A refused call ends UNAUTHENTICATED with a DistributedError of NOT_AUTHENTICATED, and is logged.
	arrow::Status StartCall(const arrow::flight::CallInfo &info, const arrow::flight::ServerCallContext &context,
	                        std::shared_ptr<arrow::flight::ServerMiddleware> *middleware) override;

private:
	void LogRefusal(const std::string &peer);

	const AccessControl &access;
	//! Refusals are logged once a second at most: a stranger must not be able to fill the disk.
	std::atomic<int64_t> logged_second {0};
	std::atomic<uint64_t> unlogged_count {0};
};

} // namespace skein
