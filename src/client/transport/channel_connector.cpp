#include "client/transport/channel_connector.hpp"

#include <algorithm>

#include "client/transport/abandonable_call.hpp"
#include "client/transport/cancellable_transport.hpp"
#include "client/transport/preflight.hpp"
#include "protocol/errors.hpp"
#include "protocol/utf8.hpp"

namespace skein {

namespace flight = arrow::flight;
using arrow::Status;

namespace {

//! Room for the largest error that travels in trailers, and some more for other servers.
constexpr int METADATA_BYTES_MAX = 64 << 10;
//! A server that comes back should be found soon.
constexpr int RECONNECT_MS_MAX = 1000;

Status Fail(ErrorCategory category, const std::string &message) {
	return MakeFlightStatus(category, message);
}

bool Contains(const Status &status, const char *text) {
	return status.message().find(text) != std::string::npos;
}

std::string Reason(const Status &status) {
	return " (" + CutText(ToText(status.message()), limits::error_status_bytes_max) + ")";
}

} // namespace

ChannelConnector::ChannelConnector(ServerAddress address_p, const ClientOptions &options_p,
                                   std::unique_ptr<BackgroundThread> &thread_p)
    : address(std::move(address_p)), options(options_p), thread(thread_p),
      patience(options.is_interrupted, options.connect_ms_max) {
}

Status ChannelConnector::CheckAuthorities() const {
	auto &roots = options.tls_root_certificates;
	if (roots.empty() || roots.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
		return Status::OK();
	}
	return Fail(ErrorCategory::INVALID_REQUEST, "The authorities' certificates given for " + address.Name() +
	                                                " hold none in PEM form (\"-----BEGIN CERTIFICATE-----\")");
}

Status ChannelConnector::CheckToken(bool is_loopback) const {
	for (auto c : options.token) {
		if (c <= ' ' || c > '~') {
			return Fail(ErrorCategory::INVALID_REQUEST, "The token holds a character that is not printable ASCII");
		}
	}
	if (options.token.empty() || is_loopback || address.kind == TransportKind::TLS) {
		return Status::OK();
	}
	return Fail(ErrorCategory::NOT_PERMITTED,
	            "The token is not sent to " + address.Name() +
	                " unencrypted: everyone on the way could read it. Use grpc+tls://, or "
	                "connect without a token");
}

arrow::Result<std::shared_ptr<FlightChannel>> ChannelConnector::OpenChannel(bool is_local) const {
	auto flight_options = flight::FlightClientOptions::Defaults();
	flight_options.tls_root_certs = options.tls_root_certificates;
	auto &generic = flight_options.generic_options;
	generic.emplace_back("grpc.max_metadata_size", METADATA_BYTES_MAX);
	generic.emplace_back("grpc.absolute_max_metadata_size", METADATA_BYTES_MAX);
	generic.emplace_back("grpc.max_reconnect_backoff_ms", RECONNECT_MS_MAX);
	// The address was reached directly: a proxy from the environment would lead elsewhere.
	generic.emplace_back("grpc.enable_http_proxy", 0);
	generic.emplace_back("grpc.primary_user_agent", std::string("skein/") + SKEIN_VERSION);
	// In plaintext the address that was found (and, with a token, checked to be loopback) is the one that is used. With
	// TLS the name must stay: the certificate is checked against it.
	auto pinned_host = address.kind == TransportKind::PLAINTEXT && numeric_host.find('%') == std::string::npos
	                       ? numeric_host
	                       : std::string();
	if (!pinned_host.empty()) {
		generic.emplace_back("grpc.default_authority", address.Name());
	}
	ARROW_ASSIGN_OR_RAISE(auto client, ConnectCancellable(address.FlightUri(pinned_host), flight_options));
	return std::make_shared<FlightChannel>(std::move(client), options.token, is_local);
}

arrow::Result<std::shared_ptr<FlightChannel>> ChannelConnector::Connect() {
	if (!thread) {
		thread = std::make_unique<BackgroundThread>();
	}
	Preflight preflight(address, *thread);
	auto resolved = preflight.Resolve(patience);
	if (!resolved.ok()) {
		// The resolver may still be busy with this name.
		thread = std::make_unique<BackgroundThread>();
		return resolved;
	}
	ARROW_RETURN_NOT_OK(CheckAuthorities());
	ARROW_RETURN_NOT_OK(CheckToken(preflight.IsLoopback()));
	ARROW_ASSIGN_OR_RAISE(numeric_host, preflight.Connect(patience));
	auto channel = OpenChannel(address.kind == TransportKind::UNIX_SOCKET || preflight.IsLoopback());
	if (!channel.ok()) {
		return Fail(ErrorCategory::SERVER_UNAVAILABLE,
		            "Cannot open a connection to " + address.Name() + Reason(channel.status()));
	}
	ARROW_RETURN_NOT_OK(SayHello(*channel));
	return channel;
}

//===--------------------------------------------------------------------===//
// Hello
//===--------------------------------------------------------------------===//
Status ChannelConnector::SayHello(const std::shared_ptr<FlightChannel> &channel) {
	DistributedRequest request;
	request.type = RequestType::STATISTICS;
	auto response = std::make_shared<DistributedResponse>();
	// Never without a limit: the call may be left alone.
	auto milliseconds_max = std::max<uint64_t>(patience.MillisecondsLeft().value_or(limits::idle_ms_default), 1);
	Status status;
	auto state = RunAbandonable(
	    thread, CallPatience(options.is_interrupted, 0),
	    [channel, request, response, milliseconds_max]() {
		    return channel->Call(request, std::string(), milliseconds_max, *response);
	    },
	    status);
	if (state == PatienceState::INTERRUPTED) {
		return Fail(ErrorCategory::CANCELLED, "Interrupted while connecting to " + address.Name());
	}
	if (!status.ok()) {
		return DescribeHelloFailure(status);
	}
	if (response->protocol_version == 0) {
		return Fail(ErrorCategory::SERVER_UNAVAILABLE, address.Name() + " answers, but is no Skein server");
	}
	if (response->protocol_version < PROTOCOL_VERSION_MIN) {
		return Fail(ErrorCategory::UNSUPPORTED_VERSION,
		            address.Name() + " speaks protocol version " + std::to_string(response->protocol_version) +
		                ", this client " + std::to_string(PROTOCOL_VERSION_MIN) + " to " +
		                std::to_string(PROTOCOL_VERSION) + ". Update the server");
	}
	return Status::OK();
}

Status ChannelConnector::DescribeHelloFailure(const Status &status) const {
	if (auto error = ErrorFromFlightStatus(status)) {
		return MakeFlightStatus(*error);
	}
	auto error = DescribeFailure(status, address.Name(), /*write_in_flight=*/false);
	switch (error.category) {
	case ErrorCategory::NOT_AUTHENTICATED:
	case ErrorCategory::NOT_PERMITTED:
	case ErrorCategory::CANCELLED:
		return MakeFlightStatus(error);
	case ErrorCategory::SERVER_UNAVAILABLE:
		return DescribeHandshakeFailure(status);
	default:
		return Fail(ErrorCategory::SERVER_UNAVAILABLE,
		            address.Name() + " speaks Arrow Flight, but is no Skein server" + Reason(status));
	}
}

Status ChannelConnector::DescribeHandshakeFailure(const Status &status) const {
	auto name = address.Name();
	auto is_tls = address.kind == TransportKind::TLS;
	if (is_tls && (Contains(status, "CERTIFICATE_VERIFY_FAILED") || Contains(status, "certificate verify failed") ||
	               Contains(status, "Hostname Verification") || Contains(status, "is not in peer certificate"))) {
		return Fail(
		    ErrorCategory::NOT_PERMITTED,
		    "The certificate of " + name +
		        " is not trusted: it is not signed by a known authority, has expired or belongs to another name. "
		        "Give the authority's certificate" +
		        Reason(status));
	}
	if (Contains(status, "eadline")) {
		return Fail(ErrorCategory::SERVER_UNAVAILABLE, name + " accepted the connection but did not answer within " +
		                                                   std::to_string(options.connect_ms_max) +
		                                                   " ms. Check that distributed_server runs there" +
		                                                   Reason(status));
	}
	auto speech = numeric_host.empty() ? PeerSpeech::UNKNOWN
	                                   : ListenToPeer(address, numeric_host, CallPatience(options.is_interrupted, 0));
	if (is_tls && speech != PeerSpeech::TLS) {
		return Fail(ErrorCategory::SERVER_UNAVAILABLE,
		            name + " does not speak TLS. Use grpc:// if the server has no certificate" + Reason(status));
	}
	if (!is_tls && speech == PeerSpeech::TLS) {
		return Fail(ErrorCategory::SERVER_UNAVAILABLE, name + " speaks TLS. Use grpc+tls://" + Reason(status));
	}
	return Fail(ErrorCategory::SERVER_UNAVAILABLE,
	            name +
	                " accepted the connection, but does not speak Arrow Flight. Check that distributed_server runs "
	                "there" +
	                Reason(status));
}

} // namespace skein
