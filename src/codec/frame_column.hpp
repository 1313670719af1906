//! DuckDB vectors into the columns of a frame's blocks.
#pragma once

#include <memory>

#include "codec/frame_bytes.hpp"
#include "codec/frame_format.hpp"
#include "codec/row_sizes.hpp"

namespace skein {

//! What one column remembers from block to block; nested ones own those of their children. Belongs to one thread.
class FrameColumn {
public:
	virtual ~FrameColumn() = default;
	//! Writes the rows, at least one. Values of NULLs are never written: what lay there is nobody's business.
	virtual void Write(const duckdb::Vector &vector, RowSelection rows, FrameWriter &writer) = 0;
	//! The next block is the first of a frame.
	virtual void StartFrame() {
	}

	//! Throws NotImplementedException for a type whose values cannot be sent.
	static std::unique_ptr<FrameColumn> Make(const duckdb::LogicalType &type);
};

//! A column of text or bytes (frame_text_column.cpp).
std::unique_ptr<FrameColumn> MakeFrameTextColumn();

//! The first byte of a column in a block and the bitmap behind it.
class FrameColumnHead {
public:
	//! Writes it for these rows.
	FrameColumnHead(const duckdb::UnifiedVectorFormat &format, RowSelection rows, FrameWriter &writer);
	bool HasNulls() const {
		return valid_count < row_count;
	}
	bool IsAllNull() const {
		return valid_count == 0;
	}
	//! Names the encoding of what was written behind the head.
	void Finish(FrameEncoding encoding, FrameWriter &writer) const;

private:
	void WriteBitmap(const duckdb::UnifiedVectorFormat &format, RowSelection rows, FrameWriter &writer);

	uint64_t position;
	idx_t row_count;
	idx_t valid_count;
};

} // namespace skein
