//! The C library's allocator, told to keep little of what streams no longer use.
//!
//! DuckDB's buffers and Arrow's batches have allocators of their own; this is about all else: messages, gRPC.
#pragma once

namespace skein {

//! To be called first in main, before there is a second thread. What the user chose by
//! environment variable stays as it is.
void ConfigureProcessMemory();

} // namespace skein
