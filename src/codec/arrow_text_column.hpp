//! Texts on their way into one Arrow array of type utf8.
//!
//! The engine's own conversion makes room for each text by itself, which costs more than copying it. Belongs to one
//! thread.
#pragma once

#include <memory>

#include <arrow/array/data.h>
#include <arrow/buffer_builder.h>

#include "codec/row_sizes.hpp"
#include "duckdb/common/types/vector.hpp"

namespace skein {

class ArrowTextColumn {
public:
	//! Copies rows of a vector of VARCHAR. Throws InvalidInputException where the texts are too long for Arrow's
	//! offsets of 32 bits.
	void Append(const duckdb::Vector &vector, RowSelection rows);
	//! What was appended; the column is empty again.
	std::shared_ptr<arrow::ArrayData> Finish();

private:
	//! `size_at` is the length of the text at a position of the vector; 0 for a NULL.
	template <class SIZE_AT>
	void AppendTexts(const duckdb::UnifiedVectorFormat &format, RowSelection rows, SIZE_AT &&size_at);
	void AppendValidity(const duckdb::UnifiedVectorFormat &format, RowSelection rows);

	//! One for each text.
	arrow::TypedBufferBuilder<int32_t> offsets;
	arrow::BufferBuilder bytes;
	//! Empty while there is no NULL.
	arrow::TypedBufferBuilder<bool> validity;
};

} // namespace skein
