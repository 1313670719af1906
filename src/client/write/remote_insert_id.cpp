#include "client/write/remote_insert_id.hpp"

#include <random>

namespace skein {

std::string MakeInsertId() {
	static constexpr size_t INSERT_ID_BYTES = 16;
	std::random_device random;
	std::string id;
	while (id.size() < INSERT_ID_BYTES) {
		auto word = random();
		id.append(reinterpret_cast<const char *>(&word), sizeof(word));
	}
	return id;
}

} // namespace skein
