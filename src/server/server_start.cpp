#include "server/server_start.hpp"

#include <unistd.h>

#include "duckdb/common/error_data.hpp"
#include "server/access_middleware.hpp"
#include "server/distributed_flight_server.hpp"
#include "server/engine.hpp"
#include "server/listen_check.hpp"
#include "server/server_log.hpp"
#include "server/server_options.hpp"
#include "server/startup_error.hpp"
#include "server/tls_files.hpp"

namespace skein {

CheckedOptions CheckOptions(const ServerOptions &options) {
	AccessPolicy policy(AccessToken::Load(options), options.allow_remote_without_authentication);
	std::vector<arrow::flight::CertKeyPair> certificates;
	if (!options.tls_cert.empty()) {
		certificates.push_back(LoadTlsFiles(options.tls_cert, options.tls_key));
	}
	return CheckedOptions {std::move(policy), std::move(certificates), CheckListenAddress(options)};
}

std::unique_ptr<Engine> OpenEngine(const ServerOptions &options) {
	EngineOptions engine_options;
	engine_options.database_path = options.database;
	engine_options.read_only = options.read_only;
	engine_options.memory_limit = options.memory_limit;
	engine_options.threads = options.threads;
	try {
		return std::make_unique<Engine>(engine_options);
	} catch (const std::exception &exception) {
		auto name = options.database.empty() ? "a database in memory" : "the database '" + options.database + "'";
		throw StartupError("cannot open " + name + ": " + duckdb::ErrorData(exception).RawMessage());
	}
}

void StartServing(DistributedFlightServer &server, const ServerOptions &options, const CheckedOptions &checked) {
	arrow::flight::FlightServerOptions flight_options(checked.location);
	flight_options.tls_certificates = checked.certificates;
	flight_options.middleware.emplace_back("access", std::make_shared<AccessMiddlewareFactory>(checked.policy));
	auto status = server.Init(flight_options);
	if (!status.ok()) {
		// Another process may have come first since the check.
		CheckListenAddress(options);
		throw StartupError("Flight would not start on " + ListenURI(options, options.port) + ": " + status.message());
	}
}

std::string StartLine(const ServerOptions &options, AccessMode mode, int actual_port) {
	auto database = options.database.empty() ? ":memory:" : options.database;
	return "distributed_server listening on " + ListenURI(options, actual_port) + " database=" + LogQuote(database) +
	       (options.read_only ? " read_only=yes " : " read_only=no ") + VersionText() +
	       " mode=" + AccessModeName(mode) + " tls=" + (options.tls_cert.empty() ? "off" : "on") +
	       " pid=" + std::to_string(getpid());
}

} // namespace skein
