"""duckdb_triggers() asks a server once, whatever it holds; VACUUM and ANALYZE of a table send no rows."""

import pytest

from client_database import open_client
from skein_server import Server
from twin import statistics

TABLES = 50


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server("--database-dir", tmp_path_factory.mktemp("databases")) as server:
        yield server


@pytest.fixture
def client(server, request):
    with open_client() as client:
        client.execute(f"ATTACH '{server.uri}/{request.node.name}' AS r (TYPE skein, CREATE true); USE r")
        yield client


def trips(client, server, sql):
    """The rows of a statement, and how often the client asked for them."""
    before = statistics(client, server.uri)["client"]["round_trips"]
    rows = client.execute(sql).fetchall()
    return rows, statistics(client, server.uri)["client"]["round_trips"] - before


def test_one_question_for_all_triggers(client, server):
    client.execute("CREATE TABLE log (s VARCHAR)")
    for number in range(TABLES):
        client.execute(f"CREATE TABLE t{number} (i INTEGER)")
        client.execute(f"CREATE TRIGGER tr{number} AFTER INSERT ON t{number} FOR EACH STATEMENT INSERT INTO log VALUES ('{number}')")
    client.execute("FROM duckdb_tables()").fetchall()
    rows, asked = trips(client, server, "SELECT count(*), count(DISTINCT table_name) FROM duckdb_triggers()")
    assert rows == [(TABLES, TABLES)]
    assert asked <= 2
    # Twice in one statement, the second time from another thread of the engine.
    rows, _ = trips(client, server, "SELECT count(*) FROM duckdb_triggers() a JOIN duckdb_triggers() b USING (table_name)")
    assert rows == [(TABLES,)]


def test_triggers_of_two_databases(client, server):
    with open_client() as other:
        other.execute(f"ATTACH '{server.uri}/first' AS a (TYPE skein, CREATE true)")
        other.execute(f"ATTACH '{server.uri}/second' AS b (TYPE skein, CREATE true)")
        other.execute("CREATE TABLE mine (i INTEGER); CREATE TABLE log (i INTEGER)")
        other.execute("CREATE TRIGGER local_one AFTER DELETE ON mine FOR EACH STATEMENT INSERT INTO log VALUES (1)")
        for name in ("a", "b"):
            other.execute(f"CREATE TABLE {name}.t (i INTEGER); CREATE TABLE {name}.log (i INTEGER)")
            other.execute(f"CREATE TRIGGER of_{name} AFTER INSERT ON {name}.t FOR EACH STATEMENT INSERT INTO {name}.log VALUES (1)")
        listed = "SELECT database_name, trigger_name FROM duckdb_triggers() ORDER BY trigger_name"
        assert other.execute(listed).fetchall() == [("memory", "local_one"), ("a", "of_a"), ("b", "of_b")]


def test_vacuum_and_analyze_run_on_the_server(client, server):
    client.execute("CREATE TABLE t AS SELECT range AS i FROM range(100000)")
    for statement in ("VACUUM t", "ANALYZE t", "VACUUM ANALYZE t (i)"):
        rows_before = statistics(client, server.uri)["client"]["rows_received"]
        rows, asked = trips(client, server, statement)
        assert rows == []
        assert asked <= 2, statement
        assert statistics(client, server.uri)["client"]["rows_received"] == rows_before
