//! A folder for the files of one test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <sys/stat.h>

namespace skein {

class TemporaryFolder {
public:
	TemporaryFolder() {
		auto pattern = (std::filesystem::temp_directory_path() / "skein-test-XXXXXX").string();
		if (!mkdtemp(pattern.data())) {
			throw std::runtime_error("no temporary folder: " + pattern);
		}
		path = pattern;
	}
	~TemporaryFolder() {
		std::error_code ignored;
		std::filesystem::remove_all(path, ignored);
	}
	TemporaryFolder(const TemporaryFolder &) = delete;
	TemporaryFolder &operator=(const TemporaryFolder &) = delete;

	//! The path of `name` in the folder, with that content and those rights.
	std::string Write(const std::string &name, const std::string &content, mode_t mode = 0600) const {
		auto file = path + "/" + name;
		std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
		chmod(file.c_str(), mode);
		return file;
	}

	std::string path;
};

} // namespace skein
