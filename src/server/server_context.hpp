//! What all calls of one server share.
#pragma once

#include <atomic>
#include <cstdint>

#include "server/distributed_flight_server.hpp"
#include "server/engine.hpp"
#include "server/server_counters.hpp"
#include "server/session_manager.hpp"
#include "server/shared_results.hpp"
#include "server/statement_registry.hpp"
#include "server/statement_watchdog.hpp"

namespace skein {

//! Every member is safe for any thread. Destroyed after the last call has ended.
struct ServerContext {
	ServerContext(Engine &engine, ServerLimits limits, ServerEvents &events)
	    : engine(engine), limits(limits), events(events),
	      sessions(std::chrono::seconds(limits.session_lease_seconds), limits.sessions_count_max,
		           std::chrono::milliseconds(limits::watchdog_interval_ms),
		           [&events](uint64_t number, const char *reason) { events.OnSessionEnded(number, reason); }),
	      watchdog(statements, std::chrono::milliseconds(limits::watchdog_interval_ms)) {
	}

	Engine &engine;
	const ServerLimits limits;
	ServerEvents &events;
	ServerCounters counters;
	std::atomic<bool> draining {false};
	//! DoGet and DoPut calls under way.
	std::atomic<uint64_t> streams {0};
	std::atomic<uint64_t> open_transactions {0};
	//! Never reused; 0 is none.
	std::atomic<uint64_t> next_transaction_id {1};
	std::atomic<bool> engine_failure_reported {false};
	SharedResults shared_results;
	StatementRegistry statements;
	SessionManager sessions;
	StatementWatchdog watchdog;
};

} // namespace skein
