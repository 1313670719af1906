//! Whether frames are worth compressing, told from how long the link takes for them.
//!
//! Asked by the thread that sends, which a slow link leaves with time to compress. Belongs to that thread.
#pragma once

#include <chrono>
#include <memory>

#include <arrow/record_batch.h>

#include "codec/frame_format.hpp"
#include "protocol/distributed_protocol.hpp"

namespace skein {

class FrameLink {
public:
	//! `is_local`: both ends are on one host, where nothing is gained.
	FrameLink(RowCompression compression, bool is_local);

	//! The batch as it is to be sent. Only frames that are not compressed yet are ever changed.
	std::shared_ptr<arrow::RecordBatch> Prepare(std::shared_ptr<arrow::RecordBatch> batch) const;
	//! So many bytes took the transport so long.
	void Sent(uint64_t bytes, std::chrono::steady_clock::duration time);

private:
	FrameCodec Choose() const;

	const bool is_asked;
	double bytes = 0;
	double seconds = 0;
};

//! The batch, its frame compressed; the same batch where it holds no frame, or one that is compressed already.
std::shared_ptr<arrow::RecordBatch> CompressFrameBatch(const std::shared_ptr<arrow::RecordBatch> &batch,
                                                       FrameCodec codec);

} // namespace skein
