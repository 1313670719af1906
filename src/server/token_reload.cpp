#include "server/token_reload.hpp"

#include "server/access_control.hpp"
#include "server/distributed_flight_server.hpp"
#include "server/server_log.hpp"
#include "server/startup_error.hpp"

namespace skein {

void ReloadToken(const std::string &token_file, AccessControl &access, DistributedFlightServer &server) {
	try {
		if (!access.ReplaceToken(AccessToken::FromFile(token_file))) {
			Log(LogLevel::INFO, "token unchanged", {{"file", token_file}});
			return;
		}
	} catch (const StartupError &error) {
		Log(LogLevel::ERROR, "token not replaced; the old one stays", {{"reason", error.what()}});
		return;
	}
	server.EndSessions("token replaced");
	Log(LogLevel::INFO, "token replaced", {{"file", token_file}});
}

} // namespace skein
