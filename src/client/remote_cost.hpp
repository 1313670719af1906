//! What a remote statement cost, as EXPLAIN ANALYZE shows it beside its SQL.
#pragma once

#include <cstdint>
#include <string>

namespace skein {

//! `show` takes a name and a text. Bytes are those of record batches.
template <class SHOW>
void ShowRemoteCost(uint64_t rows, uint64_t bytes, uint64_t milliseconds, SHOW show) {
	show("Remote Rows", std::to_string(rows));
	show("Remote Bytes", std::to_string(bytes));
	show("Remote Time", std::to_string(milliseconds) + " ms");
}

} // namespace skein
