//! Text as the address of a peer. Loopback is only what says so itself: a mistake here lets strangers in.
#include <string>

#include "driver.hpp"
#include "expect.hpp"
#include "server/peer_address.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	const std::string_view peer(reinterpret_cast<const char *>(data), size);
	auto decoded = skein::PercentDecode(peer);
	FUZZ_EXPECT(decoded.size() <= peer.size());
	FUZZ_EXPECT(peer.find('%') != std::string_view::npos || decoded == peer);
	if (skein::IsLoopbackPeer(peer)) {
		auto starts = [&](std::string_view prefix) {
			return std::string_view(decoded).substr(0, prefix.size()) == prefix;
		};
		auto holds = [&](std::string_view part) {
			return decoded.find(part) != std::string::npos;
		};
		FUZZ_EXPECT(peer.substr(0, 5) == "unix:" || starts("ipv4:127.") ||
		            (starts("ipv6:[") && (holds("1]:") || holds("127.") || holds("7f") || holds("7F"))));
	}
	return 0;
}
