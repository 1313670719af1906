//! A non-blocking stream socket whose waits can be interrupted and are limited.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <sys/socket.h>

#include "client/transport/call_patience.hpp"

namespace skein {

struct SocketAddress {
	sockaddr_storage storage {};
	socklen_t length = 0;

	static SocketAddress From(const sockaddr &address, socklen_t length);
	//! False where the path is too long.
	static bool FromPath(const std::string &path, SocketAddress &result);
	//! False where `host` is no numeric address.
	static bool FromNumeric(const std::string &host, int port, SocketAddress &result);

	const sockaddr &Get() const;
	//! "127.0.0.1", "::1", "fe80::1%eth0"; empty for a unix socket.
	std::string NumericHost() const;
};

enum class ProbeOutcome { DONE, FAILED, INTERRUPTED, EXPIRED };

//! Owns its descriptor. Belongs to one thread.
class ProbeSocket {
public:
	ProbeSocket() = default;
	~ProbeSocket();
	ProbeSocket(const ProbeSocket &) = delete;
	ProbeSocket &operator=(const ProbeSocket &) = delete;

	//! Waits as long as `patience` allows, and no longer than `milliseconds_max` where that is given.
	ProbeOutcome Connect(const SocketAddress &address, const CallPatience &patience,
	                     std::optional<uint64_t> milliseconds_max);
	//! The errno of a FAILED Connect.
	int Error() const;
	//! Hands a few bytes to the kernel.
	bool Send(const void *data, size_t size);
	//! Waits for exactly `size` bytes; false where they do not come. Fewer are enough when the peer hangs up after the
	//! first two.
	bool Receive(unsigned char *data, size_t size, const CallPatience &patience, uint64_t milliseconds_max);

private:
	ProbeOutcome WaitFor(short events, const CallPatience &patience, std::optional<uint64_t> milliseconds_max);

	int descriptor = -1;
	int error = 0;
};

} // namespace skein
