"""Statements with parameters on an attached database go to the server whole, with their values beside the text."""

import contextlib
import datetime
import decimal
import itertools
import uuid

import duckdb
import pytest

from client_database import open_client
from skein_server import Server
from twin import statistics

numbers = itertools.count()

VALUES = [
    None, True, 5, 2**40, 2**100, 1.5, "it's $1", "", b"\x00\xff", decimal.Decimal("1.50"), datetime.date(2020, 2, 29),
    datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc), datetime.time(1, 2, 3), datetime.timedelta(days=3),
    uuid.UUID(int=5), [], [None], [1, 2, None], {"k": "v", "l": [1]},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server("--database-dir", tmp_path_factory.mktemp("databases")) as server:
        yield server


@pytest.fixture
def client(server):
    with contextlib.closing(open_client()) as client:
        client.execute(f"ATTACH '{server.uri}/parameters{next(numbers)}' AS r (TYPE skein, CREATE true)")
        client.execute("CREATE TABLE r.t AS SELECT range::INTEGER AS id, 'n' || range AS s FROM range(1000)")
        client.execute("FROM r.t").fetchall()
        yield client


@pytest.fixture
def oracle():
    with contextlib.closing(duckdb.connect()) as oracle:
        oracle.execute("ATTACH ':memory:' AS r")
        oracle.execute("CREATE TABLE r.t AS SELECT range::INTEGER AS id, 'n' || range AS s FROM range(1000)")
        yield oracle


class Counted:
    """What travelled inside the block."""

    def __init__(self, client, uri):
        self.client, self.uri = client, uri

    def __enter__(self):
        self.before = statistics(self.client, self.uri)["client"]
        return self

    def __exit__(self, *_):
        after = statistics(self.client, self.uri)["client"]
        self.round_trips = after["round_trips"] - self.before["round_trips"]
        self.rows_received = after["rows_received"] - self.before["rows_received"]


def test_a_point_query_takes_one_round_trip(client, server):
    for key in (5, 999, 1000):
        with Counted(client, server.uri) as counted:
            rows = client.execute("SELECT * FROM r.t WHERE id = ?", [key]).fetchall()
        assert rows == ([(key, f"n{key}")] if key < 1000 else [])
        assert (counted.round_trips, counted.rows_received) == (1, len(rows))


def test_a_prepared_point_query_takes_one_round_trip(client, server):
    client.execute("PREPARE p AS SELECT s FROM r.t WHERE id = $key")
    for key in (5, 6, 7):
        with Counted(client, server.uri) as counted:
            assert client.execute(f"EXECUTE p(key := {key})").fetchall() == [(f"n{key}",)]
        assert (counted.round_trips, counted.rows_received) == (1, 1)


def test_preparing_runs_nothing(client, server):
    with Counted(client, server.uri) as counted:
        client.execute("PREPARE a AS SELECT * FROM r.t WHERE id = ?")
        client.execute("PREPARE b AS INSERT INTO r.t VALUES (?, ?) RETURNING id")
        client.execute("PREPARE c AS DELETE FROM r.t WHERE id = ?")
    assert counted.rows_received == 0
    assert client.execute("SELECT count(*) FROM r.t").fetchall() == [(1000,)]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_keep_their_types(client, oracle, value):
    outcomes = []
    for connection in (client, oracle):
        result = connection.execute("SELECT ? AS v, typeof(v) FROM r.t LIMIT 1", [value])
        outcomes.append((result.fetchall(), [(name, str(type)) for name, type, *_ in result.description]))
    assert outcomes[0] == outcomes[1]


def outcome(connection, sql, parameters):
    try:
        result = connection.execute(sql, parameters)
        return result.fetchall(), result.rowcount
    except duckdb.Error as error:
        return type(error).__name__, str(error).split("\n")[0]


@pytest.mark.parametrize("sql, parameters", [
    ("SELECT * FROM r.t WHERE id = $a OR id = $b ORDER BY id", {"a": 5, "b": 3}),
    ("SELECT * FROM r.t WHERE id = $a", {"a": 5, "b": 3}),
    ("SELECT * FROM r.t WHERE id = $a", {}),
    ("SELECT * FROM r.t WHERE id = ?", [1, 2]),
    ("SELECT * FROM r.t WHERE id = ? AND s = ?", [1]),
    ("SELECT * FROM r.t WHERE id = ?", ["5"]),
    ("SELECT * FROM r.t WHERE id = ?", ["x"]),
    ("SELECT * FROM r.t WHERE id = ?", [[1]]),
    ("SELECT count(*) FROM r.t WHERE id IN (SELECT unnest(?))", [list(range(500, 2000))]),
    ("INSERT INTO r.t VALUES (?, ?)", [5000, None]),
    ("INSERT INTO r.t VALUES (?, ?) RETURNING id + 1, s", [5000, "x"]),
    ("UPDATE r.t SET s = ? WHERE id < ?", ["changed", 3]),
    ("DELETE FROM r.t WHERE id >= ? RETURNING id", [998]),
    ("CREATE TABLE r.made AS SELECT * FROM r.t WHERE id < ?", [4]),
    ("CREATE VIEW r.v AS SELECT * FROM r.t WHERE id < ?", [4]),
])
def test_the_same_as_locally(client, oracle, sql, parameters):
    outcomes = [(outcome(connection, sql, parameters), connection.execute("FROM r.t ORDER BY ALL").fetchall())
                for connection in (client, oracle)]
    assert outcomes[0] == outcomes[1]


def test_executemany(client, oracle, server):
    rows = [(i, f"many {i}") for i in range(2000, 2020)]
    with Counted(client, server.uri) as counted:
        client.executemany("INSERT INTO r.t VALUES (?, ?)", rows)
    assert counted.round_trips <= len(rows) + 1
    assert client.execute("FROM r.t WHERE id >= 2000 ORDER BY id").fetchall() == rows


def test_values_too_many_for_one_request_go_in_pieces(client):
    """A server takes requests of some size only, streams have none."""
    text = "x" * (70 << 20)
    assert client.execute("SELECT length(?) FROM r.t LIMIT 1", [text]).fetchall() == [(len(text),)]
    client.execute("INSERT INTO r.t VALUES (?, ?)", [-1, text])
    assert client.execute("SELECT length(s) FROM r.t WHERE id = -1").fetchall() == [(len(text),)]
