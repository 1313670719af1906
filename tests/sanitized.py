"""Tests that cannot hold while a sanitizer runs, each with its reason. SKEIN_SANITIZER names the one that does.

A key is a file of tests/e2e, or a test in one. A key that names nothing fails the run: a list of exceptions must not
outlive what it excepts.
"""

import os

import pytest

MEMORY = "a sanitizer keeps freed memory and shadows all of it: sizes are not the program's"
PACKAGE = "a sanitized build is never shipped: it names its libraries and is not stripped"

EXCEPTIONS = {
    "test_memory.py": MEMORY,
    "test_packaging.py": PACKAGE,
    "test_server_streams.py::test_a_reader_that_stops_stops_the_engine": MEMORY,
    "test_server_streams.py::test_stalled_uploads_cost_little": MEMORY,
    "test_malformed_calls.py::test_memory_is_back": MEMORY,
}


def sanitizer():
    """"asan", "tsan", or nothing."""
    return os.environ.get("SKEIN_SANITIZER", "")


def skip_exceptions(items, whole_suite):
    """Marks what is listed. `whole_suite`: every test was collected, so that every key must have matched."""
    unused = set(EXCEPTIONS)
    for item in items:
        function = f"{item.path.name}::{item.originalname}"
        for key in (item.path.name, function):
            if key in EXCEPTIONS:
                unused.discard(key)
                item.add_marker(pytest.mark.skip(reason=f"{sanitizer()}: {EXCEPTIONS[key]}"))
    if whole_suite and unused:
        raise pytest.UsageError(f"tests/sanitized.py names tests that are not there: {sorted(unused)}")
