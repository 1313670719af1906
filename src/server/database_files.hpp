//! Database files in a folder: NAME.duckdb. No engine, no state.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "server/database_name.hpp"

namespace skein {

//! Throws IOException for a path that is no folder or cannot be read.
void RequireFolder(const std::string &folder);

//! The file of that name, ignoring case, with the name as the file spells it. Throws where several differ in case only
//! and none is spelled like `name`.
std::optional<NamedDatabase> FindDatabaseFile(const std::string &folder, const std::string &name);

//! Where a database of that name is made.
NamedDatabase NewDatabaseFile(const std::string &folder, const std::string &name);

//! The names of databases there are, in order; `count_max` and one more at most.
std::vector<std::string> ListDatabaseFiles(const std::string &folder, size_t count_max);

//! False also where one is not there.
bool IsSameFile(const std::string &left, const std::string &right);

//! Removes the file and what the engine keeps beside it. Throws IOException naming what could not be removed.
void RemoveDatabaseFiles(const std::string &path);

//! Rethrows why a database file could not be opened, so that it names the file and is no internal error: those are
//! about the file's bytes.
[[noreturn]] void ThrowFileError(const std::string &path, const std::exception &exception);

} // namespace skein
