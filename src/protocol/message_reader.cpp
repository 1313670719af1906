#include "protocol/message_reader.hpp"

#include <limits>

#include "protocol/distributed_protocol.hpp"
#include "protocol/utf8.hpp"

namespace skein {

MessageReader::MessageReader(std::string_view bytes, const char *message_name_p)
    : reader(bytes.data(), bytes.size()), message_name(message_name_p) {
}

void MessageReader::Fail(const char *field, const std::string &reason) const {
	throw MalformedMessage(std::string(message_name) + "." + field + ": " + reason);
}

bool MessageReader::Next() {
	try {
		return reader.next();
	} catch (const protozero::exception &) {
		throw MalformedMessage(std::string(message_name) + ": a field's tag is damaged");
	}
}

uint32_t MessageReader::FieldNumber() const {
	return reader.tag();
}

void MessageReader::Skip() {
	auto number = std::to_string(reader.tag());
	try {
		reader.skip();
	} catch (const protozero::exception &) {
		throw MalformedMessage(std::string(message_name) + ": field " + number +
		                       " reaches past the end of the message");
	}
}

void MessageReader::Expect(protozero::pbf_wire_type type, const char *field) const {
	if (!reader.has_wire_type(type)) {
		Fail(field, "the wire type is not the one of this field");
	}
}

uint64_t MessageReader::ReadUInt64(const char *field) {
	Expect(protozero::pbf_wire_type::varint, field);
	try {
		return reader.get_uint64();
	} catch (const protozero::exception &) {
		Fail(field, "the number is cut off or too long");
	}
}

uint32_t MessageReader::ReadUInt32(const char *field) {
	auto value = ReadUInt64(field);
	if (value > std::numeric_limits<uint32_t>::max()) {
		Fail(field, std::to_string(value) + " does not fit 32 bits");
	}
	return static_cast<uint32_t>(value);
}

bool MessageReader::ReadBool(const char *field) {
	return ReadUInt64(field) != 0;
}

std::string_view MessageReader::ReadMessage(const char *field) {
	Expect(protozero::pbf_wire_type::length_delimited, field);
	try {
		auto view = reader.get_view();
		return std::string_view(view.data(), view.size());
	} catch (const protozero::exception &) {
		Fail(field, "reaches past the end of the message");
	}
}

std::string MessageReader::ReadBytes(const char *field) {
	return std::string(ReadMessage(field));
}

std::string MessageReader::ReadText(const char *field) {
	auto view = ReadMessage(field);
	if (!IsText(view)) {
		Fail(field, "is not UTF-8 text without NUL");
	}
	return std::string(view);
}

} // namespace skein
