#include "server/listen_check.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/server_options.hpp"
#include "server/startup_error.hpp"

namespace skein {

namespace {

constexpr std::string_view UNIX_SCHEME = "grpc+unix://";

struct AddressInfoDeleter {
	void operator()(addrinfo *info) const {
		freeaddrinfo(info);
	}
};

class ProbeSocket {
public:
	explicit ProbeSocket(int family) : descriptor(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
	}
	~ProbeSocket() {
		if (descriptor >= 0) {
			close(descriptor);
		}
	}
	ProbeSocket(const ProbeSocket &) = delete;
	ProbeSocket &operator=(const ProbeSocket &) = delete;

	const int descriptor;
};

//! The path of grpc+unix:///path; nothing for other hosts.
std::optional<std::string> UnixPath(const std::string &host) {
	if (host.rfind(UNIX_SCHEME, 0) != 0) {
		return std::nullopt;
	}
	return host.substr(UNIX_SCHEME.size());
}

//! "[::1]" and "::1" are the same host.
std::string BareHost(const std::string &host) {
	if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
		return host.substr(1, host.size() - 2);
	}
	return host;
}

std::string HostInURI(const std::string &host) {
	auto bare = BareHost(host);
	return bare.find(':') == std::string::npos ? bare : "[" + bare + "]";
}

[[noreturn]] void FailBind(const ServerOptions &options, int error) {
	auto port = std::to_string(options.port);
	switch (error) {
	case EADDRINUSE:
		throw StartupError("port " + port + " of " + options.host +
		                   " is in use by another program; stop it, or give another port (0 takes a free one)");
	case EADDRNOTAVAIL:
		throw StartupError("'" + options.host +
		                   "' is not an address of this machine; give one that is, or 0.0.0.0 for all of them");
	case EACCES:
		throw StartupError("port " + port + " is reserved for the system administrator; give a port above 1023");
	default:
		throw StartupError("cannot listen on " + options.host + " port " + port + ": " + strerror(error));
	}
}

//! 0 or the error number of binding the address. A family the machine does not have counts as EAFNOSUPPORT.
int ProbeBind(const addrinfo &address) {
	ProbeSocket probe(address.ai_family);
	if (probe.descriptor < 0) {
		return errno;
	}
	// As gRPC will bind: a port whose last connections still linger is free.
	int yes = 1;
	setsockopt(probe.descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(probe.descriptor, address.ai_addr, address.ai_addrlen) != 0 || listen(probe.descriptor, 1) != 0) {
		return errno;
	}
	return 0;
}

void CheckNetworkAddress(const ServerOptions &options) {
	addrinfo hints = {};
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
	addrinfo *found = nullptr;
	auto failure = getaddrinfo(BareHost(options.host).c_str(), std::to_string(options.port).c_str(), &hints, &found);
	if (failure != 0) {
		throw StartupError("the host '" + options.host + "' does not resolve to an address (" + gai_strerror(failure) +
		                   "); give an address or a name of this machine");
	}
	std::unique_ptr<addrinfo, AddressInfoDeleter> addresses(found);
	int unusable = 0;
	bool usable = false;
	for (auto address = addresses.get(); address; address = address->ai_next) {
		auto error = ProbeBind(*address);
		if (error == 0) {
			usable = true;
		} else if (error != EAFNOSUPPORT && error != EADDRNOTAVAIL) {
			// gRPC would be content with the host's other addresses and leave this one to a stranger.
			FailBind(options, error);
		} else {
			unusable = error;
		}
	}
	if (!usable) {
		FailBind(options, unusable);
	}
}

void CheckUnixPath(const std::string &path) {
	sockaddr_un address = {};
	address.sun_family = AF_UNIX;
	if (path.empty() || path.front() != '/' || path.size() >= sizeof(address.sun_path)) {
		throw StartupError("the socket path '" + path + "' must start with / and be shorter than " +
		                   std::to_string(sizeof(address.sun_path)) + " bytes: grpc+unix:///path");
	}
	memcpy(address.sun_path, path.data(), path.size());
	struct stat status;
	if (lstat(path.c_str(), &status) == 0) {
		if (!S_ISSOCK(status.st_mode)) {
			throw StartupError("'" + path + "' exists and is not a socket; give another path, or remove it");
		}
		// gRPC takes a socket file over without asking who is behind it.
		ProbeSocket probe(AF_UNIX);
		if (connect(probe.descriptor, reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0) {
			throw StartupError("another program listens on '" + path + "'; stop it, or give another path");
		}
		return;
	}
	auto folder = path.substr(0, path.rfind('/') + 1);
	if (access(folder.c_str(), W_OK | X_OK) != 0) {
		throw StartupError("cannot make the socket '" + path + "' in its folder: " + strerror(errno));
	}
}

} // namespace

arrow::flight::Location CheckListenAddress(const ServerOptions &options) {
	auto path = UnixPath(options.host);
	auto tls = !options.tls_cert.empty();
	arrow::Result<arrow::flight::Location> location;
	if (path) {
		if (tls) {
			throw StartupError("a unix socket needs no --tls-cert and --tls-key: nothing leaves the machine");
		}
		CheckUnixPath(*path);
		location = arrow::flight::Location::ForGrpcUnix(*path);
	} else {
		CheckNetworkAddress(options);
		auto host = HostInURI(options.host);
		location = tls ? arrow::flight::Location::ForGrpcTls(host, options.port)
		               : arrow::flight::Location::ForGrpcTcp(host, options.port);
	}
	if (!location.ok()) {
		throw StartupError("'" + options.host + "' is not a host to listen on: " + location.status().message());
	}
	return location.MoveValueUnsafe();
}

std::string ListenURI(const ServerOptions &options, int actual_port) {
	if (UnixPath(options.host)) {
		return options.host;
	}
	auto scheme = options.tls_cert.empty() ? "grpc://" : "grpc+tls://";
	return scheme + HostInURI(options.host) + ":" + std::to_string(actual_port);
}

} // namespace skein
