#include "client/statement_error.hpp"

#include <charconv>
#include <limits>
#include <string_view>

#include "codec/duckdb_error.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/parser/query_error_context.hpp"

namespace skein {

namespace {

constexpr const char *POSITION = "position";
constexpr const char *LOCATION = "location";
//! Behind the end of every text: DuckDB shows no place for it, and adds none of its own.
const std::string NOWHERE = std::to_string(std::numeric_limits<uint32_t>::max());
constexpr uint32_t NO_NUMBER = std::numeric_limits<uint32_t>::max();

//! NO_NUMBER for a text that is none.
uint32_t ReadNumber(std::string_view text) {
	uint32_t result = 0;
	auto read = std::from_chars(text.data(), text.data() + text.size(), result);
	return read.ec == std::errc() && read.ptr == text.data() + text.size() ? result : NO_NUMBER;
}

//! The length in "[start,length]"; 0 where there is none.
uint32_t ReadLength(const std::map<std::string, std::string> &extra_info) {
	auto entry = extra_info.find(LOCATION);
	if (entry == extra_info.end()) {
		return 0;
	}
	std::string_view text = entry->second;
	auto comma = text.find(',');
	if (comma == std::string_view::npos || text.back() != ']') {
		return 0;
	}
	auto length = ReadNumber(text.substr(comma + 1, text.size() - comma - 2));
	return length == NO_NUMBER ? 0 : length;
}

bool WantsJson(const duckdb::ClientContext &context) {
	duckdb::Value value;
	return context.TryGetCurrentSetting(duckdb::Identifier("errors_as_json"), value) && !value.IsNull() &&
	       duckdb::BooleanValue::Get(value);
}

} // namespace

void ThrowStatementError(duckdb::ClientContext &context, const DistributedError &error, const std::string &sql,
                         bool binding) {
	auto decoded = DecodeErrorData(error);
	auto entry = error.extra_info.find(POSITION);
	auto position = entry == error.extra_info.end() ? NO_NUMBER : ReadNumber(entry->second);
	auto has_place = position < sql.size();
	auto extra_info = decoded.ExtraInfo();
	auto message = decoded.RawMessage();
	auto length = ReadLength(error.extra_info);
	if (WantsJson(context)) {
		if (has_place) {
			duckdb::Exception::SetQueryLocation(duckdb::QueryLocation(position, length), extra_info);
		}
		throw duckdb::Exception(extra_info, decoded.Type(), message);
	}
	if (has_place) {
		message = duckdb::QueryErrorContext::Format(sql, message, position, length);
	}
	if (binding) {
		// Where the server gave no place, it shows one in its message or knows none.
		extra_info[POSITION] = NOWHERE;
	}
	throw duckdb::Exception(extra_info, decoded.Type(), message);
}

} // namespace skein
