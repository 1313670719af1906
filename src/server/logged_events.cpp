#include "server/logged_events.hpp"

#include "server/peer_address.hpp"
#include "server/server_log.hpp"

namespace skein {

void LoggedEvents::OnRequest(const RequestRecord &record) {
	auto failed = !record.exception_type.empty();
	auto level = failed ? LogLevel::INFO : LogLevel::DETAIL;
	if (!LogEnabled(level)) {
		return;
	}
	Log(level, failed ? "request failed" : "request",
	    {{"type", RequestTypeName(record.type)},
	     {"method", record.method},
	     {"peer", PercentDecode(record.peer)},
	     {"session", record.session_number},
	     {"error", record.exception_type},
	     {"category", static_cast<uint32_t>(record.category)},
	     {"rows_sent", record.rows_sent},
	     {"rows_received", record.rows_received},
	     {"bytes_sent", record.bytes_sent},
	     {"bytes_received", record.bytes_received},
	     {"microseconds", record.microseconds}});
}

void LoggedEvents::OnSessionOpened(uint64_t session_number, const std::string &peer) {
	Log(LogLevel::DETAIL, "session opened", {{"session", session_number}, {"peer", PercentDecode(peer)}});
}

void LoggedEvents::OnSessionEnded(uint64_t session_number, const char *reason) {
	Log(LogLevel::DETAIL, "session ended", {{"session", session_number}, {"reason", reason}});
}

void LoggedEvents::OnEngineFailed(const std::string &) {
	// The engine's message may quote data.
	Log(LogLevel::ERROR, "engine failed; every request fails until the server is started again");
}

} // namespace skein
