#include "codec/row_layout.hpp"

namespace skein {

FrameCodec CodecOf(RowCompression compression) {
	switch (compression) {
	case RowCompression::LZ4:
		return FrameCodec::LZ4;
	case RowCompression::ZSTD:
		return FrameCodec::ZSTD;
	default:
		return FrameCodec::NONE;
	}
}

RowFormat RequestedFormat(const DistributedRequest &request) {
	if (request.frame_version >= FRAME_VERSION) {
		return RowFormat(RowLayout::FRAMES, CodecOf(request.compression));
	}
	return request.native_rows ? RowLayout::NATIVE : RowLayout::ARROW;
}

} // namespace skein
