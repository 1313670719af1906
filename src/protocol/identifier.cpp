#include "protocol/identifier.hpp"

namespace skein {

static std::string Quote(const std::string &text, char quote) {
	std::string result;
	result.reserve(text.size() + 2);
	result += quote;
	for (auto c : text) {
		if (c == quote) {
			result += quote;
		}
		result += c;
	}
	result += quote;
	return result;
}

std::string QuoteIdentifier(const std::string &name) {
	return Quote(name, '"');
}

std::string QuoteLiteral(const std::string &value) {
	return Quote(value, '\'');
}

std::string QuoteQualifiedName(const std::string &catalog, const std::string &schema, const std::string &table) {
	std::string result;
	for (auto &part : {catalog, schema}) {
		if (!part.empty()) {
			result += QuoteIdentifier(part) + ".";
		}
	}
	return result + QuoteIdentifier(table);
}

} // namespace skein
