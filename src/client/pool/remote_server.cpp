#include "client/pool/remote_server.hpp"

#include <algorithm>

#include "codec/duckdb_error.hpp"
#include "protocol/errors.hpp"

namespace skein {

//===--------------------------------------------------------------------===//
// Leases
//===--------------------------------------------------------------------===//
ConnectionLease::ConnectionLease(RemoteServer &server, std::unique_ptr<DistributedFlightClient> client)
    : server(&server), client(std::move(client)) {
}

ConnectionLease::ConnectionLease(ConnectionLease &&other) noexcept = default;

ConnectionLease &ConnectionLease::operator=(ConnectionLease &&other) noexcept {
	Return();
	server = other.server;
	client = std::move(other.client);
	return *this;
}

ConnectionLease::~ConnectionLease() {
	Return();
}

void ConnectionLease::Return() {
	if (!client || !client->IsHealthy()) {
		client.reset();
		return;
	}
	client->SetInterruptCheck(nullptr);
	client->SetSession(std::string());
	std::lock_guard<std::mutex> guard(server->lock);
	if (server->idle_connections.size() < limits::pool_connections_count_max) {
		server->idle_connections.push_back(std::move(client));
	}
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
	std::swap(server, other.server);
	std::swap(session_id, other.session_id);
	std::swap(reusable, other.reusable);
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
RemoteServer::RemoteServer(std::string uri, std::string token)
    : uri(std::move(uri)), token(std::move(token)), counters(std::make_shared<ClientCounters>()) {
}

RemoteServer::~RemoteServer() = default;

ConnectionLease RemoteServer::Connect(duckdb::optional_ptr<duckdb::ClientContext> context) {
	std::unique_ptr<DistributedFlightClient> client;
	{
		std::lock_guard<std::mutex> guard(lock);
		if (!idle_connections.empty()) {
			client = std::move(idle_connections.back());
			idle_connections.pop_back();
		}
	}
	std::function<bool()> is_interrupted;
	if (context) {
		is_interrupted = [context = context.get()]() {
			return context->IsInterrupted();
		};
	}
	if (client) {
		client->SetInterruptCheck(std::move(is_interrupted));
		return ConnectionLease(*this, std::move(client));
	}
	ClientOptions options;
	options.token = token;
	options.is_interrupted = std::move(is_interrupted);
	options.counters = counters;
	client = std::make_unique<DistributedFlightClient>(uri, std::move(options));
	ThrowIfFailed(client->Connect(), *client);
	return ConnectionLease(*this, std::move(client));
}

SessionLease RemoteServer::OpenSession(DistributedFlightClient &connection) {
	{
		std::lock_guard<std::mutex> guard(lock);
		auto usable_since = Clock::now() - std::chrono::milliseconds(limits::session_lease_ms / 2);
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
	std::lock_guard<std::mutex> guard(lock);
	sessions_in_use.push_back(response.session_id);
	return SessionLease(*this, response.session_id);
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
