#include "server/server_drain.hpp"

#include <future>
#include <thread>

#include <unistd.h>

#include "duckdb/common/error_data.hpp"
#include "protocol/limits.hpp"
#include "server/distributed_flight_server.hpp"
#include "server/engine.hpp"
#include "server/server_log.hpp"
#include "server/server_options.hpp"

namespace skein {

namespace {

bool CheckpointDatabase(Engine &engine) {
	try {
		engine.Checkpoint();
		return true;
	} catch (const std::exception &exception) {
		Log(LogLevel::ERROR, "checkpoint failed; the write-ahead log keeps what was committed",
		    {{"reason", duckdb::ErrorData(exception).RawMessage()}});
		return false;
	}
}

int LogEnd(bool checkpointed) {
	Log(LogLevel::INFO, "ended", {{"checkpointed", checkpointed ? "yes" : "no"}});
	return checkpointed ? EXIT_FINE : EXIT_FAILED;
}

//! Stops listening and waits for the calls to return; what waits for a client is cut off after a moment. The engine has
//! operators that do not look whether they are interrupted: a call in one of them would keep the process for hours, so
//! then the process ends here and now.
void EndFlight(DistributedFlightServer &server, Engine &engine) {
	std::promise<void> ended;
	auto all_returned = ended.get_future();
	std::thread stopper([&server, &ended] {
		auto deadline = std::chrono::system_clock::now() + std::chrono::milliseconds(limits::drain_answer_ms_max);
		auto status = server.Shutdown(&deadline);
		if (status.ok()) {
			status = server.Wait();
		}
		if (!status.ok()) {
			Log(LogLevel::ERROR, "flight did not end", {{"reason", status.message()}});
		}
		ended.set_value();
	});
	if (all_returned.wait_for(std::chrono::milliseconds(limits::drain_return_ms_max)) != std::future_status::ready) {
		Log(LogLevel::ERROR, "calls did not return; ending without them",
		    {{"active_statements", server.ActiveStatements()}});
		_exit(LogEnd(CheckpointDatabase(engine)));
	}
	stopper.join();
}

} // namespace

int DrainServer(DistributedFlightServer &server, Engine &engine, std::chrono::seconds patience) {
	Log(LogLevel::INFO, "draining",
	    {{"active_statements", server.ActiveStatements()},
	     {"open_transactions", server.OpenTransactions()},
	     {"seconds", patience.count()}});
	server.StartDraining();
	if (!server.WaitForIdle(std::chrono::steady_clock::now() + patience)) {
		Log(LogLevel::WARNING, "interrupting what still runs",
		    {{"active_statements", server.ActiveStatements()}, {"open_transactions", server.OpenTransactions()}});
		server.InterruptAll();
	}
	EndFlight(server, engine);
	return LogEnd(CheckpointDatabase(engine));
}

} // namespace skein
