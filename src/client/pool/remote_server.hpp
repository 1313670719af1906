//! One server as one DuckDB database sees it: its connections, its sessions, its counters.
//!
//! Thread-safe. Connections and sessions are leased: a lease is move-only, gives its object back when it ends, and
//! drops it instead where its state is unknown. The server outlives its leases.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "client/client_counters.hpp"
#include "client/distributed_flight_client.hpp"
#include "client/skein_settings.hpp"
#include "duckdb/common/optional_ptr.hpp"
#include "duckdb/main/client_context.hpp"

namespace skein {

class RemoteServer;

//! A connection, used by one statement of one DuckDB connection, whose interrupt ends its waits.
class ConnectionLease {
public:
	ConnectionLease() = default;
	ConnectionLease(RemoteServer &server, std::unique_ptr<DistributedFlightClient> client,
	                const SkeinSettings &settings, std::function<bool()> is_interrupted = nullptr);
	ConnectionLease(ConnectionLease &&other) noexcept;
	ConnectionLease &operator=(ConnectionLease &&other) noexcept;
	~ConnectionLease();

	DistributedFlightClient &operator*() const {
		return *client;
	}
	DistributedFlightClient *operator->() const {
		return client.get();
	}
	explicit operator bool() const {
		return client != nullptr;
	}
	//! Those of the statement it was leased for.
	const SkeinSettings &Settings() const {
		return settings;
	}
	//! Another connection for the same statement and session, whose waits also end when `must_end` says so. Any
	//! thread. Throws what a failed connect means.
	ConnectionLease Sibling(std::function<bool()> must_end) const;

private:
	friend class RemoteServer;
	void Return();

	RemoteServer *server = nullptr;
	std::unique_ptr<DistributedFlightClient> client;
	SkeinSettings settings;
	//! The server's when the connection was leased.
	uint64_t lost_count = 0;
	//! May be empty.
	std::function<bool()> is_interrupted;
};

//! A session on the server, used by one transaction. Dropped (and left to lapse) unless MarkReusable was called.
class SessionLease {
public:
	SessionLease() = default;
	SessionLease(RemoteServer &server, std::string session_id);
	SessionLease(SessionLease &&other) noexcept;
	SessionLease &operator=(SessionLease &&other) noexcept;
	~SessionLease();

	const std::string &Id() const {
		return session_id;
	}
	//! The transaction ended cleanly: the next one may have this session.
	void MarkReusable() {
		reusable = true;
	}

private:
	RemoteServer *server = nullptr;
	std::string session_id;
	bool reusable = false;
};

//! What a server wants to see, what this side wants to see of it, and how the two speak.
struct ServerCredentials {
	std::string token;
	//! PEM of the authorities a grpc+tls server is checked against; empty: the system's.
	std::string tls_root_certificates;
	//! Where the connection's setting does not say otherwise.
	RowCompression compression = RowCompression::AUTO;

	bool operator==(const ServerCredentials &) const = default;
};

class RemoteServer {
public:
	RemoteServer(std::string uri, ServerCredentials credentials);
	~RemoteServer();

	const std::string &Uri() const {
		return uri;
	}
	const ServerCredentials &Credentials() const {
		return credentials;
	}
	ClientCounters &Counters() const {
		return *counters;
	}

	//! A connection that answered at least once. `context`, where given, is the DuckDB connection whose interrupt ends
	//! the lease's waits. Throws what a failed connect means to a DuckDB user.
	ConnectionLease Connect(duckdb::optional_ptr<duckdb::ClientContext> context);
	//! The same with settings given; `is_interrupted`, which may be empty, ends the lease's waits.
	ConnectionLease Connect(const SkeinSettings &settings, std::function<bool()> is_interrupted);
	//! A session, on `connection`, that lives at least half a lease from now.
	SessionLease OpenSession(DistributedFlightClient &connection);
	//! How often sessions in use want a sign of life.
	std::chrono::milliseconds HeartbeatInterval() const;
	//! Sends every session in use a sign of life. Failures are left to the session's next call.
	void KeepSessionsAlive();

private:
	friend class ConnectionLease;
	friend class SessionLease;
	arrow::Status Connect(SkeinSettings settings, std::function<bool()> is_interrupted, ConnectionLease &lease);
	//! Drops what was connected to a server that is gone.
	void ForgetConnections();
	void ThrowIfNotConnected(const arrow::Status &status) const;
	using Clock = std::chrono::steady_clock;
	struct IdleSession {
		std::string id;
		Clock::time_point last_used;
	};

	const std::string uri;
	const ServerCredentials credentials;
	const std::shared_ptr<ClientCounters> counters;

	//! A session's time without a call, as the server says.
	std::atomic<uint64_t> lease_ms {1000 * limits::session_lease_seconds_default};

	std::mutex lock;
	//! Guarded by lock.
	std::vector<std::unique_ptr<DistributedFlightClient>> idle_connections;
	//! How often the server was lost. A connection from before that is not kept, whatever it was used for.
	uint64_t lost_count = 0;
	std::vector<IdleSession> idle_sessions;
	std::vector<std::string> sessions_in_use;
};

//! Runs one request on `connection`; throws the server's error as the exception it was there.
DistributedResponse CallOrThrow(DistributedFlightClient &connection, DistributedRequest request);
//! Throws what a failed status of a call to `connection` means.
void ThrowIfFailed(const arrow::Status &status, const DistributedFlightClient &connection);

} // namespace skein
