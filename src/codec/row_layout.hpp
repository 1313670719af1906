//! How rows lie in a record batch.
#pragma once

#include "protocol/distributed_protocol.hpp"

namespace skein {

enum class RowLayout {
	//! As Arrow's types say: what any Arrow client reads.
	ARROW,
	//! As DuckDB stores them, for sides that link DuckDB: holds every value ("Native rows" in docs/protocol.md).
	NATIVE
};

//! The layout a scan's client reads.
inline RowLayout RequestedLayout(const DistributedRequest &request) {
	return request.native_rows ? RowLayout::NATIVE : RowLayout::ARROW;
}

} // namespace skein
