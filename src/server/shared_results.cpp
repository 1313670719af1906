#include "server/shared_results.hpp"

#include "server/random_id.hpp"
#include "server/request_error.hpp"
#include "server/shared_result.hpp"

namespace skein {

std::string SharedResults::Add(std::shared_ptr<SharedResult> result) {
	auto id = MakeRandomId();
	std::lock_guard<std::mutex> guard(lock);
	results.emplace(id, std::move(result));
	return id;
}

void SharedResults::Remove(const std::string &id) {
	std::lock_guard<std::mutex> guard(lock);
	results.erase(id);
}

std::shared_ptr<SharedResult> SharedResults::Find(const std::string &id, const std::string &session_id) const {
	std::lock_guard<std::mutex> guard(lock);
	auto found = results.find(id);
	// One answer for both, so that nobody learns of what is not his.
	if (found == results.end() || found->second->SessionId() != session_id) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "There is no such result to read: it has ended, or belongs to another session or server");
	}
	return found->second;
}

} // namespace skein
