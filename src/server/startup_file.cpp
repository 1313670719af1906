#include "server/startup_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/startup_error.hpp"

namespace skein {

namespace {

constexpr size_t file_bytes_max = 1 << 20;

class OpenFile {
public:
	explicit OpenFile(const std::string &path) : descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
	}
	~OpenFile() {
		if (descriptor >= 0) {
			close(descriptor);
		}
	}
	OpenFile(const OpenFile &) = delete;
	OpenFile &operator=(const OpenFile &) = delete;

	const int descriptor;
};

[[noreturn]] void Fail(const std::string &path, const char *option, const std::string &reason) {
	throw StartupError(std::string(option) + ": '" + path + "' " + reason);
}

} // namespace

std::string ReadStartupFile(const std::string &path, const char *option, bool secret) {
	OpenFile file(path);
	struct stat status;
	if (file.descriptor < 0 || fstat(file.descriptor, &status) != 0) {
		Fail(path, option, std::string("cannot be opened: ") + strerror(errno));
	}
	if (S_ISDIR(status.st_mode)) {
		Fail(path, option, "is a folder, not a file");
	}
	if (secret && S_ISREG(status.st_mode) && (status.st_mode & S_IROTH)) {
		Fail(path, option, "can be read by every user of this machine; make it private (chmod 600) and start again");
	}
	std::string content;
	char buffer[4096];
	while (true) {
		auto count = read(file.descriptor, buffer, sizeof(buffer));
		if (count < 0 && errno == EINTR) {
			continue;
		}
		if (count < 0) {
			Fail(path, option, std::string("cannot be read: ") + strerror(errno));
		}
		if (count == 0) {
			return content;
		}
		content.append(buffer, static_cast<size_t>(count));
		if (content.size() > file_bytes_max) {
			Fail(path, option, "is larger than 1 MiB");
		}
	}
}

} // namespace skein
