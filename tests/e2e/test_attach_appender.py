"""DuckDB's Appender on an attached database, by the C interface that the stock wheel exports."""

import ctypes

import pytest

from client_database import open_client
from native_client import Native
from skein_server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server("--database-dir", tmp_path_factory.mktemp("databases")) as server:
        yield server


@pytest.fixture
def native():
    native = Native()
    yield native
    native.close()


def test_appender(server, native):
    native.run(f"ATTACH '{server.uri}/appended' AS r (TYPE skein, CREATE true)")
    native.run("CREATE TABLE r.t (i INTEGER, s VARCHAR)")
    state, appender = native.appender("r", "main", "t")
    assert state == 0
    for number in range(5000):
        native.append(appender, number, f"row {number}")
    assert native.library.duckdb_appender_flush(appender) == 0
    with open_client() as other:
        other.execute(f"ATTACH '{server.uri}/appended' AS r (TYPE skein)")
        assert other.execute("SELECT count(*), sum(i), max(s) FROM r.t").fetchall() == [(5000, 12497500, "row 999")]
        native.append(appender, 7, "last")
        assert native.library.duckdb_appender_destroy(ctypes.byref(appender)) == 0
        assert other.execute("SELECT count(*) FROM r.t WHERE i = 7").fetchall() == [(2,)]


def test_rows_that_break_a_constraint_are_not_appended(server, native):
    native.run(f"ATTACH '{server.uri}/refused' AS r (TYPE skein, CREATE true)")
    native.run("CREATE TABLE r.t (i INTEGER PRIMARY KEY, s VARCHAR)")
    state, appender = native.appender("r", "main", "t")
    assert state == 0
    native.append(appender, 1, "a")
    native.append(appender, 1, "b")
    assert native.library.duckdb_appender_flush(appender) != 0
    native.library.duckdb_appender_destroy(ctypes.byref(appender))
    with open_client() as other:
        other.execute(f"ATTACH '{server.uri}/refused' AS r (TYPE skein)")
        assert other.execute("SELECT count(*) FROM r.t").fetchall() == [(0,)]
