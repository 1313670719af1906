//! The server's log: structured lines (event key=value ...) with levels, on stderr.
//!
//! Never log data, SQL text, tokens or session ids: only names of events, sizes, counts, times, peers and categories.
//! Every function may be called by any thread; before StartLog nothing is written.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace skein {

enum class LogLevel { DETAIL, INFO, WARNING, ERROR, OFF };

//! The level of that name ("debug", "info", "warning", "error", "off"); false where there is none.
bool ParseLogLevel(std::string_view name, LogLevel &level);

//! One key=value of a line. The value is quoted where it needs to be; control bytes are escaped, so that nothing a
//! client sent can forge a line.
struct LogField {
	LogField(std::string_view key, std::string_view value);
	LogField(std::string_view key, const char *value) : LogField(key, std::string_view(value)) {
	}
	LogField(std::string_view key, const std::string &value) : LogField(key, std::string_view(value)) {
	}
	template <class T, typename std::enable_if<std::is_arithmetic<T>::value, int>::type = 0>
	LogField(std::string_view key, T value) : LogField(key, std::string_view(std::to_string(value))) {
	}

	std::string text;
};

//! Starts writing lines of `level` and above to stderr.
void StartLog(LogLevel level);
bool LogEnabled(LogLevel level);

//! `event` is a fixed text: "session opened".
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

//! `value` as it stands in a line: as it is, or in double quotes with escapes where it holds anything but plain
//! characters.
std::string LogQuote(std::string_view value);

} // namespace skein
