//! Notices that a statement was given up without an interrupt.
//!
//! DuckDB's Python library ends a statement on Ctrl-C by cancelling its executor: tasks under way on other threads run
//! on to the end of their pipeline, and would commit what nobody waits for. All they could see is that the executor has
//! let go of the buffer for the statement's result. Thread-safe.
#pragma once

#include <atomic>

#include "duckdb/common/exception.hpp"
#include "duckdb/execution/executor.hpp"
#include "duckdb/main/client_context.hpp"

namespace skein {

class GivenUpStatement {
public:
	//! Throws InterruptException once the statement was given up.
	void Check(duckdb::ClientContext &context) {
		if (duckdb::Executor::Get(context).GetResultBuffer()) {
			had_result_buffer = true;
		} else if (had_result_buffer) {
			throw duckdb::InterruptException();
		}
	}

private:
	std::atomic<bool> had_result_buffer {false};
};

} // namespace skein
