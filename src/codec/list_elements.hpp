//! The elements of the lists in a vector, in the order of the rows.
#pragma once

#include <vector>

#include "codec/row_sizes.hpp"
#include "duckdb/common/types/vector.hpp"

namespace skein {

//! Lists mostly lie one behind the other: then their elements are one range, else a list of positions.
class ListElements {
public:
	//! Of the rows of a LIST or MAP vector; NULLs have no elements.
	ListElements(const duckdb::UnifiedVectorFormat &format, RowSelection rows);
	ListElements(const ListElements &) = delete;
	ListElements &operator=(const ListElements &) = delete;

	//! One length for each row.
	const std::vector<uint64_t> &Lengths() const {
		return lengths;
	}
	//! Positions in the child vector. Valid as long as this.
	RowSelection Positions() const {
		return elements;
	}

private:
	void ListPositions(const duckdb::UnifiedVectorFormat &format, RowSelection rows);

	std::vector<uint64_t> lengths;
	std::vector<duckdb::sel_t> positions;
	RowSelection elements;
};

} // namespace skein
