"""Whole databases and rows of Python objects, into and out of an attached remote database."""

import contextlib
import itertools

import duckdb
import pyarrow
import pytest

from client_database import open_client
from skein_server import Server

numbers = itertools.count()

CONTENT = (
    "CREATE TABLE {0}.parent (id INTEGER PRIMARY KEY, s VARCHAR DEFAULT 'it''s', d DECIMAL(9,2) CHECK (d > 0), up INTEGER REFERENCES parent (id), UNIQUE (s))",
    "CREATE TABLE {0}.child (id INTEGER REFERENCES parent (id), n INTEGER NOT NULL, g INTEGER GENERATED ALWAYS AS (n * 2))",
    "CREATE SCHEMA {0}.s",
    "CREATE TABLE {0}.s.rows AS SELECT range AS i, 'v' || range AS v FROM range(5000)",
    "CREATE VIEW {0}.s.seen AS SELECT i FROM s.rows WHERE i > 4990",
    "CREATE SEQUENCE {0}.q START 5",
    "CREATE MACRO {0}.plus_one(a) AS a + 1",
    "CREATE TYPE {0}.mood AS ENUM ('sad', 'ok')",
    "INSERT INTO {0}.parent VALUES (1, 'a', 1.5, NULL), (2, 'b', NULL, NULL)",
    "INSERT INTO {0}.child (id, n) VALUES (1, 10)",
)
LOOKS = (
    "FROM {0}.parent ORDER BY id", "FROM {0}.child", "SELECT count(*), sum(i), max(v) FROM {0}.s.rows", "FROM {0}.s.seen ORDER BY i",
    "SELECT nextval('{0}.q')", "SELECT {0}.plus_one(1)",
    "SELECT table_name, column_name, column_default, is_nullable, data_type FROM duckdb_columns() WHERE database_name = '{0}' ORDER BY ALL",
    "SELECT table_name, constraint_type, constraint_text FROM duckdb_constraints() WHERE database_name = '{0}' ORDER BY ALL",
    "INSERT INTO {0}.parent (id) VALUES (3)", "SELECT s FROM {0}.parent WHERE id = 3", "INSERT INTO {0}.child (id, n) VALUES (77, 1)",
    "INSERT INTO {0}.parent (id, up) VALUES (4, 99)", "DELETE FROM {0}.parent WHERE id = 1",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server("--database-dir", tmp_path_factory.mktemp("databases")) as server:
        yield server


def attach(connection, server, name):
    connection.execute(f"ATTACH '{server.uri}/copy{next(numbers)}' AS {name} (TYPE skein, CREATE true)")


def fill(connection, name):
    connection.execute(f"USE {name}")
    for sql in CONTENT:
        connection.execute(sql.format(name))
    connection.execute("USE memory")


@pytest.fixture
def client(server):
    with contextlib.closing(open_client()) as client:
        yield client


def outcome(connection, sql):
    try:
        return connection.execute(sql).fetchall()
    except duckdb.Error as error:
        return type(error).__name__


def looks(connection, name):
    return [outcome(connection, sql.format(name)) for sql in LOOKS]


@pytest.fixture
def expected():
    """The same between two local databases."""
    with contextlib.closing(duckdb.connect()) as oracle:
        oracle.execute("ATTACH ':memory:' AS a")
        oracle.execute("ATTACH ':memory:' AS b")
        fill(oracle, "a")
        oracle.execute("COPY FROM DATABASE a TO b")
        yield looks(oracle, "b")


@pytest.mark.parametrize("source, target", [("remote", "local"), ("local", "remote"), ("remote", "remote")])
def test_copy_from_database(client, server, expected, source, target):
    for name, place in (("a", source), ("b", target)):
        attach(client, server, name) if place == "remote" else client.execute(f"ATTACH ':memory:' AS {name}")
    fill(client, "a")
    client.execute("COPY FROM DATABASE a TO b")
    assert looks(client, "b") == expected


def test_copy_of_an_index_out_of_a_remote_database(client, server):
    attach(client, server, "a")
    client.execute("CREATE TABLE a.t AS SELECT range AS i, range % 7 AS k, 'v' || range AS s FROM range(1000)")
    client.execute("CREATE UNIQUE INDEX i_index ON a.t (i)")
    client.execute("CREATE INDEX two ON a.t (s, (k + 1))")
    client.execute("ATTACH ':memory:' AS b")
    client.execute("COPY FROM DATABASE a TO b")
    assert client.execute("SELECT s FROM b.t WHERE i = 500").fetchall() == [("v500",)]
    assert client.execute("SELECT i FROM b.t WHERE s = 'v7' AND k + 1 = 1").fetchall() == [(7,)]
    with pytest.raises(duckdb.ConstraintException):
        client.execute("INSERT INTO b.t VALUES (500, 1, 'x')")
    assert client.execute("SELECT index_name FROM duckdb_indexes() WHERE database_name = 'b' ORDER BY 1").fetchall() == [("i_index",), ("two",)]


@pytest.mark.parametrize("source", ["remote", "local"])
def test_copy_of_an_index_into_a_remote_database(client, server, source):
    attach(client, server, "b")
    attach(client, server, "a") if source == "remote" else client.execute("ATTACH ':memory:' AS a")
    client.execute("CREATE TABLE a.t AS SELECT range AS i, range % 7 AS k FROM range(100)")
    client.execute("CREATE UNIQUE INDEX i_index ON a.t (i)")
    client.execute("CREATE INDEX two ON a.t (k, (i + 1))")
    client.execute("COPY FROM DATABASE a TO b")
    assert client.execute("SELECT count(*) FROM b.t").fetchall() == [(100,)]
    indexes = "SELECT index_name, is_unique FROM duckdb_indexes() WHERE database_name = 'b' ORDER BY 1"
    assert client.execute(indexes).fetchall() == [("i_index", True), ("two", False)]
    with pytest.raises(duckdb.ConstraintException):
        client.execute("INSERT INTO b.t VALUES (5, 1)")


def test_a_copy_that_fails_leaves_nothing(client, server):
    attach(client, server, "b")
    client.execute("ATTACH ':memory:' AS a")
    client.execute("CREATE TABLE a.t AS SELECT 1 AS i")
    client.execute("CREATE INDEX taken ON a.t (i)")
    client.execute("CREATE TABLE b.other (i INTEGER)")
    client.execute("CREATE INDEX taken ON b.other (i)")
    with pytest.raises(duckdb.CatalogException, match="taken"):
        client.execute("COPY FROM DATABASE a TO b")
    assert client.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'b'").fetchall() == [("other",)]


def test_checkpoint_reaches_the_server(client, server, tmp_path):
    with Server("--database", f"shop={tmp_path / 'shop.db'}") as shop:
        client.execute(f"ATTACH '{shop.uri}/shop' AS r (TYPE skein)")
        client.execute("CREATE TABLE r.t AS SELECT range AS i FROM range(100000)")
        wal = tmp_path / "shop.db.wal"
        client.execute("INSERT INTO r.t VALUES (1)")
        assert wal.exists() and wal.stat().st_size > 0
        client.execute("CHECKPOINT r")
        assert not wal.exists() or wal.stat().st_size == 0
        client.execute("DETACH r")


def test_rows_of_python_objects(client, server):
    attach(client, server, "r")
    client.execute("CREATE TABLE r.t (i INTEGER, v VARCHAR)")
    made = pyarrow.table({"v": ["p", "q"], "i": [1, 2]})
    assert client.execute("INSERT INTO r.t BY NAME SELECT * FROM made").rowcount == 2
    client.from_arrow(made.select(["i", "v"])).insert_into("r.t")
    client.from_arrow(made).create("r.made")
    client.table("r.t").insert([7, "seven"])
    assert client.execute("SELECT count(*) FROM r.t").fetchall() == [(5,)]
    assert client.execute("FROM r.made ORDER BY i").fetchall() == [("p", 1), ("q", 2)]
    relation = client.table("r.t").filter("i > 1").order("i")
    assert (relation.columns, relation.fetchall()) == (["i", "v"], [(2, "q"), (2, "q"), (7, "seven")])
    result = client.execute("UPDATE r.t SET v = 'x' WHERE i < 3")
    assert (result.rowcount, result.description[0][0]) == (4, "Count")
    assert client.execute("DELETE FROM r.t WHERE i = 7").rowcount == 1
    assert client.execute("FROM r.t").description[1][:2] == ("v", duckdb.sqltypes.VARCHAR)


def test_append_of_a_data_frame(client, server):
    pandas = pytest.importorskip("pandas")
    attach(client, server, "r")
    client.execute("CREATE TABLE r.t (i INTEGER, v VARCHAR)")
    client.execute("USE r")
    client.append("t", pandas.DataFrame({"i": [1, 2], "v": ["p", "q"]}))
    assert client.execute("FROM t ORDER BY i").fetchall() == [(1, "p"), (2, "q")]
