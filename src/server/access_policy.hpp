//! Who may call the server at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <arrow/flight/middleware.h>

#include "server/access_token.hpp"

namespace skein {

enum class AccessMode {
	//! Peers on this machine only.
	PROTECTED,
	//! Whoever has the token.
	TOKEN,
	//! Everyone who can reach the port.
	OPEN
};

//! "protected", "token", "open".
const char *AccessModeName(AccessMode mode);

//! Immutable: any thread may ask.
class AccessPolicy {
public:
	//! A token wins over `allow_remote`: it is asked of everyone, on this machine too.
	AccessPolicy(std::optional<AccessToken> token, bool allow_remote);

	AccessMode Mode() const;
	bool HasToken(const AccessToken &other) const;
	//! The same policy with another token.
	AccessPolicy WithToken(const AccessToken &other) const;
	//! Nothing where a call from `peer` with these headers is served; else why not and what to do, for the caller to
	//! read.
	std::optional<std::string> Refusal(std::string_view peer, const arrow::flight::CallHeaders &headers) const;

private:
	std::optional<std::string> TokenRefusal(const arrow::flight::CallHeaders &headers) const;

	const std::optional<AccessToken> token;
	const bool allow_remote;
};

} // namespace skein
