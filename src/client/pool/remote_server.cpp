#include "client/pool/remote_server.hpp"

#include <algorithm>
#include <utility>

#include "client/statement_end.hpp"
#include "codec/duckdb_error.hpp"
#include "protocol/errors.hpp"

namespace skein {

//===--------------------------------------------------------------------===//
// Leases
//===--------------------------------------------------------------------===//
ConnectionLease::ConnectionLease(RemoteServer &server, std::unique_ptr<DistributedFlightClient> client,
                                 const SkeinSettings &settings, std::function<bool()> is_interrupted)
    : server(&server), client(std::move(client)), settings(settings), is_interrupted(std::move(is_interrupted)) {
}

ConnectionLease::ConnectionLease(ConnectionLease &&other) noexcept = default;

ConnectionLease &ConnectionLease::operator=(ConnectionLease &&other) noexcept {
	Return();
	server = other.server;
	client = std::move(other.client);
	settings = other.settings;
	lost_count = other.lost_count;
	is_interrupted = std::move(other.is_interrupted);
	return *this;
}

ConnectionLease ConnectionLease::Sibling(std::function<bool()> must_end) const {
	auto ends = [must_end = std::move(must_end), is_interrupted = is_interrupted]() {
		return must_end() || (is_interrupted && is_interrupted());
	};
	auto sibling = server->Connect(settings, std::move(ends));
	sibling->SetSession(client->Session());
	return sibling;
}

ConnectionLease::~ConnectionLease() {
	Return();
}

void ConnectionLease::Return() {
	if (client && client->HasLostServer()) {
		server->ForgetConnections();
	}
	if (!client || !client->IsHealthy()) {
		client.reset();
		return;
	}
	client->SetInterruptCheck(nullptr);
	client->SetSession(std::string());
	{
		std::lock_guard<std::mutex> guard(server->lock);
		if (lost_count == server->lost_count && server->idle_connections.size() < settings.pool_connections_count) {
			server->idle_connections.push_back(std::move(client));
		}
	}
	// One too many closes its socket, for which nobody else has to wait.
	client.reset();
}

SessionLease::SessionLease(RemoteServer &server, std::string session_id)
    : server(&server), session_id(std::move(session_id)) {
}

SessionLease::SessionLease(SessionLease &&other) noexcept
    : server(other.server), session_id(std::move(other.session_id)), reusable(other.reusable) {
	other.server = nullptr;
}

SessionLease &SessionLease::operator=(SessionLease &&other) noexcept {
	// What this one had is given back now, not when `other` ends.
	SessionLease given_back(std::move(*this));
	server = std::exchange(other.server, nullptr);
	session_id = std::move(other.session_id);
	reusable = other.reusable;
	return *this;
}

SessionLease::~SessionLease() {
	if (!server) {
		return;
	}
	std::lock_guard<std::mutex> guard(server->lock);
	std::erase(server->sessions_in_use, session_id);
	if (reusable) {
		server->idle_sessions.push_back({session_id, RemoteServer::Clock::now()});
	}
}

//===--------------------------------------------------------------------===//
// Server
//===--------------------------------------------------------------------===//
RemoteServer::RemoteServer(std::string uri, ServerCredentials credentials)
    : uri(std::move(uri)), credentials(std::move(credentials)), counters(std::make_shared<ClientCounters>()) {
}

RemoteServer::~RemoteServer() = default;

void RemoteServer::ForgetConnections() {
	std::vector<std::unique_ptr<DistributedFlightClient>> forgotten;
	std::lock_guard<std::mutex> guard(lock);
	lost_count++;
	forgotten.swap(idle_connections);
}

ConnectionLease RemoteServer::Connect(duckdb::optional_ptr<duckdb::ClientContext> context) {
	if (!context) {
		return Connect(SkeinSettings(), nullptr);
	}
	ConnectionLease lease;
	auto is_interrupted = [context = context.get()]() {
		return MustEnd(*context);
	};
	auto status = Connect(SkeinSettings::Get(*context), std::move(is_interrupted), lease);
	if (!status.ok()) {
		context->BlockingInterruptCheck();
	}
	ThrowIfNotConnected(status);
	return lease;
}

ConnectionLease RemoteServer::Connect(const SkeinSettings &settings, std::function<bool()> is_interrupted) {
	ConnectionLease lease;
	ThrowIfNotConnected(Connect(settings, std::move(is_interrupted), lease));
	return lease;
}

void RemoteServer::ThrowIfNotConnected(const arrow::Status &status) const {
	if (!status.ok()) {
		ThrowRemoteError(DescribeFailure(status, uri, /*write_in_flight=*/false));
	}
}

arrow::Status RemoteServer::Connect(SkeinSettings settings, std::function<bool()> is_interrupted,
                                    ConnectionLease &lease) {
	if (settings.compression == RowCompression::AUTO) {
		settings.compression = credentials.compression;
	}
	std::unique_ptr<DistributedFlightClient> client;
	uint64_t lost_before;
	{
		std::lock_guard<std::mutex> guard(lock);
		lost_before = lost_count;
		if (!idle_connections.empty()) {
			client = std::move(idle_connections.back());
			idle_connections.pop_back();
		}
	}
	if (client) {
		client->SetInterruptCheck(is_interrupted);
		client->SetIdleLimit(settings.idle_timeout_ms);
		lease = ConnectionLease(*this, std::move(client), settings, std::move(is_interrupted));
		lease.lost_count = lost_before;
		return arrow::Status::OK();
	}
	ClientOptions options;
	options.token = credentials.token;
	options.tls_root_certificates = credentials.tls_root_certificates;
	options.is_interrupted = is_interrupted;
	options.counters = counters;
	options.connect_ms_max = settings.connect_timeout_ms;
	options.idle_ms_max = settings.idle_timeout_ms;
	client = std::make_unique<DistributedFlightClient>(uri, std::move(options));
	// One that failed is not to come into the pool.
	ARROW_RETURN_NOT_OK(client->Connect());
	lease = ConnectionLease(*this, std::move(client), settings, std::move(is_interrupted));
	lease.lost_count = lost_before;
	return arrow::Status::OK();
}

SessionLease RemoteServer::OpenSession(DistributedFlightClient &connection) {
	{
		std::lock_guard<std::mutex> guard(lock);
		auto usable_since = Clock::now() - std::chrono::milliseconds(lease_ms / 2);
		std::erase_if(idle_sessions, [&](const IdleSession &session) { return session.last_used < usable_since; });
		if (!idle_sessions.empty()) {
			auto id = std::move(idle_sessions.back().id);
			idle_sessions.pop_back();
			sessions_in_use.push_back(id);
			return SessionLease(*this, std::move(id));
		}
	}
	DistributedRequest request;
	request.type = RequestType::OPEN_SESSION;
	auto response = CallOrThrow(connection, std::move(request));
	if (response.lease_milliseconds > 0) {
		lease_ms = response.lease_milliseconds;
	}
	std::lock_guard<std::mutex> guard(lock);
	sessions_in_use.push_back(response.session_id);
	return SessionLease(*this, response.session_id);
}

std::chrono::milliseconds RemoteServer::HeartbeatInterval() const {
	return std::chrono::milliseconds(std::max<uint64_t>(lease_ms / 3, 1));
}

void RemoteServer::KeepSessionsAlive() {
	std::vector<std::string> sessions;
	{
		std::lock_guard<std::mutex> guard(lock);
		sessions = sessions_in_use;
	}
	if (sessions.empty()) {
		return;
	}
	auto connection = Connect(nullptr);
	for (auto &session : sessions) {
		DistributedRequest request;
		request.type = RequestType::HEARTBEAT;
		DistributedResponse response;
		connection->SetSession(session);
		// A lapsed session shows itself at its next call, with a message that says so.
		(void)connection->Call(std::move(request), response);
	}
}

//===--------------------------------------------------------------------===//
// Calls
//===--------------------------------------------------------------------===//
void ThrowIfFailed(const arrow::Status &status, const DistributedFlightClient &connection) {
	if (!status.ok()) {
		ThrowRemoteError(DescribeFailure(status, connection.Uri(), /*write_in_flight=*/false));
	}
}

DistributedResponse CallOrThrow(DistributedFlightClient &connection, DistributedRequest request) {
	DistributedResponse response;
	ThrowIfFailed(connection.Call(std::move(request), response), connection);
	return response;
}

} // namespace skein
