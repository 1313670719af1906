//! distributed_server: parses its options, builds the server, runs it until a signal comes, and drains.

#include <iostream>

#include "server/distributed_flight_server.hpp"
#include "server/engine.hpp"
#include "server/logged_events.hpp"
#include "server/process_memory.hpp"
#include "server/server_drain.hpp"
#include "server/server_options.hpp"
#include "server/server_start.hpp"
#include "server/shutdown_signals.hpp"
#include "server/startup_error.hpp"
#include "server/token_reload.hpp"

namespace {

using namespace skein;

int Serve(const ServerOptions &options, ShutdownSignals &signals) {
	auto checked = CheckOptions(options);
	auto engine = OpenEngine(options);
	LoggedEvents events;
	DistributedFlightServer server(*engine, options.limits, events);
	StartServing(server, options, checked);
	if (!options.token_file.empty()) {
		signals.SetReload([&]() { ReloadToken(options.token_file, *checked.access, server); });
	}
	signals.ExpectShutdown();
	std::cout << StartLine(options, checked.access->Mode(), server.port()) << std::endl;
	Log(LogLevel::INFO, "signal", {{"number", signals.Wait()}});
	signals.SetReload([]() {});
	return DrainServer(server, *engine, std::chrono::seconds(options.drain_seconds));
}

} // namespace

int main(int argc, char **argv) {
	ConfigureProcessMemory();
	ShutdownSignals signals;
	ServerOptions options;
	if (auto exit_code = ParseServerOptions(argc, argv, options)) {
		return *exit_code;
	}
	StartLog(options.log_level);
	try {
		return Serve(options, signals);
	} catch (const StartupError &error) {
		std::cerr << "distributed_server: " << error.what() << std::endl;
		return EXIT_FAILED;
	}
}
