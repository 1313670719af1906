#include "codec/frame_compression.hpp"

#include <cstring>

#include <arrow/util/compression.h>

#include "codec/arrow_status.hpp"

namespace skein {

static constexpr const char *COMPRESSING = "compressing rows";

static std::unique_ptr<arrow::util::Codec> MakeCodec(FrameCodec codec) {
	// LZ4 as raw blocks: the frame says how long they are.
	auto kind = codec == FrameCodec::LZ4 ? arrow::Compression::LZ4 : arrow::Compression::ZSTD;
	return ValueOrThrow(arrow::util::Codec::Create(kind), COMPRESSING);
}

std::shared_ptr<arrow::Buffer> CompressFrame(const arrow::Buffer &frame, FrameCodec codec) {
	auto compressor = MakeCodec(codec);
	const auto size = frame.size() - static_cast<int64_t>(FRAME_HEADER_BYTES);
	auto blocks = frame.data() + FRAME_HEADER_BYTES;
	const auto size_max = compressor->MaxCompressedLen(size, blocks);
	auto result =
	    ValueOrThrow(arrow::AllocateResizableBuffer(static_cast<int64_t>(FRAME_HEADER_BYTES) + size_max), COMPRESSING);
	auto target = result->mutable_data();
	std::memcpy(target, frame.data(), FRAME_HEADER_BYTES);
	auto compressed =
	    ValueOrThrow(compressor->Compress(size, blocks, size_max, target + FRAME_HEADER_BYTES), COMPRESSING);
	target[1] = static_cast<uint8_t>(codec);
	if (compressed >= size) {
		std::memcpy(target + FRAME_HEADER_BYTES, blocks, static_cast<size_t>(size));
		target[1] = static_cast<uint8_t>(FrameCodec::NONE);
		compressed = size;
	}
	ThrowIfNotOk(result->Resize(static_cast<int64_t>(FRAME_HEADER_BYTES) + compressed), COMPRESSING);
	return result;
}

std::shared_ptr<arrow::Buffer> DecompressBlocks(const uint8_t *data, uint64_t size, FrameCodec codec,
                                                uint64_t blocks_bytes) {
	constexpr const char *doing = "decompressing a frame";
	auto result = ValueOrThrow(arrow::AllocateBuffer(static_cast<int64_t>(blocks_bytes)), doing);
	auto written =
	    ValueOrThrow(MakeCodec(codec)->Decompress(static_cast<int64_t>(size), data, static_cast<int64_t>(blocks_bytes),
		                                          result->mutable_data()),
		             doing);
	if (static_cast<uint64_t>(written) != blocks_bytes) {
		throw duckdb::InvalidInputException("A frame's blocks have %d bytes where its header says %d", written,
		                                    blocks_bytes);
	}
	return result;
}

} // namespace skein
