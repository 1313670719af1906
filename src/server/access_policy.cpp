#include "server/access_policy.hpp"

#include <strings.h>

#include "protocol/version.hpp"
#include "server/peer_address.hpp"

namespace skein {

const char *AccessModeName(AccessMode mode) {
	switch (mode) {
	case AccessMode::TOKEN:
		return "token";
	case AccessMode::OPEN:
		return "open";
	case AccessMode::PROTECTED:
		break;
	}
	return "protected";
}

AccessPolicy::AccessPolicy(std::optional<AccessToken> token_p, bool allow_remote)
    : token(std::move(token_p)), allow_remote(allow_remote) {
}

AccessMode AccessPolicy::Mode() const {
	if (token) {
		return AccessMode::TOKEN;
	}
	return allow_remote ? AccessMode::OPEN : AccessMode::PROTECTED;
}

bool AccessPolicy::HasToken(const AccessToken &other) const {
	return token && token->Equals(other);
}

AccessPolicy AccessPolicy::WithToken(const AccessToken &other) const {
	return AccessPolicy(other, allow_remote);
}

std::optional<std::string> AccessPolicy::Refusal(std::string_view peer,
                                                 const arrow::flight::CallHeaders &headers) const {
	switch (Mode()) {
	case AccessMode::TOKEN:
		return TokenRefusal(headers);
	case AccessMode::OPEN:
		return std::nullopt;
	case AccessMode::PROTECTED:
		break;
	}
	if (IsLoopbackPeer(peer)) {
		return std::nullopt;
	}
	return "this server is in protected mode: it serves only clients on its own machine, and this call came from " +
	       PercentDecode(peer) +
	       ". To serve others, start it with --token-file (best with --tls-cert and --tls-key), or "
	       "with --allow-remote-without-authentication";
}

std::optional<std::string> AccessPolicy::TokenRefusal(const arrow::flight::CallHeaders &headers) const {
	auto range = headers.equal_range(AUTHORIZATION_HEADER);
	if (range.first == range.second) {
		return "this server asks for a token and the call carried none: send the header 'authorization: Bearer "
		       "<token>' "
		       "(in DuckDB: token := '...')";
	}
	if (std::next(range.first) != range.second) {
		return "the call carried several authorization headers: send one, 'authorization: Bearer <token>'";
	}
	constexpr std::string_view scheme = "Bearer ";
	auto value = range.first->second;
	if (value.size() < scheme.size() || strncasecmp(value.data(), scheme.data(), scheme.size()) != 0) {
		return "this server asks for a token: the authorization header must read 'Bearer <token>'";
	}
	if (!token->Matches(value.substr(scheme.size()))) {
		return "the token of this call is not the server's: check it for typing errors, or ask who runs the server "
		       "whether there is a new one";
	}
	return std::nullopt;
}

} // namespace skein
