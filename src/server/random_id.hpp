//! Ids that nobody can guess: whoever knows one may use what it names.
#pragma once

#include <string>

namespace skein {

//! 128 random bits as 32 hexadecimal digits, lower case. Throws std::system_error.
std::string MakeRandomId();
//! Whether it has that form.
bool IsRandomId(const std::string &id);

} // namespace skein
