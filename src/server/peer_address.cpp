#include "server/peer_address.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace skein {

namespace {

int HexDigit(char c) {
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool ConsumePrefix(std::string_view &text, std::string_view prefix) {
	if (text.substr(0, prefix.size()) != prefix) {
		return false;
	}
	text.remove_prefix(prefix.size());
	return true;
}

//! Takes ":port" off the end.
bool ConsumePort(std::string_view &text) {
	auto colon = text.rfind(':');
	if (colon == std::string_view::npos) {
		return false;
	}
	auto port = text.substr(colon + 1);
	text = text.substr(0, colon);
	return !port.empty() && port.size() <= 5 &&
	       std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsLoopbackV4(std::string_view address) {
	in_addr parsed;
	return inet_pton(AF_INET, std::string(address).c_str(), &parsed) == 1 && (ntohl(parsed.s_addr) >> 24) == 127;
}

bool IsLoopbackV6(std::string_view address) {
	in6_addr parsed;
	if (inet_pton(AF_INET6, std::string(address).c_str(), &parsed) != 1) {
		return false;
	}
	return IN6_IS_ADDR_LOOPBACK(&parsed) || (IN6_IS_ADDR_V4MAPPED(&parsed) && parsed.s6_addr[12] == 127);
}

} // namespace

std::string PercentDecode(std::string_view text) {
	std::string decoded;
	decoded.reserve(text.size());
	for (size_t i = 0; i < text.size(); i++) {
		if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0) {
			decoded += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
			i += 2;
		} else {
			decoded += text[i];
		}
	}
	return decoded;
}

bool IsLoopbackPeer(std::string_view peer) {
	if (ConsumePrefix(peer, "unix:")) {
		return true;
	}
	auto decoded = PercentDecode(peer);
	std::string_view rest = decoded;
	if (rest.find('\0') != std::string_view::npos) {
		return false;
	}
	if (ConsumePrefix(rest, "ipv4:")) {
		return ConsumePort(rest) && IsLoopbackV4(rest);
	}
	if (!ConsumePrefix(rest, "ipv6:") || !ConsumePort(rest) || !ConsumePrefix(rest, "[") || rest.empty() ||
	    rest.back() != ']') {
		return false;
	}
	rest.remove_suffix(1);
	return IsLoopbackV6(rest);
}

} // namespace skein
