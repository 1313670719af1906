#include "server/random_id.hpp"

#include <cerrno>
#include <system_error>

#include <sys/random.h>

namespace skein {

static constexpr size_t ID_BYTES = 16;

std::string MakeRandomId() {
	unsigned char bytes[ID_BYTES];
	size_t filled = 0;
	while (filled < sizeof(bytes)) {
		auto count = getrandom(bytes + filled, sizeof(bytes) - filled, 0);
		if (count < 0 && errno != EINTR) {
			throw std::system_error(errno, std::generic_category(), "no random bytes for an id");
		}
		filled += count > 0 ? static_cast<size_t>(count) : 0;
	}
	static constexpr const char *DIGITS = "0123456789abcdef";
	std::string result;
	for (auto byte : bytes) {
		result += DIGITS[byte >> 4];
		result += DIGITS[byte & 15];
	}
	return result;
}

bool IsRandomId(const std::string &id) {
	return id.size() == 2 * ID_BYTES && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

} // namespace skein
