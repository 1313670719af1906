#include "client/skein_state.hpp"

#include <unistd.h>

#include "duckdb/common/exception.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/config.hpp"

namespace skein {

SkeinState::SkeinState() : process_id(getpid()) {
}

SkeinState::~SkeinState() {
	{
		std::lock_guard<std::mutex> guard(lock);
		stopping = true;
	}
	changed.notify_all();
	if (getpid() != process_id) {
		threads.Forget();
	}
	if (!heartbeat.joinable()) {
		return;
	}
	if (getpid() == process_id) {
		heartbeat.join();
	} else {
		// A forked child has the handle but not the thread, and the thread's memory must not be freed under it.
		new std::thread(std::move(heartbeat));
	}
}

SkeinState &SkeinState::Get(duckdb::ClientContext &context) {
	auto extension = duckdb::StorageExtension::Find(duckdb::DBConfig::GetConfig(context), STORAGE_EXTENSION_NAME);
	if (!extension || !extension->storage_info) {
		throw duckdb::InvalidInputException("The skein extension is not loaded in this database: LOAD skein first");
	}
	auto &state = static_cast<SkeinState &>(*extension->storage_info);
	if (getpid() != state.process_id) {
		throw duckdb::InvalidInputException(
		    "This process was forked after LOAD skein: connections do not survive a fork. "
		    "Open a new database in the child and LOAD skein there");
	}
	return state;
}

RemoteServer &SkeinState::GetServer(const std::string &uri, const ServerCredentials &credentials) {
	std::lock_guard<std::mutex> guard(lock);
	for (auto &server : servers) {
		if (server->Uri() == uri && server->Credentials() == credentials) {
			return *server;
		}
	}
	servers.push_back(std::make_unique<RemoteServer>(uri, credentials));
	return *servers.back();
}

std::vector<RemoteServer *> SkeinState::Servers() {
	std::lock_guard<std::mutex> guard(lock);
	std::vector<RemoteServer *> result;
	for (auto &server : servers) {
		result.push_back(server.get());
	}
	return result;
}

void SkeinState::StartHeartbeat() {
	std::lock_guard<std::mutex> guard(lock);
	interval_changed = true;
	if (!heartbeat.joinable()) {
		heartbeat = std::thread([this]() { Heartbeat(); });
	} else {
		changed.notify_all();
	}
}

bool SkeinState::WaitForHeartbeat(std::unique_lock<std::mutex> &guard) {
	const auto start = std::chrono::steady_clock::now();
	while (!stopping) {
		interval_changed = false;
		// A server's lease is known once a session was opened.
		auto interval = std::chrono::milliseconds(1000 * limits::session_lease_seconds_default / 3);
		for (auto &server : servers) {
			interval = std::min(interval, server->HeartbeatInterval());
		}
		if (!changed.wait_until(guard, start + interval, [this]() { return stopping || interval_changed; })) {
			return false;
		}
	}
	return true;
}

void SkeinState::Heartbeat() {
	while (true) {
		{
			std::unique_lock<std::mutex> guard(lock);
			if (WaitForHeartbeat(guard)) {
				return;
			}
		}
		for (auto server : Servers()) {
			try {
				server->KeepSessionsAlive();
			} catch (std::exception &) {
				// The server is away; the transaction's next call says so.
			}
		}
	}
}

} // namespace skein
