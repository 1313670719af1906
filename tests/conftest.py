"""Fixtures of the end-to-end tests: the real server, the real extension in the stock duckdb wheel, and an oracle.

SKEIN_BUILD_DIR names the build to test; build/release without it.
"""

import contextlib
import pathlib
import sys

import duckdb
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import sanitized  # noqa: E402
import skein_server  # noqa: E402
from client_database import open_client  # noqa: E402
from skein_server import Server  # noqa: E402


def pytest_collection_modifyitems(config, items):
    if sanitized.sanitizer():
        whole = config.args in (["tests/e2e"], ["tests"]) and not config.option.keyword and not config.option.markexpr
        sanitized.skip_exceptions(items, whole)


@pytest.fixture
def server_factory():
    """start(*options, database=FILE, host=..., port=..., environment={...}): servers that must end cleanly.

    A server that the test itself ended (kill, stop, wait) is left alone; any other is stopped after the test, and must
    have survived it and exit with 0.
    """
    servers = []

    def start(*options, database=None, **named):
        if database is not None:
            options = ("--database", database, *options)
        server = Server(*options, **named)
        servers.append(server)
        ended = server.wait

        def wait(timeout=skein_server.HANG_SECONDS):
            code = ended(timeout)
            server.ended_by_test = True
            return code

        server.ended_by_test = False
        server.wait = wait
        return server

    yield start
    problems = []
    for server in servers:
        if server.ended_by_test:
            continue
        died = server.process.poll()
        code = server.stop()
        if died is not None or code != 0:
            what = f"died with {died}" if died is not None else f"ended with {code} on SIGTERM"
            problems.append(f"the server {what}; its log:\n{server.log}")
    assert not problems, "\n".join(problems)


@pytest.fixture
def server(server_factory):
    """A server with an empty database in memory."""
    return server_factory()


@pytest.fixture(scope="module")
def shared_server():
    """One server for all tests of a module, for tests that use names of their own."""
    with Server() as server:
        yield server


@pytest.fixture
def connect():
    """connect(load=True, database=..., **config): new client databases, closed after the test."""
    with contextlib.ExitStack() as stack:

        def make(**named):
            return stack.enter_context(contextlib.closing(open_client(**named)))

        yield make


@pytest.fixture
def client(connect):
    """A client database with the extension loaded."""
    return connect()


@pytest.fixture
def oracle():
    """A plain local DuckDB to compare answers with."""
    with contextlib.closing(duckdb.connect()) as connection:
        yield connection
