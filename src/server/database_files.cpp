#include "server/database_files.hpp"

#include <algorithm>
#include <filesystem>

#include "duckdb/common/error_data.hpp"
#include "duckdb/common/exception.hpp"

namespace skein {

namespace fs = std::filesystem;

static constexpr const char *FILE_ENDING = ".duckdb";

[[noreturn]] static void ThrowFolderError(const std::string &folder, const std::string &reason) {
	throw duckdb::IOException("The folder \"%s\" of --database-dir cannot be used: %s", folder, reason);
}

//! Calls back with the name of each database in the folder.
template <class CALLBACK>
static void ForEachName(const std::string &folder, CALLBACK callback) {
	std::error_code failure;
	fs::directory_iterator files(folder, failure);
	if (failure) {
		ThrowFolderError(folder, failure.message());
	}
	for (; files != fs::directory_iterator(); files.increment(failure)) {
		if (failure) {
			ThrowFolderError(folder, failure.message());
		}
		auto name = files->path().stem().string();
		std::error_code ignored;
		if (files->path().extension() == FILE_ENDING && IsDatabaseName(name) && files->is_regular_file(ignored)) {
			callback(name);
		}
	}
}

void RequireFolder(const std::string &folder) {
	std::error_code failure;
	if (!fs::exists(folder, failure)) {
		ThrowFolderError(folder, "it is not there");
	}
	if (!fs::is_directory(folder, failure)) {
		ThrowFolderError(folder, "it is no folder");
	}
	ForEachName(folder, [](const std::string &) {});
}

NamedDatabase NewDatabaseFile(const std::string &folder, const std::string &name) {
	return NamedDatabase {name, (fs::path(folder) / (name + FILE_ENDING)).string()};
}

std::optional<NamedDatabase> FindDatabaseFile(const std::string &folder, const std::string &name) {
	std::vector<std::string> found;
	auto folded = FoldDatabaseName(name);
	ForEachName(folder, [&](const std::string &candidate) {
		if (FoldDatabaseName(candidate) == folded) {
			found.push_back(candidate);
		}
	});
	if (found.empty()) {
		return std::nullopt;
	}
	if (std::find(found.begin(), found.end(), name) != found.end()) {
		return NewDatabaseFile(folder, name);
	}
	if (found.size() > 1) {
		throw duckdb::IOException("Several files in \"%s\" differ from \"%s%s\" in case only: rename all but one",
		                          folder, name, FILE_ENDING);
	}
	return NewDatabaseFile(folder, found[0]);
}

std::vector<std::string> ListDatabaseFiles(const std::string &folder, size_t count_max) {
	std::vector<std::string> names;
	ForEachName(folder, [&](const std::string &name) { names.push_back(name); });
	std::sort(names.begin(), names.end());
	names.resize(std::min(names.size(), count_max + 1));
	return names;
}

bool IsSameFile(const std::string &left, const std::string &right) {
	std::error_code failure;
	return fs::equivalent(left, right, failure) && !failure;
}

void RemoveDatabaseFiles(const std::string &path) {
	// The file first: a log without its file is ignored, a file without its log would be an old state.
	for (auto ending : {"", ".wal", ".wal.checkpoint", ".wal.recovery", ".tmp"}) {
		std::error_code failure;
		fs::remove_all(path + ending, failure);
		if (failure) {
			throw duckdb::IOException("\"%s%s\" cannot be removed: %s", path, ending, failure.message());
		}
	}
}

void ThrowFileError(const std::string &path, const std::exception &exception) {
	duckdb::ErrorData error(exception);
	auto message = error.RawMessage();
	// DuckDB names the file in most of its errors; where it does not, the reader must still learn which it was.
	if (message.find(path) == std::string::npos) {
		message = "Database \"" + path + "\": " + message;
	}
	auto type = error.Type();
	if (type == duckdb::ExceptionType::INTERNAL || type == duckdb::ExceptionType::FATAL) {
		type = duckdb::ExceptionType::IO;
	}
	throw duckdb::Exception(type, message);
}

} // namespace skein
