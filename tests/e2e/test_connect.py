"""CONNECT: all statements of a connection run on the server, as they are."""

import contextlib
import itertools

import duckdb
import pytest

from client_database import open_client
from skein_server import Server
from twin import statistics

numbers = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server("--database-dir", tmp_path_factory.mktemp("databases")) as server:
        yield server


@pytest.fixture
def client(server):
    with contextlib.closing(open_client()) as client:
        client.execute(f"ATTACH '{server.uri}/connect{next(numbers)}' AS r (TYPE skein, CREATE true)")
        client.execute("CREATE TABLE r.t AS SELECT range AS i FROM range(5)")
        client.execute("CONNECT r")
        yield client


def outcome(connection, sql, parameters=None):
    """Everything a user sees of a statement."""
    try:
        result = connection.execute(sql, parameters) if parameters else connection.execute(sql)
        rows = result.fetchall()
    except duckdb.Error as error:
        return type(error).__name__, str(error).split("\n")[0]
    return rows, result.description, result.rowcount


def test_statements_give_what_they_give_locally(client):
    with contextlib.closing(duckdb.connect()) as oracle:
        oracle.execute("CREATE TABLE t AS SELECT range AS i FROM range(5)")
        for sql in (
            "SELECT count(*), sum(i) FROM t", "CREATE TABLE u (i INTEGER PRIMARY KEY)", "INSERT INTO u VALUES (1), (2)",
            "INSERT INTO u VALUES (3) RETURNING i * 2 AS twice", "UPDATE u SET i = 30 WHERE i = 3", "DELETE FROM u WHERE i = 1",
            "MERGE INTO u USING t ON u.i = t.i WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (t.i)",
            "FROM u ORDER BY i", "SELECT 1 AS a; SELECT 2 AS b", "SELECT absent FROM u", "SELEC 1", "INSERT INTO u VALUES (30)",
            "DESCRIBE u", "SHOW TABLES", "SUMMARIZE u", "PRAGMA table_info('u')", "CHECKPOINT", "VACUUM", "ANALYZE",
            "ALTER TABLE u RENAME TO w", "FROM w ORDER BY i", "CREATE VIEW v AS SELECT max(i) AS m FROM w", "FROM v", "DROP VIEW v",
            "DROP TABLE w", "DROP TABLE w", "WITH a AS (SELECT 1 AS one) FROM a -- and a comment",
        ):
            assert outcome(client, sql) == outcome(oracle, sql), sql


def test_parameters(client):
    assert client.execute("SELECT i FROM t WHERE i = ? OR i = ? ORDER BY i", [2, 4]).fetchall() == [(2,), (4,)]
    assert client.execute("SELECT $text || i FROM t WHERE i = 1", {"text": "it's ?"}).fetchall() == [("it's ?1",)]
    assert client.execute("INSERT INTO t VALUES (?)", [9]).rowcount == 1
    assert client.execute("SELECT max(i) FROM t").fetchall() == [(9,)]


def test_transactions(client):
    with contextlib.closing(duckdb.connect()) as oracle:
        oracle.execute("CREATE TABLE t AS SELECT range AS i FROM range(5)")
        for sql in (
            "COMMIT", "ROLLBACK", "BEGIN", "DELETE FROM t WHERE i < 3", "SELECT count(*) FROM t", "ROLLBACK", "SELECT count(*) FROM t",
            "BEGIN TRANSACTION", "DELETE FROM t WHERE i = 4", "COMMIT", "SELECT count(*) FROM t",
            "START TRANSACTION", "INSERT INTO t VALUES ('x')", "SELECT 1", "COMMIT", "SELECT count(*) FROM t",
            "BEGIN", "BEGIN", "SELECT 1", "ROLLBACK", "BEGIN", "CREATE TABLE u (i INTEGER)", "ABORT", "FROM u",
            "BEGIN", "CREATE TABLE u (i INTEGER)", "END", "FROM u",
        ):
            assert outcome(client, sql) == outcome(oracle, sql), sql


def test_others_see_only_what_was_committed(client):
    other = client.cursor()
    client.execute("BEGIN")
    client.execute("DELETE FROM t")
    assert other.execute("SELECT count(*) FROM r.t").fetchall() == [(5,)]
    client.execute("COMMIT")
    assert other.execute("SELECT count(*) FROM r.t").fetchall() == [(0,)]


def test_a_query_takes_one_round_trip(client, server):
    other = client.cursor()
    client.execute("FROM t").fetchall()
    before = statistics(other, server.uri)["client"]["round_trips"]
    assert client.execute("SELECT sum(i) FROM t").fetchall() == [(10,)]
    assert statistics(other, server.uri)["client"]["round_trips"] - before == 1


def test_local_tables_are_out_of_reach_until_disconnect(client):
    other = client.cursor()
    other.execute("CREATE TABLE memory.here AS SELECT 1 AS one")
    with pytest.raises(duckdb.CatalogException, match="here"):
        client.execute("FROM memory.here")
    client.execute("DISCONNECT")
    assert client.execute("FROM memory.here").fetchall() == [(1,)]
    assert client.execute("SELECT count(*) FROM r.t").fetchall() == [(5,)]
    with pytest.raises(duckdb.InvalidInputException, match="no active CONNECT"):
        client.execute("DISCONNECT")


def test_statements_that_last_only_as_long_as_a_connection_are_refused(client):
    for sql in ("USE main", "SET VARIABLE x = 1", "PREPARE p AS SELECT 1"):
        with pytest.raises(duckdb.InvalidInputException, match="would do nothing"):
            client.execute(sql)
    client.execute("BEGIN")
    client.execute("SET VARIABLE x = 1")
    assert client.execute("SELECT getvariable('x')").fetchall() == [(1,)]
    client.execute("ROLLBACK")


@pytest.mark.parametrize("form", ["'skein:localhost:{port}/{name}'", "'{uri}/{name}' (TYPE skein)"])
def test_an_address(server, form):
    with contextlib.closing(open_client()) as client:
        name = f"connect{next(numbers)}"
        client.execute(f"ATTACH '{server.uri}/{name}' AS r (TYPE skein, CREATE true)")
        client.execute("CREATE TABLE r.t AS SELECT 7 AS i")
        client.execute("CONNECT " + form.format(uri=server.uri, port=server.port, name=name))
        assert client.execute("SELECT current_database(), i FROM t").fetchall() == [(name, 7)]
        client.execute("BEGIN")
        client.execute("INSERT INTO t VALUES (8)")
        client.execute("COMMIT")
        client.execute("DISCONNECT")
        assert client.execute("FROM r.t").fetchall() == [(7,), (8,)]
        assert client.execute("SELECT database_name FROM duckdb_databases() WHERE NOT internal ORDER BY 1").fetchall() == [("memory",), ("r",)]


@pytest.mark.parametrize("statement, message", [
    ("CONNECT 'skein:localhost:{port}/absent'", '"absent" does not exist'),
    ("CONNECT 'skein:localhost:1/shop'", "no server listens there"),
    ("CONNECT absent", "not attached"),
    ("CONNECT memory", "does not support CONNECT"),
])
def test_refusals(server, statement, message):
    with contextlib.closing(open_client()) as client:
        with pytest.raises(duckdb.Error, match=message):
            client.execute(statement.format(port=server.port))
        assert client.execute("SELECT current_database()").fetchall() == [("memory",)]
        assert client.execute("SELECT count(*) FROM duckdb_databases() WHERE NOT internal").fetchall() == [(1,)]


def test_a_database_that_is_detached_meanwhile(client):
    client.cursor().execute("DETACH r")
    with pytest.raises(duckdb.InvalidInputException, match="detached"):
        client.execute("SELECT 1")
    client.execute("DISCONNECT")
    assert client.execute("SELECT current_database()").fetchall() == [("memory",)]
