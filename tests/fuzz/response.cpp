//! Bytes as a DistributedResponse: decoded or refused with MalformedMessage; what was decoded can be written and read
//! again.
#include <cstdlib>
#include <string_view>

#include "driver.hpp"
#include "protocol/distributed_protocol.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	skein::DistributedResponse message;
	try {
		message = skein::DistributedResponse::Decode(std::string_view(reinterpret_cast<const char *>(data), size));
	} catch (const skein::MalformedMessage &) {
		return 0;
	}
	auto written = skein::DistributedResponse::Decode(message.Encode());
	if (written.Encode() != message.Encode()) {
		std::abort();
	}
	return 0;
}
