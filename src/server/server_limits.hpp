//! The limits a server runs with: what its options say, the defaults otherwise. docs/limits.md describes them.
#pragma once

#include <cstdint>

#include "protocol/limits.hpp"

namespace skein {

struct ServerLimits {
	uint64_t sessions_count_max = limits::sessions_count_default;
	uint64_t session_lease_seconds = limits::session_lease_seconds_default;
	//! Scans and uploads under way.
	uint64_t streams_count_max = limits::streams_count_default;
	//! From a statement's request to its end. 0: none.
	uint64_t statement_seconds_max = limits::statement_seconds_default;
	uint64_t request_bytes_max = limits::request_bytes_default;
	uint64_t upload_batch_bytes_max = limits::upload_batch_bytes_max;
	uint64_t scan_buffer_bytes_max = limits::scan_buffer_bytes_default;
	uint64_t upload_buffer_bytes_max = limits::upload_buffer_bytes_default;
};

} // namespace skein
