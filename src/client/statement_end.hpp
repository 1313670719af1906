//! Whether a statement must not wait any longer.
#pragma once

#include <exception>

#include "duckdb/main/client_context.hpp"

namespace skein {

//! True once the user interrupted it or its max_execution_time is over. Any thread.
inline bool MustEnd(const duckdb::ClientContext &context) {
	try {
		context.BlockingInterruptCheck();
		return false;
	} catch (std::exception &) {
		return true;
	}
}

} // namespace skein
