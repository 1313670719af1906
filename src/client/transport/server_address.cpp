#include "client/transport/server_address.hpp"

#include <charconv>
#include <cstring>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "protocol/errors.hpp"
#include "protocol/utf8.hpp"
#include "protocol/version.hpp"

namespace skein {

namespace {

constexpr const char *ACCEPTED_FORMS =
    "grpc://host[:port], grpc+tls://host[:port] or grpc+unix:///path, with IPv6 addresses in brackets";

arrow::Status Refuse(const std::string &uri, const std::string &reason) {
	return MakeFlightStatus(ErrorCategory::INVALID_REQUEST,
	                        "\"" + uri + "\" names no server: " + reason + ". Write " + ACCEPTED_FORMS);
}

bool SplitScheme(std::string_view uri, TransportKind &kind, std::string_view &rest) {
	auto end = uri.find("://");
	if (end == std::string_view::npos) {
		return false;
	}
	auto scheme = uri.substr(0, end);
	rest = uri.substr(end + 3);
	if (scheme == "grpc" || scheme == "grpc+tcp") {
		kind = TransportKind::PLAINTEXT;
	} else if (scheme == "grpc+tls") {
		kind = TransportKind::TLS;
	} else if (scheme == "grpc+unix") {
		kind = TransportKind::UNIX_SOCKET;
	} else {
		return false;
	}
	return true;
}

//! Empty where `text` is a port.
std::string ParsePort(std::string_view text, int &port) {
	auto result = std::from_chars(text.data(), text.data() + text.size(), port);
	if (text.empty() || result.ec != std::errc() || result.ptr != text.data() + text.size() || port < 1 ||
	    port > 65535) {
		return "\"" + std::string(text) + "\" is no port, which is a number from 1 to 65535";
	}
	return std::string();
}

bool IsIPv6(const std::string &host) {
	in6_addr ignored;
	// A zone ("%eth0") is the resolver's business.
	return inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &ignored) == 1;
}

bool IsHostName(std::string_view host) {
	for (auto c : host) {
		auto is_name_character = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		                         c == '-' || c == '.' || c == '_';
		if (!is_name_character) {
			return false;
		}
	}
	return !host.empty();
}

//! Splits "[v6]:port" or "host:port"; empty where that succeeds, else the reason.
std::string ParseHostAndPort(std::string_view text, ServerAddress &address) {
	address.port = DEFAULT_PORT;
	std::string_view after_host;
	if (!text.empty() && text.front() == '[') {
		auto end = text.find(']');
		if (end == std::string_view::npos) {
			return "the bracket of the IPv6 address is not closed";
		}
		address.host = text.substr(1, end - 1);
		if (!IsIPv6(address.host)) {
			return "\"" + address.host + "\" is no IPv6 address";
		}
		after_host = text.substr(end + 1);
	} else {
		auto end = text.find(':');
		address.host = text.substr(0, end);
		after_host = end == std::string_view::npos ? std::string_view() : text.substr(end);
		if (address.host.empty()) {
			return "the host is missing";
		}
		if (!IsHostName(address.host)) {
			return "\"" + address.host + "\" is no host";
		}
	}
	if (after_host.empty()) {
		return std::string();
	}
	if (after_host.front() != ':') {
		return "\"" + std::string(after_host) + "\" follows the host";
	}
	return ParsePort(after_host.substr(1), address.port);
}

} // namespace

std::string ServerAddress::Name() const {
	if (kind == TransportKind::UNIX_SOCKET) {
		return path;
	}
	auto is_bracketed = host.find(':') != std::string::npos;
	return (is_bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string ServerAddress::FlightUri(const std::string &numeric_host) const {
	if (kind == TransportKind::UNIX_SOCKET) {
		return "grpc+unix://" + path;
	}
	auto target = *this;
	if (!numeric_host.empty()) {
		target.host = numeric_host;
	}
	return (kind == TransportKind::TLS ? "grpc+tls://" : "grpc+tcp://") + target.Name();
}

arrow::Result<ServerAddress> ParseServerAddress(const std::string &uri) {
	ServerAddress address;
	std::string_view rest;
	if (!IsText(uri)) {
		return Refuse(ToText(uri), "it is not text");
	}
	if (!SplitScheme(uri, address.kind, rest)) {
		return Refuse(uri, "it does not begin with grpc://, grpc+tls:// or grpc+unix://");
	}
	if (address.kind == TransportKind::UNIX_SOCKET) {
		if (rest.empty() || rest.front() != '/') {
			return Refuse(uri, "the path of a unix socket begins with /");
		}
		address.path = rest;
		return address;
	}
	if (rest.ends_with('/')) {
		rest.remove_suffix(1);
	}
	auto reason = ParseHostAndPort(rest, address);
	if (!reason.empty()) {
		return Refuse(uri, reason);
	}
	return address;
}

bool IsLoopback(const sockaddr &address) {
	if (address.sa_family == AF_UNIX) {
		return true;
	}
	if (address.sa_family == AF_INET) {
		auto &ipv4 = reinterpret_cast<const sockaddr_in &>(address);
		return (ntohl(ipv4.sin_addr.s_addr) >> 24) == 127;
	}
	if (address.sa_family != AF_INET6) {
		return false;
	}
	auto &ipv6 = reinterpret_cast<const sockaddr_in6 &>(address).sin6_addr;
	return IN6_IS_ADDR_LOOPBACK(&ipv6) || (IN6_IS_ADDR_V4MAPPED(&ipv6) && ipv6.s6_addr[12] == 127);
}

} // namespace skein
