//! What distributed_server is told by its command line, a configuration file and the environment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/limits.hpp"
#include "protocol/version.hpp"
#include "server/database_name.hpp"
#include "server/server_limits.hpp"
#include "server/server_log.hpp"

namespace skein {

struct ServerOptions {
	//! An address, a name, or grpc+unix:///path for a socket file.
	std::string host = "0.0.0.0";
	//! 0: any free port.
	uint16_t port = DEFAULT_PORT;
	//! The one database, which has no name of its own. Empty: in memory, unless there are named ones.
	std::string database;
	//! The first is where calls work that name none.
	std::vector<NamedDatabase> named_databases;
	//! Where databases are made on request. Empty: nowhere.
	std::string database_dir;
	bool read_only = false;
	//! As DuckDB writes sizes. Empty: DuckDB's default.
	std::string memory_limit;
	//! 0: one for each processor.
	uint64_t threads = 0;
	LogLevel log_level = LogLevel::INFO;
	std::string token_file;
	//! PEM files; both or neither.
	std::string tls_cert;
	std::string tls_key;
	bool allow_remote_without_authentication = false;
	ServerLimits limits;
	uint64_t drain_seconds = limits::drain_seconds_default;
};

//! The process' exit codes.
constexpr int EXIT_FINE = 0;
//! Could not start, or could not end in good order.
constexpr int EXIT_FAILED = 1;
constexpr int EXIT_USAGE = 2;

//! Fills `options`, the command line before the configuration file before the environment. Returns the code to exit
//! with where there is nothing to serve: after --help and --version (printed to stdout), and for a wrong option (its
//! name and what it accepts, to stderr).
std::optional<int> ParseServerOptions(int argc, const char *const *argv, ServerOptions &options);

//! Skein's, DuckDB's and Arrow's: "skein=0.1.0 duckdb=v2.0.0 arrow=26.0.1 protocol=1".
std::string VersionText();

} // namespace skein
