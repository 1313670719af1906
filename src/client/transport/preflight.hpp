//! Reaches for a server with a plain socket before Flight does, because Flight's errors do not say what went wrong.
#pragma once

#include <string>

#include <arrow/result.h>

#include "client/transport/background_thread.hpp"
#include "client/transport/call_patience.hpp"
#include "client/transport/server_address.hpp"

namespace skein {

//! One attempt to reach one server. `resolver` runs the part that cannot be cancelled; it must outlive the preflight.
class Preflight {
public:
	Preflight(ServerAddress address, BackgroundThread &resolver);
	~Preflight();

	//! Asks the resolver; sends nothing to the server. The status says whether the name does not resolve, or resolving
	//! took too long.
	arrow::Status Resolve(const CallPatience &patience);
	//! After Resolve: every address is loopback.
	bool IsLoopback() const;
	//! After Resolve: connects to one address after the other until one accepts, and closes that connection again. The
	//! status says whether the connection was refused or nobody answered. Gives the numeric address that accepted.
	arrow::Result<std::string> Connect(const CallPatience &patience);

private:
	struct Addresses;
	ServerAddress address;
	BackgroundThread &resolver;
	std::shared_ptr<Addresses> addresses;
};

//! What the first bytes of whoever listens at `address` say of it, to explain a failed handshake.
enum class PeerSpeech { UNKNOWN, TLS, HTTP2 };

//! Connects to `numeric_host`:`port` once more and finds out whether TLS is spoken there. Only after a failure: it
//! sends the first message of a TLS handshake, no data of the user.
PeerSpeech ListenToPeer(const ServerAddress &address, const std::string &numeric_host, const CallPatience &patience);

} // namespace skein
