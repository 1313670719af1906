#include "client/transport/probe_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

namespace skein {

//===--------------------------------------------------------------------===//
// Address
//===--------------------------------------------------------------------===//
SocketAddress SocketAddress::From(const sockaddr &address, socklen_t length) {
	SocketAddress result;
	result.length = std::min<socklen_t>(length, sizeof(result.storage));
	std::memcpy(&result.storage, &address, result.length);
	return result;
}

bool SocketAddress::FromPath(const std::string &path, SocketAddress &result) {
	sockaddr_un address {};
	if (path.size() >= sizeof(address.sun_path)) {
		return false;
	}
	address.sun_family = AF_UNIX;
	std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
	result = From(reinterpret_cast<const sockaddr &>(address), sizeof(address));
	return true;
}

bool SocketAddress::FromNumeric(const std::string &host, int port, SocketAddress &result) {
	addrinfo hints {};
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	addrinfo *found = nullptr;
	if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0 || !found) {
		return false;
	}
	result = From(*found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return true;
}

const sockaddr &SocketAddress::Get() const {
	return reinterpret_cast<const sockaddr &>(storage);
}

std::string SocketAddress::NumericHost() const {
	char host[NI_MAXHOST] = {};
	if (storage.ss_family == AF_UNIX ||
	    getnameinfo(&Get(), length, host, sizeof(host), nullptr, 0, NI_NUMERICHOST) != 0) {
		return std::string();
	}
	return host;
}

//===--------------------------------------------------------------------===//
// Socket
//===--------------------------------------------------------------------===//
ProbeSocket::~ProbeSocket() {
	if (descriptor >= 0) {
		close(descriptor);
	}
}

int ProbeSocket::Error() const {
	return error;
}

ProbeOutcome ProbeSocket::Connect(const SocketAddress &address, const CallPatience &patience,
                                  std::optional<uint64_t> milliseconds_max) {
	descriptor = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (descriptor < 0) {
		error = errno;
		return ProbeOutcome::FAILED;
	}
	if (connect(descriptor, &address.Get(), address.length) == 0) {
		return ProbeOutcome::DONE;
	}
	// A unix socket whose queue is full says EAGAIN: somebody listens there, which is all that is asked.
	if (errno == EAGAIN) {
		return ProbeOutcome::DONE;
	}
	if (errno != EINPROGRESS) {
		error = errno;
		return ProbeOutcome::FAILED;
	}
	auto outcome = WaitFor(POLLOUT, patience, milliseconds_max);
	if (outcome != ProbeOutcome::DONE) {
		return outcome;
	}
	socklen_t length = sizeof(error);
	if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
		error = errno;
	}
	return error == 0 ? ProbeOutcome::DONE : ProbeOutcome::FAILED;
}

bool ProbeSocket::Send(const void *data, size_t size) {
	return send(descriptor, data, size, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

bool ProbeSocket::Receive(unsigned char *data, size_t size, const CallPatience &patience, uint64_t milliseconds_max) {
	constexpr size_t telling_bytes = 2;
	size_t received = 0;
	while (received < size) {
		if (WaitFor(POLLIN, patience, milliseconds_max) != ProbeOutcome::DONE) {
			break;
		}
		auto count = recv(descriptor, data + received, size - received, 0);
		if (count <= 0) {
			break;
		}
		received += static_cast<size_t>(count);
	}
	return received >= telling_bytes;
}

ProbeOutcome ProbeSocket::WaitFor(short events, const CallPatience &patience,
                                  std::optional<uint64_t> milliseconds_max) {
	CallPatience share(nullptr, milliseconds_max ? std::max<uint64_t>(*milliseconds_max, 1) : 0);
	while (true) {
		pollfd entry {descriptor, events, 0};
		auto wait_ms = std::min(patience.PollMilliseconds(), share.PollMilliseconds());
		auto count = poll(&entry, 1, static_cast<int>(wait_ms));
		if (count > 0) {
			return ProbeOutcome::DONE;
		}
		if (count < 0 && errno != EINTR) {
			error = errno;
			return ProbeOutcome::FAILED;
		}
		auto state = patience.Check();
		if (state == PatienceState::INTERRUPTED) {
			return ProbeOutcome::INTERRUPTED;
		}
		if (state == PatienceState::EXPIRED || share.Check() == PatienceState::EXPIRED) {
			return ProbeOutcome::EXPIRED;
		}
	}
}

} // namespace skein
