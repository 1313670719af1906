//! Texts that recur, numbered in the order of their first use: one column's dictionary in one frame.
//!
//! Holds copies, so it may outlive the vectors it was filled from. Only what rows really use gets in: a dictionary of
//! the storage also holds values of rows that are nobody's business here. Belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "duckdb/common/types/string_heap.hpp"
#include "duckdb/common/types/string_type.hpp"

namespace skein {

class FrameDictionary {
public:
	//! The text's number, which it gets now if it has none.
	uint32_t Number(const duckdb::string_t &text);
	uint64_t Count() const {
		return texts.size();
	}
	const std::vector<duckdb::string_t> &Texts() const {
		return texts;
	}
	void Clear();

private:
	void Grow();

	static constexpr uint32_t FREE = 0;

	duckdb::StringHeap heap;
	std::vector<duckdb::string_t> texts;
	std::vector<uint64_t> hashes;
	//! Numbers plus one at the place of their hash or behind it; a power of two of them.
	std::vector<uint32_t> slots;
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
