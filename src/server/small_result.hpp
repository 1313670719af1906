//! Results that are there at once.
#pragma once

#include <memory>

#include "server/row_source.hpp"

namespace skein {

//! Takes what a source has within limits::small_result_wait_ms, up to limits::small_result_bytes_max, before its stream
//! begins. If that is all, the source says so (`is_complete`), and a client can read the stream without a thread for
//! it. An error met on the way is thrown where its rows would have come. Throws where the call is cancelled.
std::unique_ptr<RowSource> ReadSmallResult(Call &call, std::unique_ptr<RowSource> source);

} // namespace skein
