#include "codec/frame_dictionary.hpp"

#include <cstring>

namespace skein {

using duckdb::string_t;

//! Every byte of a short text counts; of a long one, its ends and its length. Equality is always asked besides.
static uint64_t HashText(const string_t &text) {
	constexpr uint64_t factor = 0x9E3779B97F4A7C15ULL;
	const auto size = text.GetSize();
	uint64_t first = 0, last = 0;
	auto data = text.GetData();
	if (size >= sizeof(uint64_t)) {
		std::memcpy(&first, data, sizeof(first));
		std::memcpy(&last, data + size - sizeof(last), sizeof(last));
	} else {
		std::memcpy(&first, data, size);
	}
	auto hash = (first ^ (size * factor)) * factor;
	hash = (hash ^ (hash >> 32) ^ last) * factor;
	return hash ^ (hash >> 29);
}

void FrameDictionary::Grow() {
	const auto size = slots.empty() ? 64 : slots.size() * 2;
	slots.assign(size, FREE);
	for (uint32_t number = 0; number < texts.size(); number++) {
		auto slot = hashes[number] & (size - 1);
		while (slots[slot] != FREE) {
			slot = (slot + 1) & (size - 1);
		}
		slots[slot] = number + 1;
	}
}

uint32_t FrameDictionary::Number(const string_t &text) {
	if (texts.size() * 2 >= slots.size()) {
		Grow();
	}
	const auto hash = HashText(text);
	const auto mask = slots.size() - 1;
	auto slot = hash & mask;
	for (; slots[slot] != FREE; slot = (slot + 1) & mask) {
		const auto number = slots[slot] - 1;
		if (hashes[number] == hash && texts[number] == text) {
			return number;
		}
	}
	const auto number = static_cast<uint32_t>(texts.size());
	texts.push_back(text.IsInlined() ? text : heap.AddBlob(text));
	hashes.push_back(hash);
	slots[slot] = number + 1;
	return number;
}

void FrameDictionary::Clear() {
	if (texts.empty()) {
		return;
	}
	texts.clear();
	hashes.clear();
	slots.assign(slots.size(), FREE);
	heap.Destroy();
}

void StorageDictionaryMap::Select(const std::string &id_p, const void *data_p, uint64_t size) {
	if (data == data_p && id == id_p && numbers.size() == size) {
		return;
	}
	id = id_p;
	data = data_p;
	numbers.assign(size, 0);
}

void StorageDictionaryMap::Clear() {
	id.clear();
	data = nullptr;
	numbers.clear();
}

} // namespace skein
