#include "server/limit_options.hpp"

#include "server/option_checks.hpp"

namespace skein {

namespace {

constexpr uint64_t COUNT_MAX = 1000000;
constexpr uint64_t DAY_SECONDS = 86400;
constexpr uint64_t BUFFER_BYTES_MIN = 1ULL << 20;
constexpr uint64_t BUFFER_BYTES_MAX = 16ULL << 30;
constexpr uint64_t REQUEST_BYTES_MIN = 64ULL << 10;

void Add(CLI::App &app, const std::string &name, const std::string &variable, const std::string &type, uint64_t &value,
         const CLI::Validator &accepted, const std::string &description) {
	app.add_option(name, value, description)
	    ->envname(variable)
	    ->type_name(type)
	    ->check(accepted)
	    ->capture_default_str();
}

} // namespace

void AddLimitOptions(CLI::App &app, ServerLimits &limits) {
	Add(app, "--max-sessions", "SKEIN_MAX_SESSIONS", "N", limits.sessions_count_max, WholeNumber(1, COUNT_MAX),
	    "Sessions open at once; those there stay when it is reached");
	Add(app, "--session-lease-seconds", "SKEIN_SESSION_LEASE_SECONDS", "N", limits.session_lease_seconds,
	    WholeNumber(1, DAY_SECONDS), "Time without a call after which a session ends");
	Add(app, "--max-streams", "SKEIN_MAX_STREAMS", "N", limits.streams_count_max, WholeNumber(1, COUNT_MAX),
	    "Scans and uploads under way at once");
	Add(app, "--max-statement-seconds", "SKEIN_MAX_STATEMENT_SECONDS", "N", limits.statement_seconds_max,
	    WholeNumber(0, COUNT_MAX), "Time for a statement, with sending and receiving its rows; 0: as long as it takes");
	Add(app, "--max-request-bytes", "SKEIN_MAX_REQUEST_BYTES", "BYTES", limits.request_bytes_max,
	    WholeNumber(REQUEST_BYTES_MIN, limits::request_bytes_max), "Size of one request, its SQL text included");
	// Our client cuts an upload into batches of batch_bytes_max.
	Add(app, "--max-upload-batch-bytes", "SKEIN_MAX_UPLOAD_BATCH_BYTES", "BYTES", limits.upload_batch_bytes_max,
	    WholeNumber(2 * limits::batch_bytes_max, limits::upload_batch_bytes_max), "Size of one uploaded record batch");
	Add(app, "--scan-buffer-bytes", "SKEIN_SCAN_BUFFER_BYTES", "BYTES", limits.scan_buffer_bytes_max,
	    WholeNumber(BUFFER_BYTES_MIN, BUFFER_BYTES_MAX), "Rows of one scan made before the client reads them");
	Add(app, "--upload-buffer-bytes", "SKEIN_UPLOAD_BUFFER_BYTES", "BYTES", limits.upload_buffer_bytes_max,
	    WholeNumber(BUFFER_BYTES_MIN, BUFFER_BYTES_MAX), "Rows of one upload that wait for the engine");
}

} // namespace skein
