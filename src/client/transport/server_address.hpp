//! Where a server is, taken from a URI. Plain values; any thread may use its own.
#pragma once

#include <cstdint>
#include <string>

#include <arrow/result.h>

struct sockaddr;

namespace skein {

enum class TransportKind { PLAINTEXT, TLS, UNIX_SOCKET };

struct ServerAddress {
	TransportKind kind = TransportKind::PLAINTEXT;
	//! A name or a numeric address, without the brackets of IPv6; empty for UNIX_SOCKET.
	std::string host;
	int port = 0;
	//! UNIX_SOCKET only.
	std::string path;

	//! "host:port", "[::1]:port" or the path: how messages name the server.
	std::string Name() const;
	//! The URI Arrow Flight connects to, with `numeric_host` (if any) in the host's place.
	std::string FlightUri(const std::string &numeric_host = {}) const;
};

//! Understands grpc://host[:port], grpc+tcp://host[:port], grpc+tls://host[:port] and grpc+unix:///path. Anything else
//! is refused with a message that names these forms.
arrow::Result<ServerAddress> ParseServerAddress(const std::string &uri);

//! True for 127.0.0.0/8, ::1 and the IPv4 ones mapped into IPv6.
bool IsLoopback(const sockaddr &address);

} // namespace skein
