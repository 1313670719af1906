//! Text as a qualified table name, and any text as one quoted name: what is quoted reads as it was.
#include "client/distributed_flight_client.hpp"
#include "driver.hpp"
#include "expect.hpp"
#include "protocol/errors.hpp"
#include "protocol/identifier.hpp"
#include "protocol/utf8.hpp"

static void ExpectSame(const skein::DistributedRequest &request) {
	skein::DistributedRequest again;
	auto quoted = skein::QuoteQualifiedName(request.catalog_name, request.schema_name, request.table_name);
	FUZZ_EXPECT(skein::SetTableName(quoted, again).ok());
	FUZZ_EXPECT(again == request);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	const std::string text(reinterpret_cast<const char *>(data), size);
	skein::DistributedRequest request;
	auto status = skein::SetTableName(text, request);
	if (status.ok()) {
		ExpectSame(request);
	} else {
		auto error = skein::ErrorFromFlightStatus(status);
		FUZZ_EXPECT(error && error->category == skein::ErrorCategory::INVALID_REQUEST);
		FUZZ_EXPECT(skein::IsText(error->message));
	}
	if (!text.empty() && skein::IsText(text)) {
		skein::DistributedRequest named;
		named.table_name = text;
		ExpectSame(named);
	}
	return 0;
}
