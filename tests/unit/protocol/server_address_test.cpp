#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "client/transport/server_address.hpp"
#include "protocol/errors.hpp"

namespace skein {

namespace {

ServerAddress Parse(const std::string &uri) {
	auto address = ParseServerAddress(uri);
	EXPECT_TRUE(address.ok()) << uri << ": " << address.status().ToString();
	return address.ValueOr(ServerAddress());
}

bool IsLoopbackText(const char *text) {
	sockaddr_storage storage {};
	auto ipv4 = reinterpret_cast<sockaddr_in *>(&storage);
	auto ipv6 = reinterpret_cast<sockaddr_in6 *>(&storage);
	if (inet_pton(AF_INET, text, &ipv4->sin_addr) == 1) {
		ipv4->sin_family = AF_INET;
	} else {
		EXPECT_EQ(inet_pton(AF_INET6, text, &ipv6->sin6_addr), 1) << text;
		ipv6->sin6_family = AF_INET6;
	}
	return IsLoopback(reinterpret_cast<const sockaddr &>(storage));
}

} // namespace

TEST(ServerAddress, Forms) {
	EXPECT_EQ(Parse("grpc://localhost").Name(), "localhost:8815");
	EXPECT_EQ(Parse("grpc://localhost").FlightUri(), "grpc+tcp://localhost:8815");
	EXPECT_EQ(Parse("grpc://localhost/").Name(), "localhost:8815");
	EXPECT_EQ(Parse("grpc+tcp://10.0.0.1:9000").FlightUri(), "grpc+tcp://10.0.0.1:9000");
	EXPECT_EQ(Parse("grpc+tls://db.example.org:443").FlightUri(), "grpc+tls://db.example.org:443");
	EXPECT_EQ(Parse("grpc://[::1]:9000").Name(), "[::1]:9000");
	EXPECT_EQ(Parse("grpc://[::1]").FlightUri(), "grpc+tcp://[::1]:8815");
	EXPECT_EQ(Parse("grpc+unix:///run/skein.sock").path, "/run/skein.sock");
	EXPECT_EQ(Parse("grpc+unix:///run/skein.sock").FlightUri(), "grpc+unix:///run/skein.sock");
	EXPECT_EQ(Parse("grpc://localhost:9000").FlightUri("::1"), "grpc+tcp://[::1]:9000");
	EXPECT_EQ(Parse("grpc://h:65535").port, 65535);
}

TEST(ServerAddress, RefusalsNameTheForms) {
	for (auto uri : {"",
	                 "localhost",
	                 "localhost:8815",
	                 "http://localhost",
	                 "grpc:/localhost",
	                 "grpc://",
	                 "grpc://:8815",
	                 "grpc://host:",
	                 "grpc://host:0",
	                 "grpc://host:65536",
	                 "grpc://host:12a",
	                 "grpc://host:-1",
	                 "grpc://[::1",
	                 "grpc://[::1]8815",
	                 "grpc://[nonsense]:1",
	                 "grpc://::1",
	                 "grpc://::1:8815",
	                 "grpc://user@host",
	                 "grpc://host/database",
	                 "grpc://ho st",
	                 "grpc+unix://relative",
	                 "grpc+unix://",
	                 "GRPC://host",
	                 "grpc+udp://host",
	                 "grpc://host:8815:9",
	                 "grpc://\xFF"}) {
		auto address = ParseServerAddress(uri);
		ASSERT_FALSE(address.ok()) << uri;
		auto error = ErrorFromFlightStatus(address.status());
		ASSERT_TRUE(error.has_value()) << uri;
		EXPECT_EQ(error->category, ErrorCategory::INVALID_REQUEST) << uri;
		EXPECT_NE(error->message.find("grpc://host[:port]"), std::string::npos) << error->message;
	}
}

TEST(ServerAddress, Loopback) {
	for (auto text : {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"}) {
		EXPECT_TRUE(IsLoopbackText(text)) << text;
	}
	for (auto text : {"126.255.255.255", "128.0.0.1", "10.0.0.1", "0.0.0.0", "::", "::2", "::ffff:10.0.0.1", "fe80::1",
	                  "7f00::1"}) {
		EXPECT_FALSE(IsLoopbackText(text)) << text;
	}
}

} // namespace skein
