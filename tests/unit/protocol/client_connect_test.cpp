//! Connecting: every way to fail has its own message.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/client_counters.hpp"
#include "client/distributed_flight_client.hpp"
#include "protocol/errors.hpp"
#include "protocol/flight_peer.hpp"

namespace skein {

namespace {

//! A TCP listener that accepts nothing by itself.
class Listener {
public:
	Listener() {
		descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		sockaddr_in address {};
		address.sin_family = AF_INET;
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		socklen_t length = sizeof(address);
		EXPECT_EQ(bind(descriptor, reinterpret_cast<sockaddr *>(&address), length), 0);
		EXPECT_EQ(getsockname(descriptor, reinterpret_cast<sockaddr *>(&address), &length), 0);
		port = ntohs(address.sin_port);
	}
	~Listener() {
		close(descriptor);
	}
	void Listen() {
		ASSERT_EQ(listen(descriptor, 16), 0);
	}
	int descriptor;
	int port;
};

DistributedError ConnectError(const std::string &uri, ClientOptions options = {}) {
	DistributedFlightClient client(uri, std::move(options));
	auto status = client.Connect();
	EXPECT_FALSE(status.ok()) << uri;
	auto error = ErrorFromFlightStatus(status);
	EXPECT_TRUE(error.has_value()) << status.ToString();
	return error.value_or(DistributedError());
}

void ExpectContains(const std::string &text, const std::string &part) {
	EXPECT_NE(text.find(part), std::string::npos) << text;
}

std::string LocalUri(int port) {
	return "grpc://127.0.0.1:" + std::to_string(port);
}

} // namespace

TEST(Connect, SaysHelloUncounted) {
	FlightPeer peer;
	uint32_t version = 0;
	peer.on_hello = [&, hello = peer.on_hello](const flight::ServerCallContext &context,
	                                           const DistributedRequest &request) {
		version = request.protocol_version;
		return hello(context, request);
	};
	peer.Start();
	ClientOptions options;
	options.counters = std::make_shared<ClientCounters>();
	DistributedFlightClient client(peer.Uri(), options);
	ASSERT_TRUE(client.Connect().ok());
	ASSERT_TRUE(client.Connect().ok());
	EXPECT_EQ(version, PROTOCOL_VERSION);
	EXPECT_EQ(options.counters->round_trips, 0u);
	EXPECT_EQ(options.counters->statements, 0u);
	EXPECT_TRUE(client.IsHealthy());
}

TEST(Connect, UnixSocket) {
	auto path = std::filesystem::temp_directory_path() / ("skein_test_" + std::to_string(getpid()) + ".sock");
	auto uri = "grpc+unix://" + path.string();
	auto error = ConnectError(uri);
	EXPECT_EQ(error.category, ErrorCategory::SERVER_UNAVAILABLE);
	ExpectContains(error.message, path.string());
	{
		FlightPeer peer;
		peer.Start(uri);
		ClientOptions options;
		options.token = "secret";
		DistributedFlightClient client(uri, options);
		auto status = client.Connect();
		EXPECT_TRUE(status.ok()) << status.ToString();
	}
	std::filesystem::remove(path);
}

TEST(Connect, Refused) {
	Listener not_listening;
	auto error = ConnectError(LocalUri(not_listening.port));
	EXPECT_EQ(error.category, ErrorCategory::SERVER_UNAVAILABLE);
	ExpectContains(error.message, "127.0.0.1:" + std::to_string(not_listening.port) + " refused");
}

TEST(Connect, DoesNotResolve) {
	ClientOptions options;
	options.connect_ms_max = 60000;
	auto error = ConnectError("grpc://no-such-host.invalid:1", options);
	EXPECT_EQ(error.category, ErrorCategory::SERVER_UNAVAILABLE);
	ExpectContains(error.message, "\"no-such-host.invalid\" does not resolve");
}

TEST(Connect, AcceptsButStaysSilent) {
	Listener silent;
	silent.Listen();
	ClientOptions options;
	options.connect_ms_max = 300;
	auto error = ConnectError(LocalUri(silent.port), options);
	EXPECT_EQ(error.category, ErrorCategory::SERVER_UNAVAILABLE);
	ExpectContains(error.message, "did not answer within 300 ms");
}

TEST(Connect, AcceptsAndHangsUp) {
	Listener rude;
	rude.Listen();
	std::atomic<bool> stop {false};
	std::thread thread([&]() {
		while (!stop) {
			auto peer = accept(rude.descriptor, nullptr, nullptr);
			if (peer >= 0) {
				close(peer);
			}
		}
	});
	auto error = ConnectError(LocalUri(rude.port));
	EXPECT_EQ(error.category, ErrorCategory::SERVER_UNAVAILABLE);
	ExpectContains(error.message, "does not speak Arrow Flight");
	stop = true;
	shutdown(rude.descriptor, SHUT_RDWR);
	thread.join();
}

TEST(Connect, IsInterrupted) {
	Listener silent;
	silent.Listen();
	ClientOptions options;
	options.connect_ms_max = 60000;
	std::atomic<int> questions {0};
	options.is_interrupted = [&]() {
		return ++questions > 5;
	};
	auto started = std::chrono::steady_clock::now();
	auto error = ConnectError(LocalUri(silent.port), options);
	EXPECT_EQ(error.category, ErrorCategory::CANCELLED);
	EXPECT_EQ(error.exception_type, "INTERRUPT");
	EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(50))
	    << "the limit ended it, not the user";
}

TEST(Connect, NoSkeinServer) {
	FlightPeer peer;
	peer.on_hello = [](const flight::ServerCallContext &,
	                   const DistributedRequest &) -> arrow::Result<DistributedResponse> {
		return arrow::Status::NotImplemented("NYI");
	};
	peer.Start();
	auto error = ConnectError(peer.Uri());
	EXPECT_EQ(error.category, ErrorCategory::SERVER_UNAVAILABLE);
	ExpectContains(error.message, "no Skein server");
	FlightPeer other;
	other.on_hello = [](const flight::ServerCallContext &, const DistributedRequest &) {
		return DistributedResponse();
	};
	other.Start();
	ExpectContains(ConnectError(other.Uri()).message, "no Skein server");
}

TEST(Connect, VersionIsRefused) {
	FlightPeer peer;
	peer.on_hello = [](const flight::ServerCallContext &,
	                   const DistributedRequest &) -> arrow::Result<DistributedResponse> {
		return MakeFlightStatus(ErrorCategory::UNSUPPORTED_VERSION, "version 1 is not served, 2 is");
	};
	peer.Start();
	auto error = ConnectError(peer.Uri());
	EXPECT_EQ(error.category, ErrorCategory::UNSUPPORTED_VERSION);
	EXPECT_EQ(error.message, "version 1 is not served, 2 is");
}

TEST(Connect, TokenIsRefused) {
	FlightPeer peer;
	peer.on_hello = [](const flight::ServerCallContext &context,
	                   const DistributedRequest &) -> arrow::Result<DistributedResponse> {
		auto headers = context.incoming_headers();
		auto header = headers.find(AUTHORIZATION_HEADER);
		EXPECT_NE(header, headers.end());
		EXPECT_EQ(header->second, "Bearer secret");
		return flight::MakeFlightError(flight::FlightStatusCode::Unauthenticated, "no");
	};
	peer.Start();
	ClientOptions options;
	options.token = "secret";
	auto error = ConnectError(peer.Uri(), options);
	EXPECT_EQ(error.category, ErrorCategory::NOT_AUTHENTICATED);
	EXPECT_EQ(error.exception_type, "Permission");
	EXPECT_EQ(error.message.find("secret"), std::string::npos) << "the token is in the message";
}

//! 192.0.2.1 is reserved for documentation: if the refusal came after the first byte, this would be a timeout instead.
TEST(Connect, TokenStaysHomeInPlaintext) {
	ClientOptions options;
	options.token = "secret";
	auto error = ConnectError("grpc://192.0.2.1:8815", options);
	EXPECT_EQ(error.category, ErrorCategory::NOT_PERMITTED);
	ExpectContains(error.message, "grpc+tls://");
	EXPECT_EQ(error.message.find("secret"), std::string::npos) << "the token is in the message";
}

TEST(Connect, TokenMustFitAHeader) {
	for (std::string token : {"two words", "line\nbreak", "\xC3\xBC"}) {
		ClientOptions options;
		options.token = token;
		EXPECT_EQ(ConnectError("grpc://127.0.0.1:1", options).category, ErrorCategory::INVALID_REQUEST);
	}
}

TEST(Connect, CallsBeforeItAreRefused) {
	DistributedFlightClient client("grpc://127.0.0.1:1");
	DistributedResponse response;
	EXPECT_FALSE(client.ExecuteSQL("SELECT 1", response).ok());
	ASSERT_TRUE(response.error.has_value());
	EXPECT_EQ(response.error->category, ErrorCategory::INVALID_REQUEST);
	EXPECT_FALSE(response.success);
}

TEST(Connect, SecondCopyOfAClientToTheSameServer) {
	FlightPeer peer;
	peer.Start();
	for (int i = 0; i < 3; i++) {
		DistributedFlightClient client(peer.Uri());
		EXPECT_TRUE(client.Connect().ok());
	}
}

} // namespace skein
