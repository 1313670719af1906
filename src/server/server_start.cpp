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
#include "server/tcp_keepalive.hpp"
#include "server/tls_files.hpp"

namespace skein {

CheckedOptions CheckOptions(const ServerOptions &options) {
	AccessPolicy policy(AccessToken::Load(options), options.allow_remote_without_authentication);
	std::vector<arrow::flight::CertKeyPair> certificates;
	if (!options.tls_cert.empty()) {
		certificates.push_back(LoadTlsFiles(options.tls_cert, options.tls_key));
	}
	return CheckedOptions {std::make_unique<AccessControl>(std::move(policy)), std::move(certificates),
	                       CheckListenAddress(options)};
}

std::unique_ptr<Engine> OpenEngine(const ServerOptions &options) {
	EngineOptions engine_options;
	engine_options.database_path = options.database;
	engine_options.read_only = options.read_only;
	engine_options.memory_limit = options.memory_limit;
	engine_options.threads = options.threads;
	engine_options.named_databases = options.named_databases;
	engine_options.database_dir = options.database_dir;
	try {
		return std::make_unique<Engine>(engine_options);
	} catch (const std::exception &exception) {
		std::string what = "a database in memory";
		if (!options.database.empty()) {
			what = "the database '" + options.database + "'";
		} else if (!options.named_databases.empty() || !options.database_dir.empty()) {
			what = "the databases";
		}
		throw StartupError("cannot open " + what + ": " + duckdb::ErrorData(exception).RawMessage());
	}
}

void StartServing(DistributedFlightServer &server, const ServerOptions &options, const CheckedOptions &checked) {
	arrow::flight::FlightServerOptions flight_options(checked.location);
	flight_options.tls_certificates = checked.certificates;
	flight_options.middleware.emplace_back(ACCESS_MIDDLEWARE,
	                                       std::make_shared<AccessMiddlewareFactory>(*checked.access));
	auto status = server.Init(flight_options);
	if (!status.ok()) {
		// Another process may have come first since the check.
		CheckListenAddress(options);
		throw StartupError("Flight would not start on " + ListenURI(options, options.port) + ": " + status.message());
	}
	EnableKeepalive(server.port());
}

static std::string DatabasesText(const ServerOptions &options) {
	auto text = " database=" + LogQuote(options.database.empty() ? ":memory:" : options.database);
	if (!options.named_databases.empty()) {
		text.clear();
		for (auto &named : options.named_databases) {
			text += " database=" + LogQuote(named.name + "=" + named.path);
		}
	} else if (options.database.empty() && options.read_only) {
		text = " database=none";
	}
	return text + (options.database_dir.empty() ? "" : " database_dir=" + LogQuote(options.database_dir));
}

std::string StartLine(const ServerOptions &options, AccessMode mode, int actual_port) {
	return "distributed_server listening on " + ListenURI(options, actual_port) + DatabasesText(options) +
	       (options.read_only ? " read_only=yes " : " read_only=no ") + VersionText() +
	       " mode=" + AccessModeName(mode) + " tls=" + (options.tls_cert.empty() ? "off" : "on") +
	       " pid=" + std::to_string(getpid());
}

} // namespace skein
