//! Writes protobuf fields the way proto3 does: a field at its default is left out.
//!
//! Belongs to the encoders of this folder; not thread-safe, writes into the string it was made for.
#pragma once

#include <cstdint>
#include <string>

#include <protozero/pbf_writer.hpp>

namespace skein {

class MessageWriter {
public:
	explicit MessageWriter(std::string &target) : writer(target) {
	}

	void WriteNumber(uint32_t field, uint64_t value) {
		if (value != 0) {
			writer.add_uint64(field, value);
		}
	}
	void WriteBool(uint32_t field, bool value) {
		if (value) {
			writer.add_bool(field, true);
		}
	}
	void WriteString(uint32_t field, const std::string &value) {
		if (!value.empty()) {
			writer.add_bytes(field, value);
		}
	}
	//! An element of a repeated field, a number with presence, or an embedded message: written whatever its value.
	void WriteAlways(uint32_t field, const std::string &value) {
		writer.add_bytes(field, value);
	}
	void WriteAlways(uint32_t field, uint64_t value) {
		writer.add_uint64(field, value);
	}

private:
	protozero::pbf_writer writer;
};

} // namespace skein
