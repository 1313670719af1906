#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "server/server_options.hpp"
#include "temporary_folder.hpp"

namespace skein {
namespace {

struct Parsed {
	ServerOptions options;
	std::optional<int> exit_code;
	std::string out;
	std::string err;
};

Parsed Parse(std::vector<const char *> arguments) {
	arguments.insert(arguments.begin(), "distributed_server");
	Parsed parsed;
	testing::internal::CaptureStdout();
	testing::internal::CaptureStderr();
	parsed.exit_code = ParseServerOptions(static_cast<int>(arguments.size()), arguments.data(), parsed.options);
	parsed.out = testing::internal::GetCapturedStdout();
	parsed.err = testing::internal::GetCapturedStderr();
	return parsed;
}

//! Sets a variable for the length of a test.
class Variable {
public:
	Variable(const char *name, const char *value) : name(name) {
		setenv(name, value, 1);
	}
	~Variable() {
		unsetenv(name);
	}

private:
	const char *name;
};

TEST(ServerOptions, DefaultsAreThoseOfTheTranscript) {
	auto parsed = Parse({});
	EXPECT_FALSE(parsed.exit_code) << parsed.err;
	EXPECT_EQ(parsed.options.host, "0.0.0.0");
	EXPECT_EQ(parsed.options.port, 8815);
	EXPECT_EQ(parsed.options.database, "");
	EXPECT_FALSE(parsed.options.allow_remote_without_authentication);
	EXPECT_EQ(parsed.options.drain_seconds, 30u);
}

TEST(ServerOptions, LimitsComeFromTheCommandLineAndTheEnvironment) {
	auto defaults = Parse({}).options.limits;
	EXPECT_EQ(defaults.sessions_count_max, limits::sessions_count_default);
	EXPECT_EQ(defaults.statement_seconds_max, 0u);
	Variable variable("SKEIN_MAX_STREAMS", "7");
	auto parsed = Parse({"--max-sessions", "3", "--max-statement-seconds", "60", "--session-lease-seconds", "5",
	                     "--max-request-bytes", "65536", "--scan-buffer-bytes", "1048576"});
	EXPECT_FALSE(parsed.exit_code) << parsed.err;
	auto &limits = parsed.options.limits;
	EXPECT_EQ(limits.sessions_count_max, 3u);
	EXPECT_EQ(limits.streams_count_max, 7u);
	EXPECT_EQ(limits.statement_seconds_max, 60u);
	EXPECT_EQ(limits.session_lease_seconds, 5u);
	EXPECT_EQ(limits.request_bytes_max, 65536u);
	EXPECT_EQ(limits.scan_buffer_bytes_max, 1048576u);
	EXPECT_EQ(limits.upload_buffer_bytes_max, limits::upload_buffer_bytes_default);
}

TEST(ServerOptions, HostAndPortArePositional) {
	auto parsed = Parse({"127.0.0.1", "9000"});
	EXPECT_FALSE(parsed.exit_code) << parsed.err;
	EXPECT_EQ(parsed.options.host, "127.0.0.1");
	EXPECT_EQ(parsed.options.port, 9000);
}

TEST(ServerOptions, EveryOptionArrives) {
	auto parsed = Parse({"--database",
	                     "a b.db",
	                     "--read-only",
	                     "--memory-limit",
	                     "1.5GiB",
	                     "--threads",
	                     "3",
	                     "--log-level",
	                     "debug",
	                     "--token-file",
	                     "t",
	                     "--tls-cert",
	                     "c",
	                     "--tls-key",
	                     "k",
	                     "--allow-remote-without-authentication",
	                     "--drain-seconds",
	                     "0",
	                     "::1",
	                     "0"});
	ASSERT_FALSE(parsed.exit_code) << parsed.err;
	auto &options = parsed.options;
	EXPECT_EQ(options.host, "::1");
	EXPECT_EQ(options.port, 0);
	EXPECT_EQ(options.database, "a b.db");
	EXPECT_TRUE(options.read_only);
	EXPECT_EQ(options.memory_limit, "1.5GiB");
	EXPECT_EQ(options.threads, 3u);
	EXPECT_EQ(options.log_level, LogLevel::DETAIL);
	EXPECT_EQ(options.token_file, "t");
	EXPECT_EQ(options.tls_cert, "c");
	EXPECT_EQ(options.tls_key, "k");
	EXPECT_TRUE(options.allow_remote_without_authentication);
	EXPECT_EQ(options.drain_seconds, 0u);
}

TEST(ServerOptions, SeveralDatabasesByName) {
	auto parsed = Parse({"--database", "a=x.db", "--database", "B=y=z.db", "--database-dir", "dir", "127.0.0.1", "1"});
	ASSERT_FALSE(parsed.exit_code) << parsed.err;
	auto &named = parsed.options.named_databases;
	ASSERT_EQ(named.size(), 2u);
	EXPECT_EQ(named[0].name, "a");
	EXPECT_EQ(named[1].path, "y=z.db");
	EXPECT_EQ(parsed.options.database, "");
	EXPECT_EQ(parsed.options.database_dir, "dir");
	EXPECT_EQ(parsed.options.host, "127.0.0.1");
}

TEST(ServerOptions, NamedDatabasesFromAFileAndTheEnvironment) {
	TemporaryFolder folder;
	auto path = folder.Write("skein.toml", "database=[\"a=x.db\", \"b=y.db\"]\n");
	auto parsed = Parse({"--config", path.c_str()});
	ASSERT_FALSE(parsed.exit_code) << parsed.err;
	EXPECT_EQ(parsed.options.named_databases.size(), 2u);
	Variable database("SKEIN_DATABASE", "c=z.db");
	parsed = Parse({});
	ASSERT_EQ(parsed.options.named_databases.size(), 1u);
	EXPECT_EQ(parsed.options.named_databases[0].name, "c");
}

struct BadValue {
	std::vector<const char *> arguments;
	//! Both must be in the message.
	std::string option;
	std::string accepted;
};

TEST(ServerOptions, BadValuesNameOptionAndWhatIsAccepted) {
	const std::vector<BadValue> cases = {
	    {{"--threads", "0"}, "--threads", "a whole number from 1 to 1024"},
	    {{"--threads", "-1"}, "--threads", "a whole number from 1 to 1024"},
	    {{"--threads", "two"}, "--threads", "a whole number from 1 to 1024"},
	    {{"--threads", "99999999999999999999999"}, "--threads", "a whole number from 1 to 1024"},
	    {{"--drain-seconds", "1.5"}, "--drain-seconds", "a whole number from 0 to 86400"},
	    {{"--memory-limit", "much"}, "--memory-limit", "a size such as"},
	    {{"--memory-limit", "4"}, "--memory-limit", "a size such as"},
	    {{"--memory-limit", "0GB"}, "--memory-limit", "a size such as"},
	    {{"--memory-limit", "0%"}, "--memory-limit", "1% to 100%"},
	    {{"--memory-limit", "101%"}, "--memory-limit", "1% to 100%"},
	    {{"--log-level", "loud"}, "--log-level", "debug, info, warning, error or off"},
	    {{"127.0.0.1", "65536"}, "port", "a whole number from 0 to 65535"},
	    {{"127.0.0.1", "http"}, "port", "a whole number from 0 to 65535"},
	    {{"--token-file", ""}, "--token-file", "the name of a file"},
	    {{"--tls-cert", "c"}, "--tls-cert", "--tls-key"},
	    {{"--tls-key", "k"}, "--tls-key", "--tls-cert"},
	    {{"--read-only"}, "--read-only", "--database"},
	    {{"--config", "/nowhere/at all"}, "--config", "/nowhere/at all"},
	    {{"--read-only=maybe"}, "--read-only", "true or false"},
	    {{"--verbose"}, "--verbose", "--help"},
	    {{"localhost", "1", "2"}, "2", "--help"},
	    {{"--database"}, "--database", ""},
	};
	for (auto &bad : cases) {
		auto parsed = Parse(bad.arguments);
		ASSERT_TRUE(parsed.exit_code) << bad.arguments[0];
		EXPECT_EQ(*parsed.exit_code, EXIT_USAGE) << bad.arguments[0];
		EXPECT_EQ(parsed.out, "") << bad.arguments[0];
		EXPECT_NE(parsed.err.find(bad.option), std::string::npos) << parsed.err;
		EXPECT_NE(parsed.err.find(bad.accepted), std::string::npos) << parsed.err;
	}
}

TEST(ServerOptions, MemoryLimitsAreWrittenAsDuckDBDoes) {
	for (auto size : {"512MB", "4gb", "1.5GiB", "80%", "100%", "10 MB", "123456789B"}) {
		auto parsed = Parse({"--memory-limit", size});
		EXPECT_FALSE(parsed.exit_code) << parsed.err;
		EXPECT_EQ(parsed.options.memory_limit, size);
	}
}

TEST(ServerOptions, HelpAndVersionGoToStandardOutput) {
	auto help = Parse({"--help"});
	EXPECT_EQ(help.exit_code, EXIT_FINE);
	EXPECT_NE(help.out.find("--drain-seconds"), std::string::npos) << help.out;
	auto version = Parse({"--version"});
	EXPECT_EQ(version.exit_code, EXIT_FINE);
	for (auto part : {"skein=", "duckdb=v2.", "arrow=", "protocol=1"}) {
		EXPECT_NE(version.out.find(part), std::string::npos) << version.out;
	}
}

TEST(ServerOptions, CommandLineBeforeFileBeforeEnvironment) {
	TemporaryFolder folder;
	auto path = folder.Write("skein.toml", "threads=2\ndrain-seconds=7\nread-only=true\ndatabase=\"from file\"\n");
	Variable threads("SKEIN_THREADS", "4");
	Variable level("SKEIN_LOG_LEVEL", "error");
	Variable host("SKEIN_HOST", "::1");
	Variable port("SKEIN_PORT", "1234");
	auto parsed = Parse({"--config", path.c_str(), "--drain-seconds", "9"});
	ASSERT_FALSE(parsed.exit_code) << parsed.err;
	EXPECT_EQ(parsed.options.drain_seconds, 9u);
	EXPECT_EQ(parsed.options.threads, 2u);
	EXPECT_EQ(parsed.options.database, "from file");
	EXPECT_TRUE(parsed.options.read_only);
	EXPECT_EQ(parsed.options.log_level, LogLevel::ERROR);
	EXPECT_EQ(parsed.options.host, "::1");
	EXPECT_EQ(parsed.options.port, 1234);
}

TEST(ServerOptions, EnvironmentNamesTheFile) {
	TemporaryFolder folder;
	auto path = folder.Write("skein.toml", "threads=2\n");
	{
		Variable config("SKEIN_CONFIG", path.c_str());
		auto parsed = Parse({});
		ASSERT_FALSE(parsed.exit_code) << parsed.err;
		EXPECT_EQ(parsed.options.threads, 2u);
	}
	Variable config("SKEIN_CONFIG", "/nowhere/at all");
	EXPECT_EQ(Parse({}).exit_code, EXIT_USAGE);
}

TEST(ServerOptions, EnvironmentAndFileAreCheckedToo) {
	{
		Variable threads("SKEIN_THREADS", "many");
		auto parsed = Parse({});
		EXPECT_EQ(parsed.exit_code, EXIT_USAGE);
		EXPECT_NE(parsed.err.find("--threads"), std::string::npos) << parsed.err;
	}
	TemporaryFolder folder;
	for (auto content : {"threads=many\n", "thread=2\n", "token=secret\n"}) {
		auto path = folder.Write("skein.toml", content);
		auto parsed = Parse({"--config", path.c_str()});
		EXPECT_EQ(parsed.exit_code, EXIT_USAGE) << content;
		EXPECT_NE(parsed.err.find("thread") == std::string::npos, parsed.err.find("token") == std::string::npos)
		    << parsed.err;
	}
}

} // namespace
} // namespace skein
