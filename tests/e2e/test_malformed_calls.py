"""10,000 malformed calls against one server: every answer is a documented one, and the server is as it was before."""

import pathlib
import re
import time
import types

import pyarrow as pa
import pyarrow.flight as flight
import pytest
from malformed_calls import MalformedCalls
from wire import Wire, error_of, messages

import skein_server

CALLS = 10_000
# As many again before, for what a server keeps once and for all: caches, threads, arenas.
WARM_UP_CALLS = 2_000
MEMORY_GROWTH_MAX = 1.05
DOCUMENT = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text()
EXCEPTIONS = {
    "Unauthenticated": flight.FlightUnauthenticatedError,
    "Unauthorized": flight.FlightUnauthorizedError,
    "Unavailable": flight.FlightUnavailableError,
    "Cancelled": flight.FlightCancelledError,
    "Failed": pa.ArrowException,
}


def documented():
    """{category: Flight code} of docs/protocol.md, without those a server never sends."""
    table = DOCUMENT[DOCUMENT.index("| category | Flight code |"):]
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|(.*)\|$", table[: table.index("\n\n")], re.MULTILINE)
    return {category: code for category, code, rest in rows if "never sent" not in rest}


DOCUMENTED = documented()


def check(failure):
    """A failed call carries a documented Error, and its status is the one the document gives that Error."""
    error = error_of(failure)
    assert error is not None, f"no Error in {failure!r}"
    category = messages().ErrorCategory.Name(error.category)
    assert category in DOCUMENTED, f"{category}: {failure!r}"
    assert not isinstance(failure, flight.FlightInternalError), repr(failure)
    assert isinstance(failure, EXCEPTIONS[DOCUMENTED[category]]), f"{category}: {failure!r}"
    assert error.exception_type not in ("INTERNAL", "FATAL", ""), f"{category} {error.exception_type}: {error.message}"
    assert error.message
    return category


def make_calls(uri, seed, count):
    """Calls until `count` of them failed; {category: how often}."""
    answers = {}
    with Wire(uri) as wire:
        calls = MalformedCalls(wire.client, seed)
        while sum(answers.values()) < count:
            try:
                calls.call()
            except (flight.FlightError, pa.ArrowException) as failure:
                category = check(failure)
                answers[category] = answers.get(category, 0) + 1
    return answers


def wait_until(condition, what):
    deadline = time.monotonic() + skein_server.HANG_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


@pytest.fixture(scope="module")
def storm():
    """A server that has had them all."""
    with skein_server.Server("--memory-limit", "1GB") as server, Wire(server.uri) as wire:
        wire.execute("CREATE TABLE kept AS SELECT range AS i FROM range(1000)")
        wire.execute("CREATE TABLE ducks (id INTEGER, name VARCHAR); INSERT INTO ducks VALUES (1, 'teal'), (2, 'eider'), (3, NULL)")
        make_calls(server.uri, 1, WARM_UP_CALLS)
        # Sessions that a damaged request happened to open end with their lease.
        wait_until(lambda: wire.statistics().sessions <= 1, "sessions stay open")
        memory = server.memory_bytes()
        answers = make_calls(server.uri, 2, CALLS)
        yield types.SimpleNamespace(server=server, wire=wire, memory=memory, answers=answers)


def test_every_answer_is_a_documented_one(storm):
    assert sum(storm.answers.values()) == CALLS
    # The calls were of many kinds, not one mistake ten thousand times.
    assert {"INVALID_REQUEST", "UNSUPPORTED_VERSION", "ENGINE_ERROR", "TABLE_NOT_FOUND", "SESSION_NOT_FOUND"} <= set(storm.answers)
    assert CALLS - storm.answers["INVALID_REQUEST"] >= 500, storm.answers


def test_the_server_is_as_it_was(storm):
    assert storm.server.process.poll() is None
    wait_until(lambda: storm.wire.statistics().active_statements == 0, "statements stay active")
    wait_until(lambda: storm.wire.statistics().sessions <= 1, "sessions stay open")
    # A damaged request may be a sound one about the ducks, never one about another table.
    assert storm.wire.query("SELECT count(*), sum(i)::BIGINT FROM kept") == [(1000, 499500)]


def test_memory_is_back(storm):
    wait_until(lambda: storm.server.memory_bytes() <= storm.memory * MEMORY_GROWTH_MAX,
               f"{storm.memory} bytes before, {storm.server.memory_bytes()} after")
