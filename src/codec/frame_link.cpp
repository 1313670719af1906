#include "codec/frame_link.hpp"

#include <arrow/array/array_binary.h>

#include "codec/frame_builder.hpp"
#include "codec/frame_compression.hpp"
#include "protocol/frame_batch.hpp"

namespace skein {

//! What one core compresses in a second, with room for the rest of its work: a link that carries more is not slower
//! than the work.
static constexpr double ZSTD_BYTES_PER_SECOND = 150e6;
static constexpr double LZ4_BYTES_PER_SECOND = 350e6;
//! Before that, socket buffers take what is sent, and say nothing of the link.
static constexpr double MEASURED_BYTES_MIN = 2e6;
//! What was sent long ago counts less and less.
static constexpr double MEASURED_BYTES_MAX = 32e6;

FrameLink::FrameLink(RowCompression compression, bool is_local)
    : is_asked(compression == RowCompression::AUTO && !is_local) {
}

FrameCodec FrameLink::Choose() const {
	if (!is_asked || bytes < MEASURED_BYTES_MIN || seconds <= 0) {
		return FrameCodec::NONE;
	}
	const auto speed = bytes / seconds;
	if (speed < ZSTD_BYTES_PER_SECOND) {
		return FrameCodec::ZSTD;
	}
	return speed < LZ4_BYTES_PER_SECOND ? FrameCodec::LZ4 : FrameCodec::NONE;
}

std::shared_ptr<arrow::RecordBatch> FrameLink::Prepare(std::shared_ptr<arrow::RecordBatch> batch) const {
	const auto codec = Choose();
	return codec == FrameCodec::NONE ? batch : CompressFrameBatch(batch, codec);
}

void FrameLink::Sent(uint64_t sent_bytes, std::chrono::steady_clock::duration time) {
	bytes += static_cast<double>(sent_bytes);
	seconds += std::chrono::duration<double>(time).count();
	if (bytes > MEASURED_BYTES_MAX) {
		bytes /= 2;
		seconds /= 2;
	}
}

std::shared_ptr<arrow::RecordBatch> CompressFrameBatch(const std::shared_ptr<arrow::RecordBatch> &batch,
                                                       FrameCodec codec) {
	if (!IsFrameSchema(*batch->schema()) || batch->num_rows() != 1) {
		return batch;
	}
	auto &array = static_cast<const arrow::LargeBinaryArray &>(*batch->column(0));
	if (array.value_length(0) < static_cast<int64_t>(FRAME_HEADER_BYTES) ||
	    static_cast<FrameCodec>(array.GetView(0)[1]) != FrameCodec::NONE) {
		return batch;
	}
	auto frame = arrow::SliceBuffer(array.value_data(), array.value_offset(0), array.value_length(0));
	return MakeFrameBatch(batch->schema(), CompressFrame(*frame, codec));
}

} // namespace skein
