//! What rows will take in a record batch, known before they are copied.
#pragma once

#include <cstdint>
#include <vector>

#include "duckdb/common/types/data_chunk.hpp"

namespace skein {

using duckdb::idx_t;

//! Rows of a vector: a range, or those a list of positions names.
struct RowSelection {
	const duckdb::sel_t *positions = nullptr;
	idx_t begin = 0;
	idx_t count = 0;

	idx_t operator[](idx_t index) const {
		return positions ? positions[index] : begin + index;
	}
};

//! Of rows of one list of types. Immutable: any thread may ask.
class RowSizes {
public:
	explicit RowSizes(const duckdb::vector<duckdb::LogicalType> &types);

	//! Bytes of a range of rows.
	uint64_t Measure(const duckdb::DataChunk &chunk, RowSelection rows) const;
	//! Bytes of each of them.
	std::vector<uint64_t> MeasureEach(const duckdb::DataChunk &chunk, RowSelection rows) const;

private:
	//! Of every row.
	uint64_t fixed_bytes = 0;
	//! Columns whose values differ in size.
	std::vector<idx_t> variable_columns;
};

} // namespace skein
