//! The columns of a frame's blocks into DuckDB vectors.
#pragma once

#include <memory>

#include <arrow/buffer.h>

#include "codec/frame_bytes.hpp"
#include "codec/frame_format.hpp"
#include "duckdb/common/types/vector.hpp"

namespace skein {

using duckdb::idx_t;

//! The frame being read.
struct FrameSource {
	FrameReader reader;
	//! Holds the bytes; kept by vectors that point into it.
	std::shared_ptr<arrow::Buffer> memory;
	//! What its rows may still take as vectors.
	uint64_t bytes_left = 0;

	//! Throws InvalidInputException where a few bytes stand for more than a batch may hold.
	void Spend(uint64_t count, uint64_t width);
};

//! The rows of a block that are not NULL.
class FrameValidity {
public:
	//! Reads the bitmap, if the first byte says there is one.
	FrameValidity(uint8_t first_byte, FrameReader &reader, idx_t count);
	bool HasNulls() const {
		return bits != nullptr;
	}
	bool IsValid(idx_t row) const {
		return !bits || (bits[row / 8] >> (row % 8) & 1);
	}
	void Apply(duckdb::Vector &vector, idx_t count) const;

private:
	const uint8_t *bits = nullptr;
};

//! What one column remembers from block to block. Belongs to one thread.
class FrameColumnReader {
public:
	virtual ~FrameColumnReader() = default;
	//! Reads `count` rows, at least one, into a vector of the column's type with room for them.
	void Read(FrameSource &source, idx_t count, duckdb::Vector &result);
	//! Rows of which nothing is in the frame, because what they belong to is NULL.
	void ReadNullRows(FrameSource &source, idx_t count, duckdb::Vector &result) {
		ReadNulls(source, count, result);
	}
	//! The next block is the first of a frame.
	virtual void StartFrame() {
	}

	//! `is_nested`: the vectors are children of others.
	static std::unique_ptr<FrameColumnReader> Make(const duckdb::LogicalType &type, bool is_nested = false);

protected:
	//! What comes behind the head of a block that holds values.
	virtual void ReadValues(FrameSource &source, FrameEncoding encoding, const FrameValidity &validity, idx_t count,
	                        duckdb::Vector &result) = 0;
	virtual void ReadNulls(FrameSource &source, idx_t count, duckdb::Vector &result) = 0;
};

//! Of text and bytes (frame_text_reader.cpp).
std::unique_ptr<FrameColumnReader> MakeFrameTextReader(const duckdb::LogicalType &type, bool is_nested);

} // namespace skein
