#include "server/access_middleware.hpp"

#include <chrono>

#include <arrow/flight/server.h>

#include "protocol/errors.hpp"
#include "server/peer_address.hpp"
#include "server/server_log.hpp"

namespace skein {

AccessMiddlewareFactory::AccessMiddlewareFactory(AccessPolicy policy_p) : policy(std::move(policy_p)) {
}

arrow::Status AccessMiddlewareFactory::StartCall(const arrow::flight::CallInfo &,
                                                 const arrow::flight::ServerCallContext &context,
                                                 std::shared_ptr<arrow::flight::ServerMiddleware> *) {
	auto refusal = policy.Refusal(context.peer(), context.incoming_headers());
	if (!refusal) {
		return arrow::Status::OK();
	}
	LogRefusal(context.peer());
	return MakeFlightStatus(ErrorCategory::NOT_AUTHENTICATED, *refusal);
}

void AccessMiddlewareFactory::LogRefusal(const std::string &peer) {
	auto now = std::chrono::steady_clock::now().time_since_epoch();
	auto second = static_cast<int64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
	if (logged_second.exchange(second) == second) {
		unlogged_count++;
		return;
	}
	Log(LogLevel::WARNING, "call refused",
	    {{"peer", PercentDecode(peer)},
	     {"mode", AccessModeName(policy.Mode())},
	     {"unlogged", unlogged_count.exchange(0)}});
}

} // namespace skein
