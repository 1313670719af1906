//! Names of databases the server serves, and the command line's name=FILE.
#pragma once

#include <string>
#include <string_view>

namespace skein {

//! A database file the command line names.
struct NamedDatabase {
	std::string name;
	std::string path;
};

//! True for 1 to 64 of the characters A-Z, a-z, 0-9, _ and -, beginning with none of the last: never a path. Not for
//! the engine's own main, temp and system.
bool IsDatabaseName(std::string_view name);

//! What IsDatabaseName accepts, for error messages.
constexpr const char *DATABASE_NAME_RULE =
    "1 to 64 letters, digits, _ and -, beginning with a letter, a digit or _; not main, temp or system";

//! Splits name=FILE. False where there is no name before a '=': the argument is a file.
bool SplitDatabaseArgument(const std::string &argument, NamedDatabase &result);

//! Names are one if they differ in case only.
std::string FoldDatabaseName(std::string_view name);

} // namespace skein
