//! The name of one insert, chosen by the client, by which a server can tell a repeated insert from a new one.
#pragma once

#include <string>

namespace skein {

//! 16 random bytes.
std::string MakeInsertId();

} // namespace skein
