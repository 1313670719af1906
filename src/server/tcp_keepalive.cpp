#include "server/tcp_keepalive.hpp"

#include <cstdlib>
#include <filesystem>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "protocol/limits.hpp"

namespace skein {

static bool ListensOn(int descriptor, int port) {
	int listens = 0;
	socklen_t size = sizeof(listens);
	if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) {
		return false;
	}
	sockaddr_storage address {};
	size = sizeof(address);
	if (getsockname(descriptor, reinterpret_cast<sockaddr *>(&address), &size) != 0) {
		return false;
	}
	switch (address.ss_family) {
	case AF_INET:
		return ntohs(reinterpret_cast<sockaddr_in &>(address).sin_port) == port;
	case AF_INET6:
		return ntohs(reinterpret_cast<sockaddr_in6 &>(address).sin6_port) == port;
	default:
		return false;
	}
}

static void SetOption(int descriptor, int level, int option, uint64_t value) {
	auto number = static_cast<int>(value);
	// Where it fails the connection works all the same.
	(void)setsockopt(descriptor, level, option, &number, sizeof(number));
}

int EnableKeepalive(int port) {
	int found = 0;
	std::error_code ignored;
	for (auto &entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
		auto descriptor = std::atoi(entry.path().filename().c_str());
		if (!ListensOn(descriptor, port)) {
			continue;
		}
		found++;
		SetOption(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
		SetOption(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, limits::keepalive_idle_seconds);
		SetOption(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, limits::keepalive_interval_seconds);
		SetOption(descriptor, IPPROTO_TCP, TCP_KEEPCNT, limits::keepalive_probes_count);
	}
	return found;
}

} // namespace skein
