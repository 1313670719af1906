#include "server/option_checks.hpp"

namespace skein {

CLI::Validator Accepts(const std::string &accepted, std::function<bool(const std::string &)> is_valid) {
	return CLI::Validator(
	    [accepted, is_valid](std::string &value) {
		    return is_valid(value) ? std::string() : "'" + value + "' is not accepted; give " + accepted;
	    },
	    "");
}

CLI::Validator WholeNumber(uint64_t minimum, uint64_t maximum) {
	auto accepted = "a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum);
	return Accepts(accepted, [minimum, maximum](const std::string &value) {
		if (value.empty() || value.size() > 18 || value.find_first_not_of("0123456789") != std::string::npos) {
			return false;
		}
		auto number = std::stoull(value);
		return number >= minimum && number <= maximum;
	});
}

} // namespace skein
