#include "server/server_log.hpp"

#include <atomic>
#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace skein {

namespace {

std::atomic<LogLevel> active_level {LogLevel::OFF};

spdlog::level::level_enum ToSpdlog(LogLevel level) {
	switch (level) {
	case LogLevel::DETAIL:
		return spdlog::level::debug;
	case LogLevel::INFO:
		return spdlog::level::info;
	case LogLevel::WARNING:
		return spdlog::level::warn;
	case LogLevel::ERROR:
		return spdlog::level::err;
	case LogLevel::OFF:
		break;
	}
	return spdlog::level::off;
}

//! Never destroyed: threads of Flight may log until the process ends.
spdlog::logger &Logger() {
	static auto *logger = [] {
		auto made = new spdlog::logger("skein", std::make_shared<spdlog::sinks::stderr_sink_mt>());
		made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
		made->set_level(spdlog::level::debug);
		made->flush_on(spdlog::level::debug);
		return made;
	}();
	return *logger;
}

bool IsPlain(char c) {
	return c > ' ' && c != '"' && c != '\\' && c != '=' && c != 0x7f;
}

} // namespace

bool ParseLogLevel(std::string_view name, LogLevel &level) {
	constexpr std::pair<std::string_view, LogLevel> names[] = {{"debug", LogLevel::DETAIL},
	                                                           {"info", LogLevel::INFO},
	                                                           {"warning", LogLevel::WARNING},
	                                                           {"error", LogLevel::ERROR},
	                                                           {"off", LogLevel::OFF}};
	for (auto &entry : names) {
		if (entry.first == name) {
			level = entry.second;
			return true;
		}
	}
	return false;
}

LogField::LogField(std::string_view key, std::string_view value) {
	text.append(" ").append(key).append("=").append(LogQuote(value));
}

void StartLog(LogLevel level) {
	Logger();
	active_level = level;
}

bool LogEnabled(LogLevel level) {
	return level >= active_level && level != LogLevel::OFF;
}

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
	if (!LogEnabled(level)) {
		return;
	}
	std::string line = "event=" + LogQuote(event);
	for (auto &field : fields) {
		line += field.text;
	}
	Logger().log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

std::string LogQuote(std::string_view value) {
	bool plain = !value.empty();
	for (auto c : value) {
		plain = plain && IsPlain(c);
	}
	if (plain) {
		return std::string(value);
	}
	constexpr char digits[] = "0123456789abcdef";
	std::string quoted = "\"";
	for (auto c : value) {
		auto byte = static_cast<unsigned char>(c);
		if (c == '"' || c == '\\') {
			quoted += '\\';
			quoted += c;
		} else if (byte < ' ' || byte >= 0x7f) {
			quoted += "\\x";
			quoted += digits[byte >> 4];
			quoted += digits[byte & 15];
		} else {
			quoted += c;
		}
	}
	return quoted + "\"";
}

} // namespace skein
