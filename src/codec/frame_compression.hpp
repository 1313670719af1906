//! The blocks of a frame, smaller for slow links.
#pragma once

#include <memory>

#include <arrow/buffer.h>

#include "codec/frame_format.hpp"

namespace skein {

//! A frame that is not compressed, with the same header, but with its blocks compressed; or as they are, where that is
//! no smaller. Its header says which.
std::shared_ptr<arrow::Buffer> CompressFrame(const arrow::Buffer &frame, FrameCodec codec);

//! The blocks of a stranger's frame. `blocks_bytes`: what its header says they have. Throws InvalidInputException for
//! bytes that are none of the codec's.
std::shared_ptr<arrow::Buffer> DecompressBlocks(const uint8_t *data, uint64_t size, FrameCodec codec,
                                                uint64_t blocks_bytes);

} // namespace skein
