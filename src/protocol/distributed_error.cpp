//! DistributedError and its bytes.
#include "protocol/distributed_protocol.hpp"
#include "protocol/limits.hpp"
#include "protocol/message_reader.hpp"
#include "protocol/message_writer.hpp"
#include "protocol/utf8.hpp"

namespace skein {

namespace {

enum ErrorField : uint32_t { CATEGORY = 1, EXCEPTION_TYPE = 2, MESSAGE = 3, EXTRA_INFO = 4 };
enum EntryField : uint32_t { KEY = 1, VALUE = 2 };

//! Longer than any exception type DuckDB has.
constexpr size_t EXCEPTION_TYPE_BYTES_MAX = 64;

std::string EncodeEntry(const std::string &key, const std::string &value) {
	std::string bytes;
	MessageWriter writer(bytes);
	writer.WriteString(EntryField::KEY, key);
	writer.WriteString(EntryField::VALUE, value);
	return bytes;
}

std::pair<std::string, std::string> DecodeEntry(std::string_view bytes) {
	std::pair<std::string, std::string> entry;
	MessageReader reader(bytes, "Error.extra_info");
	while (reader.Next()) {
		switch (reader.FieldNumber()) {
		case EntryField::KEY:
			entry.first = reader.ReadText("key");
			break;
		case EntryField::VALUE:
			entry.second = reader.ReadText("value");
			break;
		default:
			reader.Skip();
		}
	}
	return entry;
}

} // namespace

std::string DistributedError::Encode() const {
	std::string bytes;
	MessageWriter writer(bytes);
	writer.WriteNumber(ErrorField::CATEGORY, static_cast<uint32_t>(category));
	writer.WriteString(ErrorField::EXCEPTION_TYPE, CutText(ToText(exception_type), EXCEPTION_TYPE_BYTES_MAX));
	writer.WriteString(ErrorField::MESSAGE, CutText(ToText(message), limits::error_message_bytes_max));
	size_t extra_bytes = 0;
	for (auto &[key, value] : extra_info) {
		auto entry = EncodeEntry(ToText(key), ToText(value));
		// Half an entry would be a wrong one: it travels whole or not at all.
		if (extra_bytes + entry.size() > limits::error_extra_bytes_max) {
			continue;
		}
		extra_bytes += entry.size();
		writer.WriteAlways(ErrorField::EXTRA_INFO, entry);
	}
	return bytes;
}

DistributedError DistributedError::Decode(std::string_view bytes) {
	DistributedError error;
	MessageReader reader(bytes, "Error");
	while (reader.Next()) {
		switch (reader.FieldNumber()) {
		case ErrorField::CATEGORY:
			error.category = static_cast<ErrorCategory>(reader.ReadUInt32("category"));
			break;
		case ErrorField::EXCEPTION_TYPE:
			error.exception_type = reader.ReadText("exception_type");
			break;
		case ErrorField::MESSAGE:
			error.message = reader.ReadText("message");
			break;
		case ErrorField::EXTRA_INFO: {
			if (error.extra_info.size() == limits::error_extra_bytes_max) {
				reader.Fail("extra_info", "too many entries");
			}
			auto entry = DecodeEntry(reader.ReadMessage("extra_info"));
			error.extra_info[std::move(entry.first)] = std::move(entry.second);
			break;
		}
		default:
			reader.Skip();
		}
	}
	return error;
}

} // namespace skein
