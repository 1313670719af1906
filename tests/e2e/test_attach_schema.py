"""ATTACH ... (SCHEMA 'name'): one schema of a remote database, as if there were no other."""

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


@pytest.fixture(params=["whole", "pieces"])
def client(request, server):
    """`r` is the whole database, `x` its schema s."""
    with contextlib.closing(open_client()) as client:
        path = f"{server.uri}/schema{next(numbers)}"
        client.execute(f"ATTACH '{path}' AS r (TYPE skein, CREATE true)")
        for sql in ("CREATE SCHEMA r.s", "CREATE TABLE r.s.t AS SELECT 1 AS i", "CREATE TABLE r.main.secret AS SELECT 2 AS i",
                    "CREATE SEQUENCE r.main.q", "CREATE MACRO r.main.m(a) AS a + 1", "CREATE TYPE r.main.e AS ENUM ('a')"):
            client.execute(sql)
        client.execute(f"ATTACH '{path}' AS x (TYPE skein, SCHEMA 'S')")
        if request.param == "pieces":
            client.execute("SET disabled_optimizers = 'remote_pushdown'")
        yield client


def rows(client, sql):
    return client.execute(sql).fetchall()


def test_it_is_the_default_schema(client):
    for sql in ("FROM x.t", "FROM x.s.t"):
        assert rows(client, sql) == [(1,)]
    client.execute("CREATE TABLE x.u AS SELECT 5 AS i")
    client.execute("INSERT INTO x.u VALUES (6), (7)")
    client.execute("INSERT INTO x.s.u VALUES (8)")
    client.execute("UPDATE x.u SET i = 50 WHERE i = 5")
    client.execute("DELETE FROM x.s.u WHERE i = 7")
    client.execute("ALTER TABLE x.u ADD COLUMN s VARCHAR DEFAULT 'd'")
    client.execute("CREATE INDEX x_i ON x.u (i)")
    client.execute("CREATE VIEW x.v AS SELECT i FROM x.u")
    assert rows(client, "FROM x.u ORDER BY i") == rows(client, "FROM r.s.u ORDER BY i") == [(6, "d"), (8, "d"), (50, "d")]
    assert rows(client, "FROM x.v ORDER BY i") == [(6,), (8,), (50,)]
    client.execute("DROP VIEW x.v")
    client.execute("DROP TABLE x.u")
    client.execute("USE x")
    assert rows(client, "SELECT current_schema(), i FROM t") == [("s", 1)]
    client.execute("CREATE TABLE made (i INTEGER)")
    assert rows(client, "FROM r.s.made") == []
    assert rows(client, "SHOW TABLES") == [("made",), ("t",)]


def test_others_are_not_listed(client):
    assert rows(client, "SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'x'") == [("s",)]
    assert rows(client, "SELECT schema, name FROM (SHOW ALL TABLES) WHERE database = 'x'") == [("s", "t")]
    assert rows(client, "SELECT schema_name, table_name FROM duckdb_columns() WHERE database_name = 'x'") == [("s", "t")]
    assert rows(client, "SELECT count(*) FROM duckdb_sequences() WHERE database_name = 'x'") == [(0,)]


@pytest.mark.parametrize("sql", [
    "FROM x.secret", "FROM x.main.secret", "SELECT (SELECT max(i) FROM x.main.secret) FROM x.s.t", "INSERT INTO x.main.secret VALUES (3)",
    "INSERT INTO x.s.t SELECT i FROM x.main.secret", "UPDATE x.main.secret SET i = 3", "UPDATE x.s.t SET i = s.i FROM x.main.secret s",
    "DELETE FROM x.main.secret", "DELETE FROM x.s.t USING x.main.secret", "DROP TABLE x.main.secret", "DROP SCHEMA x.main",
    "ALTER TABLE x.main.secret ADD COLUMN j INTEGER", "CREATE TABLE x.main.made (i INTEGER)",
    "CREATE TABLE x.made AS FROM x.main.secret", "CREATE VIEW x.made AS FROM x.main.secret", "CREATE VIEW x.main.made AS SELECT 1",
    "CREATE INDEX made ON x.main.secret (i)", "CREATE SCHEMA x.other", "SELECT nextval('main.q') FROM x.s.t", "SELECT nextval('q') FROM x.s.t",
    "SELECT x.main.m(1) FROM x.s.t", "SELECT m(1) FROM x.s.t", "SELECT 'a'::x.main.e FROM x.s.t", "COMMENT ON TABLE x.main.secret IS 'x'",
    "CREATE SEQUENCE x.main.made", "CREATE MACRO x.main.made(a) AS a", "CREATE TYPE x.main.made AS ENUM ('b')",
])
def test_others_are_not_found(client, sql):
    before = sorted(rows(client, "SHOW ALL TABLES"))
    with pytest.raises((duckdb.CatalogException, duckdb.BinderException)):
        client.execute(sql).fetchall()
    assert sorted(rows(client, "SHOW ALL TABLES")) == before
    assert rows(client, "FROM r.main.secret") == [(2,)]


def test_what_others_create_in_it_is_seen(client):
    client.execute("CREATE TABLE r.s.later AS SELECT 5 AS five")
    assert rows(client, "FROM x.later") == [(5,)]


def test_a_statement_that_names_it_runs_whole(server, client):
    if rows(client, "SELECT current_setting('disabled_optimizers')") != [("",)]:
        pytest.skip("whole statements are off")
    rows(client, "FROM x.s.t")
    before = statistics(client, server.uri)["client"]["round_trips"]
    assert rows(client, "SELECT sum(i) FROM x.s.t WHERE i > 0") == [(1,)]
    assert statistics(client, server.uri)["client"]["round_trips"] - before == 1
    assert "sum" in rows(client, "EXPLAIN SELECT sum(i) FROM x.s.t")[0][1].split("Remote SQL")[1]


def test_an_unknown_schema_is_refused_by_name(server):
    with contextlib.closing(open_client()) as client:
        path = f"{server.uri}/schema{next(numbers)}"
        with pytest.raises(duckdb.BinderException, match='Schema "nope" does not exist in remote database "schema.*", which has: main'):
            client.execute(f"ATTACH '{path}' AS x (TYPE skein, SCHEMA nope, CREATE true)")
        assert rows(client, "SELECT count(*) FROM duckdb_databases() WHERE database_name = 'x'") == [(0,)]
        client.execute(f"ATTACH '{path}' AS x (TYPE skein, SCHEMA main)")
        client.execute("CREATE TABLE x.t (i INTEGER)")
        assert rows(client, "FROM x.t") == []
