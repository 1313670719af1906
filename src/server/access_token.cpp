#include "server/access_token.hpp"

#include <cstdlib>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "server/server_options.hpp"
#include "server/startup_error.hpp"
#include "server/startup_file.hpp"

namespace skein {

namespace {

constexpr const char *TOKEN_VARIABLE = "SKEIN_TOKEN";
//! gRPC carries 8 KiB of headers for all of a call.
constexpr size_t token_bytes_max = 4096;

std::array<uint8_t, 32> Digest(std::string_view text) {
	std::array<uint8_t, 32> digest;
	SHA256(reinterpret_cast<const unsigned char *>(text.data()), text.size(), digest.data());
	return digest;
}

std::optional<AccessToken> FromEnvironment() {
	auto value = std::getenv(TOKEN_VARIABLE);
	if (!value) {
		return std::nullopt;
	}
	AccessToken token(value, TOKEN_VARIABLE);
	// The environment can be read from /proc, also by SQL.
	OPENSSL_cleanse(value, std::string_view(value).size());
	unsetenv(TOKEN_VARIABLE);
	return token;
}

} // namespace

AccessToken::AccessToken(std::string_view token, const std::string &source) {
	if (token.empty()) {
		throw StartupError(source + " is empty; put the token into it");
	}
	if (token.size() > token_bytes_max) {
		throw StartupError(source + " holds more than " + std::to_string(token_bytes_max) + " bytes");
	}
	for (auto c : token) {
		if (c <= ' ' || c > '~') {
			throw StartupError(source + " must hold one token of visible ASCII characters, without spaces");
		}
	}
	digest = Digest(token);
}

AccessToken AccessToken::FromFile(const std::string &path) {
	auto content = ReadStartupFile(path, "--token-file", true);
	std::string_view token = content;
	while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) {
		token.remove_suffix(1);
	}
	return AccessToken(token, "--token-file: '" + path + "'");
}

std::optional<AccessToken> AccessToken::Load(const ServerOptions &options) {
	auto from_environment = FromEnvironment();
	if (options.token_file.empty()) {
		return from_environment;
	}
	if (from_environment) {
		throw StartupError("--token-file and SKEIN_TOKEN both give a token; give only one of them");
	}
	return FromFile(options.token_file);
}

bool AccessToken::Equals(const AccessToken &other) const {
	return digest == other.digest;
}

bool AccessToken::Matches(std::string_view presented) const {
	auto other = Digest(presented);
	return CRYPTO_memcmp(digest.data(), other.data(), digest.size()) == 0;
}

} // namespace skein
