//! Writes what the server tells of itself into its log.
#pragma once

#include "server/server_events.hpp"

namespace skein {

class LoggedEvents : public ServerEvents {
public:
	//! At level debug where it went well, info where it did not.
	void OnRequest(const RequestRecord &record) override;
	void OnSessionOpened(uint64_t session_number, const std::string &peer) override;
	void OnSessionEnded(uint64_t session_number, const char *reason) override;
	void OnEngineFailed(const std::string &message) override;
};

} // namespace skein
