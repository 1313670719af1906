#include "codec/frame_dictionary.hpp"

namespace skein {

using duckdb::string_t;

void FrameDictionary::Grow() {
	auto old = std::move(slots);
	slots.assign(old.empty() ? SLOTS_MIN : old.size() * 2, Slot());
	for (auto &moved : old) {
		if (moved.number_plus_one != 0) {
			FreeSlot(moved.key) = moved;
		}
	}
}

FrameDictionary::Slot &FrameDictionary::FreeSlot(const TextKey &key) {
	auto place = Place(key);
	while (slots[place].number_plus_one != 0) {
		place = (place + 1) & (slots.size() - 1);
	}
	return slots[place];
}

uint32_t FrameDictionary::Add(const string_t &text, const TextKey &key) {
	if (texts.size() * 2 >= slots.size()) {
		Grow();
	}
	const auto number = static_cast<uint32_t>(texts.size());
	texts.push_back(text.IsInlined() ? text : heap.AddBlob(text));
	FreeSlot(key) = Slot {key, number + 1};
	return number;
}

void FrameDictionary::Clear() {
	if (texts.empty()) {
		return;
	}
	texts.clear();
	slots.assign(slots.size(), Slot());
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
