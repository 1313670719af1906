//! The results that further calls may read, by their ids.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace skein {

class SharedResult;

//! Thread-safe.
class SharedResults {
public:
	//! Makes the result known under a new id until it is removed.
	std::string Add(std::shared_ptr<SharedResult> result);
	void Remove(const std::string &id);
	//! Throws INVALID_REQUEST where the session has no such result (any more).
	std::shared_ptr<SharedResult> Find(const std::string &id, const std::string &session_id) const;

private:
	mutable std::mutex lock;
	std::unordered_map<std::string, std::shared_ptr<SharedResult>> results;
};

} // namespace skein
