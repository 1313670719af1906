//! Seeded mutations of a corpus. The same corpus and seed give the same inputs on every machine.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace skein_fuzz {

class Mutator {
public:
	//! `corpus` must outlive this and hold at least one input, which may be empty.
	Mutator(const std::vector<std::string> &corpus_p, uint64_t seed) : corpus(corpus_p), random(seed) {
	}

	//! Half of the inputs keep their length: what frames others by offsets stays readable, and its content is hostile.
	std::string Next() {
		auto input = corpus[Below(corpus.size())];
		const bool keep_length = Below(2) == 0;
		for (auto changes = 1 + Below(6); changes > 0; changes--) {
			if (keep_length) {
				Overwrite(input);
			} else {
				Resize(input);
			}
		}
		return input;
	}

private:
	uint64_t Below(uint64_t limit) {
		return random() % limit;
	}

	//! A place in `input`, one after its end included.
	size_t Place(const std::string &input) {
		return Below(input.size() + 1);
	}

	void Overwrite(std::string &input) {
		if (input.empty()) {
			return;
		}
		auto position = Below(input.size());
		switch (Below(4)) {
		case 0:
			input[position] = static_cast<char>(random());
			break;
		case 1:
			OverwriteNumber(input, position);
			break;
		default:
			input[position] = static_cast<char>(input[position] ^ (1 << Below(8)));
			break;
		}
	}

	//! Numbers at the edges of what an offset or a length can say, at a place where one may stand.
	void OverwriteNumber(std::string &input, size_t position) {
		static constexpr uint64_t EDGES[] = {0,           1,          8,          0x7F,       0xFF,
		                                     0x7FFF,      0xFFFF,     0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
		                                     0x100000000, 1ULL << 40, ~0ULL >> 1, 1ULL << 63, ~0ULL};
		const size_t width = size_t(1) << Below(4);
		auto value = EDGES[Below(sizeof(EDGES) / sizeof(EDGES[0]))];
		position -= position % width;
		if (input.size() - position >= width) {
			std::memcpy(input.data() + position, &value, width);
		}
	}

	void Resize(std::string &input) {
		auto &other = corpus[Below(corpus.size())];
		auto position = Place(input);
		switch (Below(6)) {
		case 0:
			input.insert(position, 1, static_cast<char>(random()));
			break;
		case 1:
			input.erase(position, 1 + Below(16));
			break;
		case 2:
			input.insert(position, other.substr(Place(other), Below(64)));
			break;
		case 3:
			// Variable-length numbers at the edges.
			input.insert(position, Below(2) ? "\xFF\xFF\xFF\xFF\x0F" : "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
			break;
		case 4:
			input.insert(position, input.substr(Place(input), Below(64)));
			break;
		default:
			Overwrite(input);
			break;
		}
	}

	const std::vector<std::string> &corpus;
	std::mt19937_64 random;
};

} // namespace skein_fuzz
