//! What the extension keeps for one database instance: the servers it talks to and the thread that keeps their sessions
//! alive. Owned by the storage extension's registration; lives as long as the instance.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "client/pool/remote_server.hpp"
#include "client/transport/idle_threads.hpp"
#include "duckdb/storage/storage_extension.hpp"

namespace skein {

//! The storage extension under which the state and the catalogs are registered.
constexpr const char *STORAGE_EXTENSION_NAME = "skein";

class SkeinState : public duckdb::StorageExtensionInfo {
public:
	SkeinState();
	~SkeinState() override;

	//! The state of the database `context` belongs to. Throws InvalidInputException in a process forked after LOAD: the
	//! threads and connections of gRPC do not survive fork.
	static SkeinState &Get(duckdb::ClientContext &context);

	//! The server of that address and credentials, made where there is none yet. Does not connect. Lives as long as the
	//! state.
	RemoteServer &GetServer(const std::string &uri, const ServerCredentials &credentials);
	//! All servers, in the order they were first named.
	std::vector<RemoteServer *> Servers();
	//! Starts the thread that renews sessions, or lets the one that runs look how often it has to.
	void StartHeartbeat();
	//! Threads for calls that statements wait for.
	IdleThreads &Threads() {
		return threads;
	}

private:
	void Heartbeat();
	//! Waits for the next time to send; true when stopping. Called with `lock` held by `guard`.
	bool WaitForHeartbeat(std::unique_lock<std::mutex> &guard);

	const pid_t process_id;
	IdleThreads threads;

	std::mutex lock;
	//! Guarded by lock.
	std::vector<std::unique_ptr<RemoteServer>> servers;
	std::thread heartbeat;
	bool stopping = false;
	bool interval_changed = false;
	std::condition_variable changed;
};

} // namespace skein
