//! Bytes as the files a server reads when it starts: a token, a certificate, a key. Taken, or refused with a reason.
#include <cstring>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver.hpp"
#include "expect.hpp"
#include "server/access_token.hpp"
#include "server/server_options.hpp"
#include "server/startup_error.hpp"
#include "server/tls_files.hpp"

namespace {

//! A file without a place on the disk.
class MemoryFile {
public:
	MemoryFile() : descriptor(memfd_create("fuzz", MFD_CLOEXEC)) {
		FUZZ_EXPECT(descriptor >= 0 && fchmod(descriptor, 0600) == 0);
	}
	std::string Write(const uint8_t *data, size_t size) {
		FUZZ_EXPECT(ftruncate(descriptor, 0) == 0);
		FUZZ_EXPECT(pwrite(descriptor, data, size, 0) == static_cast<ssize_t>(size));
		return "/proc/self/fd/" + std::to_string(descriptor);
	}

private:
	const int descriptor;
};

template <class WORK>
void ExpectReason(WORK work) {
	try {
		work();
	} catch (const skein::StartupError &error) {
		FUZZ_EXPECT(std::strlen(error.what()) > 0);
	}
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static MemoryFile file;
	auto path = file.Write(data, size);
	ExpectReason([&]() {
		skein::ServerOptions options;
		options.token_file = path;
		auto token = skein::AccessToken::Load(options);
		FUZZ_EXPECT(token.has_value() && size > 0);
		FUZZ_EXPECT(!token->Matches(""));
	});
	// Certificate and key may stand in one file.
	ExpectReason([&]() { (void)skein::LoadTlsFiles(path, path); });
	return 0;
}
