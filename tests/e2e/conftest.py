"""Fixtures of tests that compare remote tables with local ones."""

import pytest

from twin import Twin
from ways import WAYS, open_place


@pytest.fixture
def twin(connect, oracle, shared_server):
    """A client of the module's server and a local DuckDB. Tables are made anew by each test."""
    return Twin(connect(), oracle, shared_server)


@pytest.fixture
def own_twin(connect, oracle, server):
    """The same with a server of the test's own, which starts empty."""
    return Twin(connect(), oracle, server)


@pytest.fixture(scope="module")
def place(shared_server):
    """The module's server with the tables t and u, and the client that ways of tests/e2e/ways.py begin and end at."""
    with open_place(shared_server) as place:
        yield place


@pytest.fixture(params=WAYS)
def way(request):
    """Each of them in turn."""
    return WAYS[request.param]
