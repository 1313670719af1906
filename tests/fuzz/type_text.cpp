//! Text as a DuckDB type: refused, or a type whose own text means the same.
#include "codec/type_text.hpp"
#include "driver.hpp"
#include "engine_connection.hpp"
#include "engine_errors.hpp"
#include "expect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	auto &connection = skein_fuzz::EngineConnection();
	const std::string text(reinterpret_cast<const char *>(data), size);
	try {
		auto type = skein::ParseTypeText(*connection.context, text);
		auto written = skein::TypeText(type);
		FUZZ_EXPECT(skein::TypeText(skein::ParseTypeText(*connection.context, written)) == written);
	} catch (const std::exception &exception) {
		skein_fuzz::ExpectRefusal(exception);
	}
	return 0;
}
