//! The bytes of a frame under construction, and those of one that is read.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>

#include <arrow/buffer.h>

#include "codec/arrow_status.hpp"
#include "duckdb/common/exception.hpp"

namespace skein {

//! Memory that grows. Finish hands it over without a copy. Belongs to one thread.
class FrameWriter {
public:
	//! Room for `bytes` more; what is written there counts after Advance.
	uint8_t *Reserve(uint64_t bytes) {
		if (size + bytes > capacity) {
			Grow(size + bytes);
		}
		return data + size;
	}
	void Advance(uint64_t bytes) {
		size += bytes;
	}
	void Write(const void *bytes, uint64_t count) {
		if (count > 0) {
			std::memcpy(Reserve(count), bytes, count);
			size += count;
		}
	}
	template <class T>
	void WriteNumber(T value) {
		Write(&value, sizeof(T));
	}
	uint64_t Size() const {
		return size;
	}
	//! Written before; valid until the next Reserve.
	uint8_t *At(uint64_t position) {
		return data + position;
	}
	//! Takes back what was written behind `position`.
	void Truncate(uint64_t position) {
		size = position;
	}
	std::shared_ptr<arrow::Buffer> Finish() {
		if (!buffer) {
			Grow(1);
		}
		ThrowIfNotOk(buffer->Resize(static_cast<int64_t>(size), /*shrink_to_fit=*/false), "encoding rows");
		std::shared_ptr<arrow::Buffer> result = std::move(buffer);
		// The next one will be about as large.
		first_bytes = std::max(FIRST_BYTES, size + size / 8);
		size = capacity = 0;
		data = nullptr;
		return result;
	}

private:
	static constexpr uint64_t FIRST_BYTES = 4096;

	void Grow(uint64_t needed) {
		auto wanted = std::max(std::max(needed, capacity * 2), first_bytes);
		if (!buffer) {
			buffer = ValueOrThrow(arrow::AllocateResizableBuffer(static_cast<int64_t>(wanted)), "encoding rows");
		} else {
			ThrowIfNotOk(buffer->Resize(static_cast<int64_t>(wanted), false), "encoding rows");
		}
		data = buffer->mutable_data();
		capacity = wanted;
	}

	std::unique_ptr<arrow::ResizableBuffer> buffer;
	uint8_t *data = nullptr;
	uint64_t size = 0;
	uint64_t capacity = 0;
	uint64_t first_bytes = FIRST_BYTES;
};

//! A stranger's bytes. Every read is checked; throws InvalidInputException where they end too early.
class FrameReader {
public:
	FrameReader() = default;
	FrameReader(const uint8_t *data, uint64_t size) : data(data), end(data + size) {
	}

	uint64_t Remaining() const {
		return static_cast<uint64_t>(end - data);
	}
	const uint8_t *Take(uint64_t bytes) {
		if (bytes > Remaining()) {
			throw duckdb::InvalidInputException("A frame ends %d bytes too early", bytes - Remaining());
		}
		auto result = data;
		data += bytes;
		return result;
	}
	//! `count` values of `width` bytes each.
	const uint8_t *TakeMany(uint64_t count, uint64_t width) {
		if (count > Remaining() / width) {
			throw duckdb::InvalidInputException("A frame ends before its %d values of %d bytes", count, width);
		}
		return Take(count * width);
	}
	template <class T>
	T TakeNumber() {
		T result;
		std::memcpy(&result, Take(sizeof(T)), sizeof(T));
		return result;
	}

private:
	const uint8_t *data = nullptr;
	const uint8_t *end = nullptr;
};

} // namespace skein
