//! What a client counts per server; the server counts the same from its side (Statistics in the .proto).
#pragma once

#include <atomic>
#include <cstdint>

namespace skein {

struct ClientCounters {
	std::atomic<uint64_t> statements {0};
	//! Every Flight call but OPEN_SESSION, STATISTICS (the connection's hello is one) and HEARTBEAT.
	std::atomic<uint64_t> round_trips {0};
	//! Record batch bytes as WireBytes counts them; sent is what went to the server.
	std::atomic<uint64_t> bytes_sent {0};
	std::atomic<uint64_t> bytes_received {0};
	std::atomic<uint64_t> rows_sent {0};
	std::atomic<uint64_t> rows_received {0};
	std::atomic<uint64_t> active_statements {0};
};

} // namespace skein
