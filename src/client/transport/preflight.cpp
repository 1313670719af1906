#include "client/transport/preflight.hpp"

#include <cerrno>
#include <cstring>
#include <vector>

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "client/transport/probe_socket.hpp"
#include "protocol/errors.hpp"

namespace skein {

using arrow::Status;

struct Preflight::Addresses {
	std::vector<SocketAddress> list;
	//! What getaddrinfo returned.
	int error = 0;
	int system_error = 0;
};

namespace {

Status Fail(ErrorCategory category, const std::string &message) {
	return MakeFlightStatus(category, message);
}

Status Unreachable(const std::string &message) {
	return Fail(ErrorCategory::SERVER_UNAVAILABLE, message);
}

Status Interrupted(const ServerAddress &address) {
	return Fail(ErrorCategory::CANCELLED, "Interrupted while connecting to " + address.Name());
}

Status NoAnswer(const ServerAddress &address, const CallPatience &patience, const char *what) {
	return Unreachable("Connecting to " + address.Name() + " took longer than " +
	                   std::to_string(patience.MillisecondsMax()) + " ms: " + what +
	                   ". Check host and port, and that no firewall is in between");
}

} // namespace

Preflight::Preflight(ServerAddress address_p, BackgroundThread &resolver_p)
    : address(std::move(address_p)), resolver(resolver_p), addresses(std::make_shared<Addresses>()) {
}

Preflight::~Preflight() = default;

static void FindAddresses(const ServerAddress &address, std::vector<SocketAddress> &list, int &error,
                          int &system_error) {
	addrinfo hints {};
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICSERV;
	addrinfo *found = nullptr;
	error = getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
	system_error = errno;
	for (auto entry = found; entry; entry = entry->ai_next) {
		list.push_back(SocketAddress::From(*entry->ai_addr, entry->ai_addrlen));
	}
	if (found) {
		freeaddrinfo(found);
	}
}

Status Preflight::Resolve(const CallPatience &patience) {
	if (address.kind == TransportKind::UNIX_SOCKET) {
		SocketAddress unix_address;
		if (!SocketAddress::FromPath(address.path, unix_address)) {
			return Fail(ErrorCategory::INVALID_REQUEST, "The path " + address.path + " is too long for a unix socket");
		}
		addresses->list.push_back(unix_address);
		return Status::OK();
	}
	auto found = addresses;
	auto task = resolver.Start(
	    [found, target = address]() { FindAddresses(target, found->list, found->error, found->system_error); });
	while (!task->WaitFor(patience.PollMilliseconds())) {
		auto state = patience.Check();
		if (state == PatienceState::WAITING) {
			continue;
		}
		// The task may still write into the list it shares: leave that one to it.
		addresses = std::make_shared<Addresses>();
		return state == PatienceState::INTERRUPTED ? Interrupted(address)
		                                           : NoAnswer(address, patience, "the name service does not answer");
	}
	if (addresses->error != 0 || addresses->list.empty()) {
		std::string reason =
		    addresses->error == EAI_SYSTEM ? std::strerror(addresses->system_error) : gai_strerror(addresses->error);
		return Unreachable("The host \"" + address.host + "\" does not resolve (" + reason + "). Check its spelling");
	}
	return Status::OK();
}

bool Preflight::IsLoopback() const {
	for (auto &entry : addresses->list) {
		if (!skein::IsLoopback(entry.Get())) {
			return false;
		}
	}
	return !addresses->list.empty();
}

static Status DescribeConnectError(const ServerAddress &address, int error) {
	auto name = address.Name();
	switch (error) {
	case ECONNREFUSED:
		return Unreachable("Connection to " + name +
		                   " refused: no server listens there. Start distributed_server, or "
		                   "check host and port");
	case ENOENT:
		return Unreachable("There is no unix socket at " + name + ". Start distributed_server, or check the path");
	case EACCES:
	case EPERM:
		return Fail(ErrorCategory::NOT_PERMITTED,
		            "This process may not connect to " + name + " (" + std::strerror(error) + ")");
	default:
		return Unreachable("Cannot connect to " + name + " (" + std::strerror(error) +
		                   "). Check host and port, and the network");
	}
}

arrow::Result<std::string> Preflight::Connect(const CallPatience &patience) {
	int last_error = 0;
	for (size_t i = 0; i < addresses->list.size(); i++) {
		auto &candidate = addresses->list[i];
		// A silent address must leave time for the ones after it.
		auto share = patience.MillisecondsLeft();
		if (share) {
			*share /= addresses->list.size() - i;
		}
		ProbeSocket socket;
		switch (socket.Connect(candidate, patience, share)) {
		case ProbeOutcome::DONE:
			return candidate.NumericHost();
		case ProbeOutcome::INTERRUPTED:
			return Interrupted(address);
		case ProbeOutcome::EXPIRED:
			last_error = ETIMEDOUT;
			break;
		case ProbeOutcome::FAILED:
			last_error = socket.Error();
			break;
		}
	}
	if (last_error == ETIMEDOUT) {
		return NoAnswer(address, patience, "nobody answers there");
	}
	return DescribeConnectError(address, last_error);
}

//! A TLS 1.2 ClientHello with what gRPC servers ask for: elliptic curves, AES-GCM, and HTTP/2 as the protocol on top.
static std::string MakeTlsClientHello() {
	auto with_length = [](size_t length_bytes, const std::string &content) {
		std::string result;
		for (auto i = length_bytes; i > 0; i--) {
			result += static_cast<char>((content.size() >> (8 * (i - 1))) & 0xff);
		}
		return result + content;
	};
	auto extension = [&](char type, const std::string &content) {
		return std::string(1, '\0') + type + with_length(2, content);
	};
	const std::string ciphers("\xC0\x2B\xC0\x2F\xC0\x2C\xC0\x30", 8);
	const std::string groups("\x00\x1D\x00\x17\x00\x18", 6);
	const std::string signatures("\x04\x03\x05\x03\x08\x04\x04\x01\x05\x01", 10);
	auto extensions = extension(0x0A, with_length(2, groups)) + extension(0x0B, with_length(1, std::string(1, '\0'))) +
	                  extension(0x0D, with_length(2, signatures)) +
	                  extension(0x10, with_length(2, with_length(1, "h2")));
	auto body = std::string("\x03\x03") + std::string(32, 's') + with_length(1, "") + with_length(2, ciphers) +
	            with_length(1, std::string(1, '\0')) + with_length(2, extensions);
	auto handshake = std::string("\x01") + with_length(3, body);
	return std::string("\x16\x03\x01") + with_length(2, handshake);
}

PeerSpeech ListenToPeer(const ServerAddress &address, const std::string &numeric_host, const CallPatience &patience) {
	// A server that speaks TLS answers a client's hello with its own or with an alert. A plaintext HTTP/2 server has
	// sent its settings by then, or hangs up.
	auto hello = MakeTlsClientHello();
	constexpr unsigned char TLS_ALERT = 0x15;
	constexpr unsigned char TLS_HANDSHAKE = 0x16;
	constexpr uint64_t answer_ms_max = 1000;
	SocketAddress target;
	if (!SocketAddress::FromNumeric(numeric_host, address.port, target)) {
		return PeerSpeech::UNKNOWN;
	}
	ProbeSocket socket;
	if (socket.Connect(target, patience, answer_ms_max) != ProbeOutcome::DONE) {
		return PeerSpeech::UNKNOWN;
	}
	unsigned char head[9] = {};
	if (!socket.Send(hello.data(), hello.size()) || !socket.Receive(head, sizeof(head), patience, answer_ms_max)) {
		return PeerSpeech::UNKNOWN;
	}
	if ((head[0] == TLS_ALERT || head[0] == TLS_HANDSHAKE) && head[1] == 0x03) {
		return PeerSpeech::TLS;
	}
	// An HTTP/2 settings frame: type 4 on stream 0.
	return head[3] == 0x04 && head[5] == 0 ? PeerSpeech::HTTP2 : PeerSpeech::UNKNOWN;
}

} // namespace skein
