//! What a client makes of a failed call: any Flight code, any Arrow code, any extra information. It ends as an error a
//! DuckDB user can be shown, never as one that invalidates the client's database.
#include <arrow/flight/types.h>

#include "codec/duckdb_error.hpp"
#include "driver.hpp"
#include "engine_errors.hpp"
#include "expect.hpp"
#include "protocol/errors.hpp"
#include "protocol/utf8.hpp"

namespace flight = arrow::flight;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size < 3) {
		return 0;
	}
	// The first three bytes: Flight's code, Arrow's, whether a change was under way and where the text ends.
	constexpr int FLIGHT_CODES = static_cast<int>(flight::FlightStatusCode::Failed) + 1;
	constexpr int ARROW_CODES = static_cast<int>(arrow::StatusCode::AlreadyExists) + 1;
	auto flight_code = static_cast<flight::FlightStatusCode>(data[0] % FLIGHT_CODES);
	auto arrow_code = static_cast<arrow::StatusCode>(1 + data[1] % (ARROW_CODES - 1));
	const bool write_in_flight = data[2] & 1;
	std::string extra(reinterpret_cast<const char *>(data) + 3, size - 3);
	auto text = extra.substr(0, data[2] / 2);
	auto detail = std::make_shared<flight::FlightStatusDetail>(flight_code, extra);
	auto status = data[2] & 2 ? arrow::Status(arrow_code, text) : arrow::Status(arrow_code, text, std::move(detail));
	auto error = skein::DescribeFailure(status, "grpc://peer:1", write_in_flight);
	FUZZ_EXPECT(error.category != skein::ErrorCategory::UNSPECIFIED);
	FUZZ_EXPECT(error.Encode().size() < 8192);
	try {
		skein::ThrowRemoteError(error);
	} catch (const std::exception &exception) {
		skein_fuzz::ExpectRefusal(exception);
		return 0;
	}
	FUZZ_EXPECT(!"a failure was not thrown");
	return 0;
}
