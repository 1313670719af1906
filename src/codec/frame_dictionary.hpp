//! Texts that recur, numbered in the order of their first use: one column's dictionary in one frame.
//!
//! Holds copies, so it may outlive the vectors it was filled from. Only what rows really use gets in: a dictionary of
//! the storage also holds values of rows that are nobody's business here. Belongs to one thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "duckdb/common/types/string_heap.hpp"
#include "duckdb/common/types/string_type.hpp"

namespace skein {

class FrameDictionary {
public:
	//! The text's number, which it gets now if it has none.
	uint32_t Number(const duckdb::string_t &text) {
		const TextKey key(text);
		if (!slots.empty()) {
			for (auto place = Place(key); slots[place].number_plus_one != 0; place = (place + 1) & (slots.size() - 1)) {
				const auto number = slots[place].number_plus_one - 1;
				if (slots[place].key == key && (text.IsInlined() || texts[number] == text)) {
					return number;
				}
			}
		}
		return Add(text, key);
	}
	uint64_t Count() const {
		return texts.size();
	}
	const std::vector<duckdb::string_t> &Texts() const {
		return texts;
	}
	void Clear();

private:
	//! A short text itself, as DuckDB lays it out: its length, its bytes, and zeros. Of a long one the length, the
	//! first bytes and the last: two of them may have the same.
	struct TextKey {
		TextKey() = default;
		explicit TextKey(const duckdb::string_t &text) {
			static_assert(sizeof(text) == sizeof(head) + sizeof(tail));
			std::memcpy(&head, &text, sizeof(head));
			auto tail_bytes = text.IsInlined() ? reinterpret_cast<const char *>(&text) + sizeof(head)
			                                   : text.GetData() + text.GetSize() - sizeof(tail);
			std::memcpy(&tail, tail_bytes, sizeof(tail));
		}
		bool operator==(const TextKey &) const = default;

		uint64_t head = 0;
		uint64_t tail = 0;
	};
	struct Slot {
		TextKey key;
		//! 0: free.
		uint32_t number_plus_one = 0;
	};

	//! Where the search for it begins.
	uint64_t Place(const TextKey &key) const {
		constexpr uint64_t factor = 0x9E3779B97F4A7C15ULL;
		const auto hash = (key.head * factor ^ key.tail) * factor;
		return (hash >> 32) & (slots.size() - 1);
	}
	Slot &FreeSlot(const TextKey &key);
	uint32_t Add(const duckdb::string_t &text, const TextKey &key);
	void Grow();

	static constexpr uint64_t SLOTS_MIN = 64;

	duckdb::StringHeap heap;
	std::vector<duckdb::string_t> texts;
	//! A power of two of them, at least twice as many as texts.
	std::vector<Slot> slots;
};

//! Where rows of a dictionary of the storage lie in a FrameDictionary. It belongs to one such dictionary at a time.
class StorageDictionaryMap {
public:
	//! Forgets everything, unless this is the dictionary it knows already.
	void Select(const std::string &id, const void *data, uint64_t size);
	void Clear();
	//! Plus one; 0: not known yet. `position` is below the size.
	uint32_t &NumberAt(uint64_t position) {
		return numbers[position];
	}

private:
	std::string id;
	const void *data = nullptr;
	std::vector<uint32_t> numbers;
};

} // namespace skein
