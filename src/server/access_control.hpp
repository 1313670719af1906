//! Who may call now: the access policy, whose token may be replaced while the server runs.
//!
//! A call is tied to the token it was let in with. One that Flight let in before the replacement, but that began its
//! work after it or has not ended it yet, is thereby known. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <arrow/flight/server_middleware.h>

#include "server/access_policy.hpp"

namespace skein {

//! How a call came in.
struct Admission {
	//! Why it is not served; nothing where it is.
	std::optional<std::string> refusal;
	//! Counts the tokens the server has had.
	uint64_t token_number = 0;
};

class AccessControl {
public:
	explicit AccessControl(AccessPolicy policy);

	AccessMode Mode() const;
	Admission Admit(std::string_view peer, const arrow::flight::CallHeaders &headers) const;
	//! From now on only `token` is served. False where it is the one that was: then nothing changes.
	bool ReplaceToken(const AccessToken &token);
	//! True once the token of that number was replaced.
	bool IsReplaced(uint64_t token_number) const;

private:
	mutable std::mutex lock;
	//! Guarded by lock.
	std::unique_ptr<const AccessPolicy> policy;
	std::atomic<uint64_t> current_number {0};
};

//! The middleware's name under which a call finds its AdmittedCall.
constexpr const char *ACCESS_MIDDLEWARE = "access";

//! What the middleware keeps for a call that was let in. Lives as long as the call; the control must outlive it.
class AdmittedCall : public arrow::flight::ServerMiddleware {
public:
	AdmittedCall(const AccessControl &control, uint64_t token_number);

	bool TokenReplaced() const;

	void SendingHeaders(arrow::flight::AddCallHeaders *outgoing_headers) override;
	void CallCompleted(const arrow::Status &status) override;
	std::string name() const override;

private:
	const AccessControl &control;
	const uint64_t token_number;
};

} // namespace skein
