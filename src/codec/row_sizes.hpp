//! What rows will take in a record batch, known before they are copied.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

//! The longest text of dictionaries of the storage, one for each column: what a thread learned of those it met last.
class DictionaryBounds {
public:
	explicit DictionaryBounds(idx_t column_count) : columns(column_count) {
	}
	//! The most that `count` rows of the column can take. Nothing where the vector is no such dictionary.
	std::optional<uint64_t> Bound(idx_t column, const duckdb::Vector &vector, idx_t count);

private:
	struct Column {
		std::string id;
		uint64_t longest = 0;
	};
	std::vector<Column> columns;
};

//! Of rows of one list of types. Immutable: any thread may ask.
class RowSizes {
public:
	explicit RowSizes(const duckdb::vector<duckdb::LogicalType> &types);

	//! Bytes of a range of rows.
	uint64_t Measure(const duckdb::DataChunk &chunk, RowSelection rows) const;
	//! Not less than they take, and not much more; cheaper.
	uint64_t Bound(const duckdb::DataChunk &chunk, RowSelection rows, DictionaryBounds &dictionaries) const;
	//! Bytes of each of them.
	std::vector<uint64_t> MeasureEach(const duckdb::DataChunk &chunk, RowSelection rows) const;

private:
	//! Of every row.
	uint64_t fixed_bytes = 0;
	//! Columns whose values differ in size.
	std::vector<idx_t> variable_columns;
};

} // namespace skein
