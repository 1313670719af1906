//! Reading the small files that options name.
#pragma once

#include <string>

namespace skein {

//! The content of `path`, which `option` named. Throws StartupError where it cannot be read, is larger than 1 MiB, or,
//! if `secret`, is a file that every user of the machine may read.
std::string ReadStartupFile(const std::string &path, const char *option, bool secret);

} // namespace skein
