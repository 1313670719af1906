//! How rows lie in a record batch.
#pragma once

#include "codec/frame_format.hpp"
#include "protocol/distributed_protocol.hpp"

namespace skein {

enum class RowLayout {
	//! As Arrow's types say: what any Arrow client reads.
	ARROW,
	//! As DuckDB stores them, for sides that link DuckDB: holds every value ("Native rows" in docs/protocol.md).
	NATIVE,
	//! In as few bytes as they need, for the same sides: docs/frames.md.
	FRAMES
};

//! How rows are written.
struct RowFormat {
	RowFormat(RowLayout layout = RowLayout::ARROW, FrameCodec codec = FrameCodec::NONE) : layout(layout), codec(codec) {
	}

	RowLayout layout;
	//! Of frames.
	FrameCodec codec;
};

//! What rows are compressed by before anything is known of the link.
FrameCodec CodecOf(RowCompression compression);

//! The format a scan's client reads.
RowFormat RequestedFormat(const DistributedRequest &request);

} // namespace skein
