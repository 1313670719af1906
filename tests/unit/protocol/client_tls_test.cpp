//! Connecting with TLS, and with TLS on one side only.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include <unistd.h>

#include "client/distributed_flight_client.hpp"
#include "protocol/errors.hpp"
#include "protocol/flight_peer.hpp"

namespace skein {

namespace {

std::string ReadFile(const std::filesystem::path &path) {
	std::ifstream file(path, std::ios::binary);
	return std::string(std::istreambuf_iterator<char>(file), {});
}

//! A self-signed certificate for `names`, made anew: no key lies in the sources.
flight::CertKeyPair MakeCertificate(const std::string &names) {
	auto folder = std::filesystem::temp_directory_path() / ("skein_tls_test_" + std::to_string(getpid()));
	std::filesystem::create_directory(folder);
	auto command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=test "
	               "-addext subjectAltName=" +
	               names + " -keyout " + (folder / "key.pem").string() + " -out " + (folder / "cert.pem").string() +
	               " 2>/dev/null";
	EXPECT_EQ(std::system(command.c_str()), 0) << command;
	flight::CertKeyPair pair {ReadFile(folder / "cert.pem"), ReadFile(folder / "key.pem")};
	std::filesystem::remove_all(folder);
	return pair;
}

std::string TlsUri(const FlightPeer &peer) {
	return "grpc+tls://127.0.0.1:" + std::to_string(peer.port());
}

DistributedError ConnectError(const std::string &uri, const std::string &roots) {
	ClientOptions options;
	options.tls_root_certificates = roots;
	DistributedFlightClient client(uri, options);
	auto status = client.Connect();
	EXPECT_FALSE(status.ok());
	return ErrorFromFlightStatus(status).value_or(DistributedError());
}

} // namespace

TEST(ConnectTls, TrustedServerGetsTheToken) {
	auto certificate = MakeCertificate("IP:127.0.0.1");
	FlightPeer peer;
	std::string token;
	peer.on_hello = [&, hello = peer.on_hello](const flight::ServerCallContext &context,
	                                           const DistributedRequest &request) {
		auto header = context.incoming_headers().find(AUTHORIZATION_HEADER);
		token = header == context.incoming_headers().end() ? "" : std::string(header->second);
		return hello(context, request);
	};
	peer.Start("grpc+tls://127.0.0.1:0", &certificate);
	ClientOptions options;
	options.tls_root_certificates = certificate.pem_cert;
	options.token = "secret";
	DistributedFlightClient client(TlsUri(peer), options);
	auto status = client.Connect();
	ASSERT_TRUE(status.ok()) << status.ToString();
	EXPECT_EQ(token, "Bearer secret");
}

TEST(ConnectTls, UntrustedAuthority) {
	auto certificate = MakeCertificate("IP:127.0.0.1");
	auto other = MakeCertificate("IP:127.0.0.1");
	FlightPeer peer;
	peer.Start("grpc+tls://127.0.0.1:0", &certificate);
	auto error = ConnectError(TlsUri(peer), other.pem_cert);
	EXPECT_EQ(error.category, ErrorCategory::NOT_PERMITTED) << error.message;
	EXPECT_NE(error.message.find("is not trusted"), std::string::npos) << error.message;
	error = ConnectError(TlsUri(peer), "");
	EXPECT_NE(error.message.find("is not trusted"), std::string::npos) << error.message;
}

TEST(ConnectTls, CertificateOfAnotherName) {
	auto certificate = MakeCertificate("DNS:other.invalid");
	FlightPeer peer;
	peer.Start("grpc+tls://127.0.0.1:0", &certificate);
	auto error = ConnectError(TlsUri(peer), certificate.pem_cert);
	EXPECT_EQ(error.category, ErrorCategory::NOT_PERMITTED) << error.message;
	EXPECT_NE(error.message.find("is not trusted"), std::string::npos) << error.message;
}

TEST(ConnectTls, AuthoritiesThatAreNoPem) {
	auto certificate = MakeCertificate("IP:127.0.0.1");
	FlightPeer peer;
	peer.Start("grpc+tls://127.0.0.1:0", &certificate);
	auto error = ConnectError(TlsUri(peer), "no certificate");
	EXPECT_EQ(error.category, ErrorCategory::INVALID_REQUEST) << error.message;
	EXPECT_NE(error.message.find("PEM"), std::string::npos) << error.message;
}

TEST(ConnectTls, PlaintextClientOfATlsServer) {
	auto certificate = MakeCertificate("IP:127.0.0.1");
	FlightPeer peer;
	peer.Start("grpc+tls://127.0.0.1:0", &certificate);
	auto error = ConnectError(peer.Uri(), "");
	EXPECT_EQ(error.category, ErrorCategory::SERVER_UNAVAILABLE);
	EXPECT_NE(error.message.find("speaks TLS. Use grpc+tls://"), std::string::npos) << error.message;
}

TEST(ConnectTls, TlsClientOfAPlaintextServer) {
	FlightPeer peer;
	peer.Start();
	auto error = ConnectError(TlsUri(peer), "");
	EXPECT_EQ(error.category, ErrorCategory::SERVER_UNAVAILABLE);
	EXPECT_NE(error.message.find("does not speak TLS. Use grpc://"), std::string::npos) << error.message;
}

} // namespace skein
