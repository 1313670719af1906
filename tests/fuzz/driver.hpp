//! What every fuzz target includes: the function it defines. The main is driver/main.cpp, or the compiler's own fuzzer.
#pragma once

#include <cstddef>
#include <cstdint>

//! The target. Returns 0; crashes, hangs and sanitizer reports are findings.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
