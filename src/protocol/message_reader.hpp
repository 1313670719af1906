//! Reads one protobuf message field by field, treating it as hostile.
//!
//! A thin shell around protozero::pbf_reader: the wire type of every known field is checked before it is read, and
//! every failure is a MalformedMessage that names the field. Nothing is allocated by a length the message merely
//! claims.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <protozero/pbf_reader.hpp>

namespace skein {

class MessageReader {
public:
	//! `message_name` appears in error messages. Both views must outlive the reader.
	MessageReader(std::string_view bytes, const char *message_name);

	//! Moves to the next field; false at the end.
	bool Next();
	uint32_t FieldNumber() const;
	//! Skips a field nobody here knows.
	void Skip();

	//! The value of the field Next moved to. `field` is its name in the .proto.
	uint64_t ReadUInt64(const char *field);
	uint32_t ReadUInt32(const char *field);
	bool ReadBool(const char *field);
	//! UTF-8 without NUL.
	std::string ReadText(const char *field);
	//! Any bytes.
	std::string ReadBytes(const char *field);
	//! An embedded message; the view lives as long as the bytes.
	std::string_view ReadMessage(const char *field);

	//! Throws MalformedMessage: "DistributedRequest.field: reason".
	[[noreturn]] void Fail(const char *field, const std::string &reason) const;

private:
	void Expect(protozero::pbf_wire_type type, const char *field) const;

	protozero::pbf_reader reader;
	const char *message_name;
};

} // namespace skein
