"""Fixtures of tests that compare remote tables with local ones."""

import pytest

from twin import Twin


@pytest.fixture
def twin(connect, oracle, shared_server):
    """A client of the module's server and a local DuckDB. Tables are made anew by each test."""
    return Twin(connect(), oracle, shared_server)


@pytest.fixture
def own_twin(connect, oracle, server):
    """The same with a server of the test's own, which starts empty."""
    return Twin(connect(), oracle, server)
