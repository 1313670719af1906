#include <gtest/gtest.h>

#include "server/peer_address.hpp"

namespace skein {
namespace {

TEST(PeerAddress, LoopbackPeersAreRecognised) {
	for (auto peer : {"ipv4:127.0.0.1:5", "ipv4:127.255.255.254:65535", "ipv4:127.1.2.3:1", "ipv6:[::1]:40000",
	                  "ipv6:%5B::1%5D:40000", "ipv6:%5b::1%5d:40000", "ipv6:[0:0:0:0:0:0:0:1]:1",
	                  "ipv6:%5B::ffff:127.0.0.1%5D:5", "ipv6:[::ffff:7f00:1]:5", "ipv6:[::FFFF:127.200.0.9]:5",
	                  "unix:", "unix:/run/skein.sock", "unix:%2Frun%2Fskein.sock"}) {
		EXPECT_TRUE(IsLoopbackPeer(peer)) << peer;
	}
}

TEST(PeerAddress, OtherMachinesAreNot) {
	for (auto peer :
	     {"ipv4:10.0.0.1:5", "ipv4:128.0.0.1:5", "ipv4:126.255.255.255:5", "ipv4:0.0.0.0:5", "ipv6:%5B::%5D:5",
	      "ipv6:%5Bfe80::1%5D:5", "ipv6:[2001:db8::1]:5", "ipv6:[::2]:5", "ipv6:[::ffff:10.0.0.1]:5",
	      "ipv6:[::ffff:128.0.0.1]:5", "ipv6:[::127.0.0.1]:5", "ipv6:[1::7f00:1]:5"}) {
		EXPECT_FALSE(IsLoopbackPeer(peer)) << peer;
	}
}

TEST(PeerAddress, WhatCannotBeReadIsNotLoopback) {
	for (auto peer : {"",
	                  "127.0.0.1",
	                  "127.0.0.1:5",
	                  "ipv4:",
	                  "ipv4:127.0.0.1",
	                  "ipv4:127.0.0.1:",
	                  "ipv4:127.0.0.1:x",
	                  "ipv4:127.0.0.1:123456",
	                  "ipv4:127.1:5",
	                  "ipv4:0x7f.0.0.1:5",
	                  "ipv4:0177.0.0.1:5",
	                  "ipv4: 127.0.0.1:5",
	                  "ipv4:127.0.0.1.evil.example:5",
	                  "ipv4:localhost:5",
	                  "IPV4:127.0.0.1:5",
	                  "ipv6:::1:5",
	                  "ipv6:[::1]",
	                  "ipv6:[::1:5",
	                  "ipv6:::1]:5",
	                  "ipv6:[]:5",
	                  "ipv6:[::1%25lo]:5",
	                  "ipv6:[127.0.0.1]:5",
	                  "ipv6:%5B::1%5:5",
	                  "ipv6:%255B::1%255D:5",
	                  "unix",
	                  "unix-abstract:x",
	                  "dns:localhost:5",
	                  "vsock:1:5"}) {
		EXPECT_FALSE(IsLoopbackPeer(peer)) << peer;
	}
	EXPECT_FALSE(IsLoopbackPeer(std::string("ipv4:127.0.0.1\0.9:5", 20)));
	EXPECT_FALSE(IsLoopbackPeer("ipv4:127.0.0.1%00:5"));
}

TEST(PeerAddress, PercentCodesAreDecodedOnce) {
	EXPECT_EQ(PercentDecode("ipv6:%5B::1%5d:1"), "ipv6:[::1]:1");
	EXPECT_EQ(PercentDecode("%255B"), "%5B");
	EXPECT_EQ(PercentDecode("100%"), "100%");
	EXPECT_EQ(PercentDecode("%4"), "%4");
	EXPECT_EQ(PercentDecode("%zz%41"), "%zzA");
	EXPECT_EQ(PercentDecode(""), "");
}

} // namespace
} // namespace skein
