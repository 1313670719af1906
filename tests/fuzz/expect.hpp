//! What a target asserts: a broken promise ends the program, and with it the run.
#pragma once

#include <cstdio>
#include <cstdlib>

#define FUZZ_EXPECT(condition)                                                                                         \
	do {                                                                                                               \
		if (!(condition)) {                                                                                            \
			std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                               \
			std::abort();                                                                                              \
		}                                                                                                              \
	} while (false)
