"""Python's con.append on an attached database: a table of pandas, all rows or none, in transactions."""

import duckdb
import numpy
import pandas
import pytest

from client_database import open_client
from skein_server import Server

ROWS = 50_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server("--database-dir", tmp_path_factory.mktemp("databases")) as server:
        yield server


@pytest.fixture
def clients(server, request):
    """The client with the database in use, and another that has it attached as r."""
    with open_client() as client, open_client() as other:
        client.execute(f"ATTACH '{server.uri}/{request.node.name}' AS r (TYPE skein, CREATE true); USE r")
        other.execute(f"ATTACH '{server.uri}/{request.node.name}' AS r (TYPE skein)")
        yield client, other


def rows_of(count):
    """Every type that pandas has of its own, NULLs among them."""
    numbers = numpy.arange(count)
    return pandas.DataFrame(
        {
            "i": numbers,
            "d": numpy.where(numbers % 7 == 0, numpy.nan, numbers / 4),
            "s": [None if number % 5 == 0 else f"row {number}" for number in numbers],
            "b": numbers % 2 == 0,
            "t": pandas.Timestamp("2026-01-01") + pandas.to_timedelta(numbers, unit="s"),
        }
    )


def test_rows_arrive_as_in_a_local_database(clients):
    client, other = clients
    columns = "(i BIGINT, d DOUBLE, s VARCHAR, b BOOLEAN, t TIMESTAMP)"
    client.execute(f"CREATE TABLE t {columns}")
    frame = rows_of(ROWS)
    client.append("t", frame)
    with duckdb.connect() as local:
        local.execute(f"CREATE TABLE t {columns}")
        local.append("t", frame)
        expected = local.execute("FROM t ORDER BY i").fetchall()
    assert len(expected) == ROWS
    assert other.execute("FROM r.t ORDER BY i").fetchall() == expected


def test_by_name_takes_defaults_and_any_order(clients):
    client, other = clients
    client.execute("CREATE SEQUENCE ids; CREATE TABLE t (id BIGINT DEFAULT nextval('ids'), i INTEGER, s VARCHAR DEFAULT 'none')")
    client.append("t", pandas.DataFrame({"s": ["a", "b"], "i": [1, 2]}), by_name=True)
    client.append("t", pandas.DataFrame({"i": [3]}), by_name=True)
    assert other.execute("FROM r.t ORDER BY i").fetchall() == [(1, 1, "a"), (2, 2, "b"), (3, 3, "none")]


def test_all_rows_or_none(clients):
    client, other = clients
    client.execute("CREATE TABLE t (i INTEGER PRIMARY KEY)")
    with pytest.raises(duckdb.ConstraintException):
        client.append("t", pandas.DataFrame({"i": [*range(ROWS), 0]}))
    assert other.execute("SELECT count(*) FROM r.t").fetchone() == (0,)
    with pytest.raises(duckdb.BinderException):
        client.append("t", pandas.DataFrame({"i": [1], "j": [2]}))
    client.append("t", pandas.DataFrame({"i": [1]}))
    assert other.execute("FROM r.t").fetchall() == [(1,)]


def test_in_a_transaction(clients):
    client, other = clients
    client.execute("CREATE TABLE t (i INTEGER)")
    client.execute("BEGIN")
    client.append("t", pandas.DataFrame({"i": [1, 2]}))
    assert client.execute("SELECT count(*) FROM t").fetchone() == (2,)
    assert other.execute("SELECT count(*) FROM r.t").fetchone() == (0,)
    client.execute("ROLLBACK")
    client.append("t", pandas.DataFrame({"i": [3]}))
    assert other.execute("FROM r.t").fetchall() == [(3,)]
