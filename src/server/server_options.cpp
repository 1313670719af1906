#include "server/server_options.hpp"

#include <cstdlib>
#include <map>
#include <regex>
#include <set>

#include <CLI/CLI.hpp>
#include <arrow/config.h>

#include "server/engine.hpp"
#include "server/limit_options.hpp"
#include "server/option_checks.hpp"

namespace skein {

namespace {

CLI::Validator MemorySize() {
	return Accepts("a size such as 512MB, 4GB or 1.5GiB, or 1% to 100%", [](const std::string &value) {
		static const std::regex size(R"(\d{1,15}(\.\d{1,6})?\s*(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB))", std::regex::icase);
		static const std::regex share(R"((100|[1-9]\d?)\s*%)");
		auto is_zero = value.find_first_of("123456789") == std::string::npos;
		return !is_zero && (std::regex_match(value, size) || std::regex_match(value, share));
	});
}

CLI::Validator NotEmpty(const std::string &accepted) {
	return Accepts(accepted, [](const std::string &value) { return !value.empty(); });
}

CLI::Validator Level() {
	return Accepts("debug, info, warning, error or off", [](const std::string &value) {
		LogLevel level;
		return ParseLogLevel(value, level);
	});
}

void AddListening(CLI::App &app, ServerOptions &options) {
	app.add_option("host", options.host, "Address, name or grpc+unix:///path to listen on")
	    ->envname("SKEIN_HOST")
	    ->check(NotEmpty("an address, a name or grpc+unix:///path"))
	    ->capture_default_str();
	app.add_option("port", options.port, "Port to listen on; 0 takes a free one")
	    ->envname("SKEIN_PORT")
	    ->check(WholeNumber(0, 65535))
	    ->capture_default_str();
}

void AddDatabases(CLI::App &app, ServerOptions &options, std::vector<std::string> &databases) {
	app.add_option(
	       "--database", databases,
	       "Database file, made where there is none (default: in memory). As NAME=FILE several times: the first "
	       "is the one for clients that name none")
	    ->envname("SKEIN_DATABASE")
	    ->type_name("FILE")
	    ->allow_extra_args(false);
	app.add_option("--database-dir", options.database_dir, "Folder of databases that clients may make")
	    ->envname("SKEIN_DATABASE_DIR")
	    ->type_name("DIR")
	    ->check(NotEmpty("the name of a folder"));
	app.add_flag("--read-only", options.read_only, "Open database files for reading only")->envname("SKEIN_READ_ONLY");
}

void SetDatabases(const std::vector<std::string> &databases, ServerOptions &options) {
	std::set<std::string> names;
	for (auto &argument : databases) {
		NamedDatabase named;
		if (!SplitDatabaseArgument(argument, named)) {
			options.database = argument;
		} else if (named.path.empty()) {
			throw CLI::ValidationError("--database", "'" + argument + "' is not accepted; give a file after the =");
		} else if (!names.insert(FoldDatabaseName(named.name)).second) {
			throw CLI::ValidationError("--database",
			                           "two are called '" + named.name + "'; give each a name of its own");
		} else {
			options.named_databases.push_back(std::move(named));
		}
	}
	if (databases.size() > 1 && options.named_databases.size() != databases.size()) {
		throw CLI::ValidationError("--database", "each of several needs a name, NAME=FILE, but one is '" +
		                                             options.database + "'; a name is " + DATABASE_NAME_RULE);
	}
	if (options.read_only && options.database.empty() && options.named_databases.empty() &&
	    options.database_dir.empty()) {
		throw CLI::ValidationError("--read-only", "needs --database: a database in memory starts empty");
	}
}

void AddEngine(CLI::App &app, ServerOptions &options) {
	app.add_option("--memory-limit", options.memory_limit, "Memory of DuckDB's buffers: 4GB, 80% (default: DuckDB's)")
	    ->envname("SKEIN_MEMORY_LIMIT")
	    ->type_name("SIZE")
	    ->check(MemorySize());
	app.add_option("--threads", options.threads, "DuckDB's worker threads (default: one for each processor)")
	    ->envname("SKEIN_THREADS")
	    ->type_name("N")
	    ->check(WholeNumber(1, 1024));
}

void AddAccess(CLI::App &app, ServerOptions &options) {
	app.add_option("--token-file", options.token_file,
	               "File whose one line is the token every call must carry; SKEIN_TOKEN holds a token itself")
	    ->envname("SKEIN_TOKEN_FILE")
	    ->type_name("FILE")
	    ->check(NotEmpty("the name of a file"));
	auto cert = app.add_option("--tls-cert", options.tls_cert, "Server certificate and its chain, PEM")
	                ->envname("SKEIN_TLS_CERT")
	                ->type_name("FILE")
	                ->check(NotEmpty("the name of a PEM file"));
	auto key = app.add_option("--tls-key", options.tls_key, "Private key of the server certificate, PEM")
	               ->envname("SKEIN_TLS_KEY")
	               ->type_name("FILE")
	               ->check(NotEmpty("the name of a PEM file"));
	cert->needs(key);
	key->needs(cert);
	app.add_flag("--allow-remote-without-authentication", options.allow_remote_without_authentication,
	             "Without a token, serve everyone who can reach the port, not only this machine")
	    ->envname("SKEIN_ALLOW_REMOTE_WITHOUT_AUTHENTICATION");
}

void AddProcess(CLI::App &app, ServerOptions &options, std::string &log_level) {
	app.add_option("--log-level", log_level, "debug, info, warning, error or off")
	    ->envname("SKEIN_LOG_LEVEL")
	    ->type_name("LEVEL")
	    ->check(Level())
	    ->capture_default_str();
	app.add_option("--drain-seconds", options.drain_seconds,
	               "Time for work in flight to end after the first SIGINT or SIGTERM")
	    ->envname("SKEIN_DRAIN_SECONDS")
	    ->type_name("N")
	    ->check(WholeNumber(0, 86400))
	    ->capture_default_str();
	// CLI11 reads a default file only if it is there; one named by the environment must be.
	auto from_environment = std::getenv("SKEIN_CONFIG");
	auto named = from_environment && *from_environment;
	app.set_config("--config", named ? from_environment : "", "Options from a file: one name=value a line (TOML)",
	               named)
	    ->envname("SKEIN_CONFIG")
	    ->type_name("FILE")
	    ->configurable(false);
	app.allow_config_extras(CLI::config_extras_mode::error);
}

int ReportUsage(const CLI::App &app, const CLI::ParseError &error) {
	if (error.get_exit_code() == 0) {
		app.exit(error);
		return EXIT_FINE;
	}
	std::string reason = error.what();
	if (dynamic_cast<const CLI::ConversionError *>(&error)) {
		reason += "; give true or false";
	} else if (dynamic_cast<const CLI::FileError *>(&error)) {
		reason = "--config: " + reason + "; give the name of a file that can be read";
	}
	std::cerr << "distributed_server: " << reason << "\nRun distributed_server --help for all options.\n";
	return EXIT_USAGE;
}

} // namespace

std::optional<int> ParseServerOptions(int argc, const char *const *argv, ServerOptions &options) {
	CLI::App app("Serves DuckDB databases to other DuckDBs over Arrow Flight.", "distributed_server");
	app.footer("The command line counts before the configuration file, the file before the environment.");
	app.get_formatter()->column_width(44);
	std::string log_level = "info";
	app.set_version_flag("--version", VersionText());
	AddListening(app, options);
	std::vector<std::string> databases;
	AddDatabases(app, options, databases);
	AddEngine(app, options);
	AddAccess(app, options);
	AddLimitOptions(app, options.limits);
	AddProcess(app, options, log_level);
	try {
		app.parse(argc, argv);
		SetDatabases(databases, options);
	} catch (const CLI::ParseError &error) {
		return ReportUsage(app, error);
	}
	ParseLogLevel(log_level, options.log_level);
	return std::nullopt;
}

std::string VersionText() {
	return std::string("skein=") + SKEIN_VERSION + " duckdb=" + Engine::Version() +
	       " arrow=" + arrow::GetBuildInfo().version_string + " protocol=" + std::to_string(PROTOCOL_VERSION);
}

} // namespace skein
