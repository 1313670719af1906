//! What was served, counted once for the server and once for each session.
//!
//! The rules both sides keep: a round trip is a Flight call that reached the service, but for OPEN_SESSION, STATISTICS
//! and HEARTBEAT; a statement is one of those that carries EXECUTE_SQL, CREATE_TABLE, DROP_TABLE, INSERT_DATA,
//! SCAN_TABLE, DELETE_DATA, UPDATE_DATA or TABLE_EXISTS (not READ_RESULT, which is a part of one) in DoAction, DoGet or
//! DoPut, however many SQL statements its text holds and whatever came of it. Bytes are those of record batches
//! (protocol/wire_bytes.hpp). Every member is atomic.
#pragma once

#include <atomic>
#include <cstdint>

#include "protocol/distributed_protocol.hpp"

namespace skein {

struct ServerCounters {
	std::atomic<uint64_t> statements {0};
	std::atomic<uint64_t> round_trips {0};
	std::atomic<uint64_t> bytes_sent {0};
	std::atomic<uint64_t> bytes_received {0};
	std::atomic<uint64_t> rows_sent {0};
	std::atomic<uint64_t> rows_received {0};
	std::atomic<uint64_t> active_statements {0};
	std::atomic<uint64_t> rows_produced {0};

	//! `sessions` is for the caller to fill in.
	DistributedStatistics Snapshot() const {
		DistributedStatistics result;
		result.statements = statements;
		result.round_trips = round_trips;
		result.bytes_sent = bytes_sent;
		result.bytes_received = bytes_received;
		result.rows_sent = rows_sent;
		result.rows_received = rows_received;
		result.active_statements = active_statements;
		result.rows_produced = rows_produced;
		return result;
	}
};

//! The two counters one call counts on.
class CallCounters {
public:
	CallCounters(ServerCounters &server, ServerCounters &session) : server(server), session(session) {
	}

	void Add(std::atomic<uint64_t> ServerCounters::*counter, uint64_t count) {
		server.*counter += count;
		session.*counter += count;
	}
	void Subtract(std::atomic<uint64_t> ServerCounters::*counter, uint64_t count) {
		server.*counter -= count;
		session.*counter -= count;
	}

private:
	ServerCounters &server;
	ServerCounters &session;
};

} // namespace skein
