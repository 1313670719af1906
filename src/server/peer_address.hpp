//! Where a call came from, as Flight's gRPC transport writes it.
#pragma once

#include <string>
#include <string_view>

namespace skein {

//! True for a peer on this machine: 127.0.0.0/8, ::1, the same mapped into IPv6, and unix sockets. `peer` is what
//! ServerCallContext::peer() says: "ipv4:127.0.0.1:5", "ipv6:%5B::1%5D:5", "unix:". False for all else, unparsable too.
bool IsLoopbackPeer(std::string_view peer);

//! `text` with %XX decoded; a % that starts no such code stays as it is.
std::string PercentDecode(std::string_view text);

} // namespace skein
