//! The one bearer token a server may be protected by.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skein {

struct ServerOptions;

//! Knows the token's digest, not the token. Immutable: any thread may ask.
class AccessToken {
public:
	//! Throws StartupError for a token that is empty, longer than 4096 bytes or holds anything but visible ASCII.
	//! `source` names where it came from.
	AccessToken(std::string_view token, const std::string &source);

	//! The token of --token-file, or of SKEIN_TOKEN, which is then wiped from the environment; nothing where neither is
	//! given. Throws StartupError for both at once and for a file that will not do (access_token.cpp,
	//! startup_file.hpp).
	static std::optional<AccessToken> Load(const ServerOptions &options);

	//! The token of the file `path`. Throws StartupError for a file that will not do.
	static AccessToken FromFile(const std::string &path);

	bool Equals(const AccessToken &other) const;
	//! Takes the same time wherever the two differ.
	bool Matches(std::string_view presented) const;

private:
	std::array<uint8_t, 32> digest;
};

} // namespace skein
