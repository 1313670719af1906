//! A fuzz target's main where the compiler has no fuzzer of its own: runs the corpus, then seeded mutations of it.
//!
//! Usage: fuzz_X [-runs=N] [-seed=N] FILE_OR_FOLDER...   Whatever ends the program before its last input (a signal, a
//! sanitizer's report, an input that takes longer than a minute) is a finding: the exit code is not 0, and the input is
//! kept in crash-<seed>-<run> in the working folder. With clang, link a target with -fsanitize=fuzzer instead.
#include "driver.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "guarded_memory.hpp"
#include "mutator.hpp"

//! Reports end the program by SIGABRT, so that the input is kept. An allocation of a GiB was asked for by the input,
//! and ends the run where it is operator new's; Arrow, which believes what compressed buffers claim, is told that there
//! is no memory.
#define SKEIN_FUZZ_EXPORT extern "C" __attribute__((visibility("default"), used))
SKEIN_FUZZ_EXPORT const char *__asan_default_options() {
	return "abort_on_error=1:max_allocation_size_mb=1024:allocator_may_return_null=1:detect_stack_use_after_return=1";
}
SKEIN_FUZZ_EXPORT const char *__ubsan_default_options() {
	return "abort_on_error=1:print_stacktrace=1";
}

namespace {

constexpr unsigned INPUT_SECONDS_MAX = 60;
constexpr size_t INPUT_BYTES_MAX = 1 << 20;

const uint8_t *current_input = nullptr;
size_t current_size = 0;
//! Ready before it is needed: a signal's handler may not allocate.
char crash_file[64] = "";

//! Only what a signal's handler may do: the program may have been stopped in the middle of an allocation.
void KeepInput(int signal_number) {
	const auto file = open(crash_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (file >= 0) {
		const auto written = write(file, current_input, current_size);
		(void)written;
		close(file);
	}
	std::signal(signal_number, SIG_DFL);
	std::raise(signal_number);
}

void WatchForTheEnd() {
#if defined(__SANITIZE_ADDRESS__)
	// The sanitizer reports the others itself, and aborts then.
	const int signals[] = {SIGABRT, SIGALRM};
#else
	const int signals[] = {SIGABRT, SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
#endif
	for (auto signal_number : signals) {
		std::signal(signal_number, KeepInput);
	}
}

std::string ReadFile(const std::filesystem::path &path) {
	std::ifstream file(path, std::ios::binary);
	return std::string(std::istreambuf_iterator<char>(file), {});
}

//! In the order of their names: the order of a folder differs from machine to machine.
void ReadCorpus(const std::filesystem::path &path, std::vector<std::string> &corpus) {
	std::vector<std::filesystem::path> files;
	if (std::filesystem::is_directory(path)) {
		for (auto &entry : std::filesystem::recursive_directory_iterator(path)) {
			if (entry.is_regular_file()) {
				files.push_back(entry.path());
			}
		}
		std::sort(files.begin(), files.end());
	} else {
		files.push_back(path);
	}
	for (auto &file : files) {
		corpus.push_back(ReadFile(file));
	}
}

//! Gives inputs to the target in memory that ends where they end: before a page nobody may read, and every second time
//! in a block of the heap, where a sanitizer also sees what is read before it.
class Runner {
public:
	Runner(uint64_t seed_p) : seed(seed_p), memory(INPUT_BYTES_MAX) {
	}

	void Run(const std::string &name, std::string input) {
		input.resize(std::min(input.size(), memory.Capacity()));
		std::snprintf(crash_file, sizeof(crash_file), "crash-%llu-%s", static_cast<unsigned long long>(seed),
		              name.c_str());
		std::unique_ptr<uint8_t[]> block;
		const uint8_t *data;
		if (count++ % 2 == 0) {
			data = memory.Copy(input);
		} else {
			block = std::make_unique<uint8_t[]>(input.size());
			std::copy(input.begin(), input.end(), block.get());
			data = block.get();
		}
		current_input = data;
		current_size = input.size();
		alarm(INPUT_SECONDS_MAX);
		LLVMFuzzerTestOneInput(data, input.size());
		alarm(0);
	}

private:
	const uint64_t seed;
	skein_fuzz::GuardedMemory memory;
	uint64_t count = 0;
};

int Main(int argc, char **argv) {
	uint64_t runs = 100000;
	uint64_t seed = 1;
	std::vector<std::string> corpus = {std::string()};
	for (int i = 1; i < argc; i++) {
		std::string argument = argv[i];
		if (argument.rfind("-runs=", 0) == 0) {
			runs = std::stoull(argument.substr(6));
		} else if (argument.rfind("-seed=", 0) == 0) {
			seed = std::stoull(argument.substr(6));
		} else {
			ReadCorpus(argument, corpus);
		}
	}
	WatchForTheEnd();
	Runner runner(seed);
	// Both kinds of memory.
	for (size_t i = 0; i < 2 * corpus.size(); i++) {
		runner.Run("corpus-" + std::to_string(i / 2), corpus[i / 2]);
	}
	skein_fuzz::Mutator mutator(corpus, seed);
	for (uint64_t i = 0; i < runs; i++) {
		runner.Run(std::to_string(i), mutator.Next());
	}
	std::printf("%zu inputs of the corpus and %llu mutations (seed %llu): no finding\n", corpus.size(),
	            static_cast<unsigned long long>(runs), static_cast<unsigned long long>(seed));
	return 0;
}

} // namespace

int main(int argc, char **argv) {
	return Main(argc, argv);
}
