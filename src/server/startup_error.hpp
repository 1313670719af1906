//! Why the server could not start, in words for the person who started it.
#pragma once

#include <stdexcept>

namespace skein {

//! The message names what was wrong and what to do.
class StartupError : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

} // namespace skein
