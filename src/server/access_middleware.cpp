#include "server/access_middleware.hpp"

#include <chrono>

#include <arrow/flight/server.h>

#include "protocol/errors.hpp"
#include "server/peer_address.hpp"
#include "server/server_log.hpp"

namespace skein {

AccessMiddlewareFactory::AccessMiddlewareFactory(const AccessControl &access) : access(access) {
}

arrow::Status AccessMiddlewareFactory::StartCall(const arrow::flight::CallInfo &,
                                                 const arrow::flight::ServerCallContext &context,
                                                 std::shared_ptr<arrow::flight::ServerMiddleware> *middleware) {
	auto admission = access.Admit(context.peer(), context.incoming_headers());
	if (!admission.refusal) {
		*middleware = std::make_shared<AdmittedCall>(access, admission.token_number);
		return arrow::Status::OK();
	}
	LogRefusal(context.peer());
	return MakeFlightStatus(ErrorCategory::NOT_AUTHENTICATED, *admission.refusal);
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
	     {"mode", AccessModeName(access.Mode())},
	     {"unlogged", unlogged_count.exchange(0)}});
}

} // namespace skein
