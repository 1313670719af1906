//! A fuzz target's main where the compiler has no fuzzer of its own: runs the corpus, then seeded mutations of it.
//!
//! Usage: fuzz_X [-runs=N] [-seed=N] FILE_OR_FOLDER...   With clang, define SKEIN_LIBFUZZER and link
//! -fsanitize=fuzzer instead. A crash leaves its input in crash-<seed>-<run> beside the program's working folder.
#pragma once

#include <cstddef>
#include <cstdint>

//! The target. Returns 0; crashes, hangs and sanitizer reports are findings.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifndef SKEIN_LIBFUZZER
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace skein_fuzz {

inline std::string current_input;
inline std::string crash_file;

//! Keeps the input that ended the program, whether by a signal or by a sanitizer's abort.
inline void KeepInput(int signal_number) {
	if (auto file = std::fopen(crash_file.c_str(), "wb")) {
		std::fwrite(current_input.data(), 1, current_input.size(), file);
		std::fclose(file);
	}
	std::signal(signal_number, SIG_DFL);
	std::raise(signal_number);
}

inline std::string ReadFile(const std::filesystem::path &path) {
	std::ifstream file(path, std::ios::binary);
	return std::string(std::istreambuf_iterator<char>(file), {});
}

inline void ReadCorpus(const std::filesystem::path &path, std::vector<std::string> &corpus) {
	if (!std::filesystem::is_directory(path)) {
		corpus.push_back(ReadFile(path));
		return;
	}
	for (auto &entry : std::filesystem::recursive_directory_iterator(path)) {
		if (entry.is_regular_file()) {
			corpus.push_back(ReadFile(entry.path()));
		}
	}
}

inline std::string Mutate(const std::vector<std::string> &corpus, std::mt19937_64 &random) {
	auto input = corpus[random() % corpus.size()];
	for (auto changes = 1 + random() % 6; changes > 0; changes--) {
		auto position = input.empty() ? 0 : random() % input.size();
		auto &other = corpus[random() % corpus.size()];
		switch (random() % 6) {
		case 0:
			input.insert(position, 1, static_cast<char>(random()));
			break;
		case 1:
			input.erase(position, 1 + random() % 16);
			break;
		case 2:
			input.insert(position, other.substr(other.empty() ? 0 : random() % other.size(), random() % 64));
			break;
		case 3:
			// Numbers at the edges of what a length can say.
			input.insert(position, random() % 2 ? "\xFF\xFF\xFF\xFF\x0F" : "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
			break;
		default:
			if (!input.empty()) {
				input[position] = static_cast<char>(random() % 3 ? input[position] ^ (1 << random() % 8) : random());
			}
			break;
		}
	}
	return input;
}

inline int Main(int argc, char **argv) {
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
	std::mt19937_64 random(seed);
	for (int signal_number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL}) {
		std::signal(signal_number, KeepInput);
	}
	auto run = [&](const std::string &name, std::string input) {
		crash_file = "crash-" + std::to_string(seed) + "-" + name;
		current_input = std::move(input);
		LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(current_input.data()), current_input.size());
	};
	for (size_t i = 0; i < corpus.size(); i++) {
		run("corpus-" + std::to_string(i), corpus[i]);
	}
	for (uint64_t i = 0; i < runs; i++) {
		run(std::to_string(i), Mutate(corpus, random));
	}
	std::printf("%zu inputs of the corpus and %llu mutations (seed %llu): no finding\n", corpus.size(),
	            static_cast<unsigned long long>(runs), static_cast<unsigned long long>(seed));
	return 0;
}

} // namespace skein_fuzz

int main(int argc, char **argv) {
	return skein_fuzz::Main(argc, argv);
}
#endif
