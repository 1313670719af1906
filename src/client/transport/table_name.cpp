//! Qualified SQL names, taken apart without an engine.
#include "client/distributed_flight_client.hpp"
#include "protocol/errors.hpp"
#include "protocol/utf8.hpp"

namespace skein {

namespace {

bool IsSpace(char c) {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

//! What may stand in a name without quotes; bytes of other alphabets may.
bool IsPlain(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
	       static_cast<unsigned char>(c) >= 0x80;
}

//! Reads a name part by part.
class NameReader {
public:
	explicit NameReader(const std::string &text_p) : text(text_p) {
	}

	//! Empty where the whole name was read, else what is wrong with it.
	std::string Read(std::vector<std::string> &parts) {
		while (true) {
			SkipSpace();
			std::string part;
			auto problem = AtEnd() || text[position] != '"' ? ReadPlain(part) : ReadQuoted(part);
			if (!problem.empty()) {
				return problem;
			}
			parts.push_back(std::move(part));
			SkipSpace();
			if (AtEnd()) {
				return std::string();
			}
			if (text[position] != '.') {
				return "a dot or the end is expected at character " + std::to_string(position + 1);
			}
			position++;
		}
	}

private:
	bool AtEnd() const {
		return position >= text.size();
	}

	void SkipSpace() {
		while (!AtEnd() && IsSpace(text[position])) {
			position++;
		}
	}

	std::string ReadPlain(std::string &part) {
		auto start = position;
		while (!AtEnd() && IsPlain(text[position])) {
			position++;
		}
		part = text.substr(start, position - start);
		if (part.empty()) {
			return "a name is missing at character " + std::to_string(start + 1);
		}
		if (part[0] >= '0' && part[0] <= '9') {
			return "a name that begins with a digit must be quoted";
		}
		return std::string();
	}

	std::string ReadQuoted(std::string &part) {
		position++;
		while (!AtEnd()) {
			auto c = text[position++];
			if (c != '"') {
				part += c;
				continue;
			}
			if (AtEnd() || text[position] != '"') {
				return part.empty() ? "a quoted name is empty" : std::string();
			}
			part += '"';
			position++;
		}
		return "a quote is not closed";
	}

	const std::string &text;
	size_t position = 0;
};

} // namespace

arrow::Status SetTableName(const std::string &qualified_name, DistributedRequest &request) {
	constexpr size_t parts_max = 3;
	std::vector<std::string> parts;
	auto problem = IsText(qualified_name) ? NameReader(qualified_name).Read(parts)
	                                      : std::string("it is not UTF-8 text without NUL");
	if (problem.empty() && parts.size() > parts_max) {
		problem = "it has more parts than database.schema.table";
	}
	if (!problem.empty()) {
		return MakeFlightStatus(ErrorCategory::INVALID_REQUEST,
		                        "\"" + ToText(qualified_name) + "\" is no table name: " + problem +
		                            ". Write table, schema.table or database.schema.table, with double quotes around "
		                            "names of other characters");
	}
	request.table_name = std::move(parts.back());
	request.schema_name = parts.size() > 1 ? std::move(parts[parts.size() - 2]) : std::string();
	request.catalog_name = parts.size() > 2 ? std::move(parts[0]) : std::string();
	return arrow::Status::OK();
}

} // namespace skein
