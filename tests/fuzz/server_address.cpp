//! Text as the address of a server: refused with a reason, or an address that reads the same when written again.
#include "client/transport/server_address.hpp"
#include "driver.hpp"
#include "expect.hpp"
#include "protocol/errors.hpp"
#include "protocol/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	const std::string uri(reinterpret_cast<const char *>(data), size);
	auto address = skein::ParseServerAddress(uri);
	if (!address.ok()) {
		auto error = skein::ErrorFromFlightStatus(address.status());
		FUZZ_EXPECT(error && error->category == skein::ErrorCategory::INVALID_REQUEST);
		FUZZ_EXPECT(skein::IsText(error->message));
		return 0;
	}
	FUZZ_EXPECT(skein::IsText(address->Name()));
	auto again = skein::ParseServerAddress(address->FlightUri());
	FUZZ_EXPECT(again.ok());
	FUZZ_EXPECT(again->kind == address->kind && again->host == address->host && again->port == address->port &&
	            again->path == address->path);
	return 0;
}
