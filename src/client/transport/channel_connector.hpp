//! Opens a FlightChannel, and says precisely why where that fails.
#pragma once

#include <memory>
#include <string>

#include <arrow/result.h>

#include "client/distributed_flight_client.hpp"
#include "client/transport/background_thread.hpp"
#include "client/transport/call_patience.hpp"
#include "client/transport/flight_channel.hpp"
#include "client/transport/server_address.hpp"

namespace skein {

//! One attempt to connect. Belongs to one thread.
class ChannelConnector {
public:
	//! `thread` runs what cannot be cancelled; it is replaced by a new one where that had to be left alone.
	ChannelConnector(ServerAddress address, const ClientOptions &options, std::unique_ptr<BackgroundThread> &thread);

	//! Resolves, connects, says hello. Every failure carries a DistributedError.
	arrow::Result<std::shared_ptr<FlightChannel>> Connect();

private:
	arrow::Status CheckAuthorities() const;
	arrow::Status CheckToken(bool is_loopback) const;
	arrow::Result<std::shared_ptr<FlightChannel>> OpenChannel(bool is_local) const;
	arrow::Status SayHello(const std::shared_ptr<FlightChannel> &channel);
	arrow::Status DescribeHelloFailure(const arrow::Status &status) const;
	arrow::Status DescribeHandshakeFailure(const arrow::Status &status) const;

	ServerAddress address;
	const ClientOptions &options;
	std::unique_ptr<BackgroundThread> &thread;
	CallPatience patience;
	//! The address that accepted a connection; empty for a unix socket.
	std::string numeric_host;
};

} // namespace skein
