"""Registered tables of several servers, of servers that are away, and of tables that changed over there."""

import duckdb
import pytest

from twin import Twin, failure_of, quoted


def reachable(client):
    return dict(client.execute("SELECT table_name, reachable FROM remote_tables()").fetchall())


@pytest.fixture
def second(twin, server_factory):
    """The same client and oracle, with another server."""
    return Twin(twin.client, twin.oracle, server_factory())


def test_two_servers(twin, second):
    twin.table("a", "i INTEGER, x VARCHAR", "VALUES (1, 'one'), (2, 'two')")
    second.table("b", "i INTEGER, y VARCHAR", "VALUES (2, 'zwei'), (3, 'drei')")
    twin.same("SELECT * FROM a FULL JOIN b USING (i)")
    assert twin.client.execute("SELECT table_name, server, remote_table, reachable FROM remote_tables() ORDER BY 1").fetchall() == [
        ("a", twin.uri, "a", True), ("b", second.uri, "b", True)]


def test_tables_of_one_name_on_two_servers(twin, second):
    twin.table("t", "i INTEGER", "VALUES (1)")
    second.on_server("CREATE TABLE t AS SELECT 2 AS i")
    second.register("u", "t")
    assert twin.client.execute("FROM t UNION ALL FROM u ORDER BY ALL").fetchall() == [(1,), (2,)]


def test_from_one_server_to_the_other(twin, second):
    twin.table("a", "i INTEGER", "FROM range(5000)")
    second.table("b", "i INTEGER")
    with twin.travelled() as read, second.travelled() as written:
        assert twin.same("INSERT INTO b SELECT i FROM a WHERE i % 2 = 0") == [(2500,)]
    second.same_table("b")
    assert (read.rows_received, written.rows_sent) == (2500, 2500)


def test_the_server_of_a_name_can_be_replaced(twin, second):
    twin.table("t", "i INTEGER", "VALUES (1)")
    second.on_server("CREATE TABLE t AS SELECT 'elsewhere' AS name")
    twin.register("t", uri=second.uri, extra=", replace := true")
    assert twin.client.execute("FROM t").fetchall() == [("elsewhere",)]


def test_a_server_that_went_away(twin, second):
    twin.table("a", "i INTEGER", "VALUES (1)")
    second.table("b", "i INTEGER", "VALUES (2)")
    assert reachable(twin.client) == {"a": True, "b": True}
    second.server.stop()
    assert reachable(twin.client) == {"a": True, "b": False}
    for sql in ("FROM b", "INSERT INTO b VALUES (1)", "DELETE FROM b", "UPDATE b SET i = 1", "SELECT * FROM a JOIN b USING (i)"):
        with pytest.raises(duckdb.IOException, match=f"localhost:{second.server.port}"):
            twin.client.execute(sql).fetchall()
    assert twin.client.execute("FROM a").fetchall() == [(1,)]
    sides = twin.client.execute("SELECT side FROM skein_statistics() WHERE server = ?", [second.uri]).fetchall()
    assert sides == [("client",)]


def test_a_server_that_came_back(connect, server_factory, tmp_path):
    client = connect()
    database = tmp_path / "server.db"
    server = server_factory(database=database)
    client.execute(f"CALL skein_execute({quoted(server.uri)}, 'CREATE TABLE t AS SELECT 7 AS i')")
    client.execute(f"CALL register_remote_table('t', {quoted(server.uri)}, 't')")
    client.execute("BEGIN; INSERT INTO t VALUES (8); COMMIT")
    server.stop()
    assert reachable(client) == {"t": False}
    server_factory(database=database, port=server.port)
    assert reachable(client) == {"t": True}
    assert client.execute("FROM t ORDER BY ALL").fetchall() == [(7,), (8,)]
    client.execute("BEGIN")
    client.execute("INSERT INTO t VALUES (9)")
    client.execute("COMMIT")
    assert client.execute("SELECT count(*) FROM t").fetchall() == [(3,)]


def test_registering_at_a_server_that_is_away_fails_by_name(client, server_factory):
    server = server_factory()
    server.stop()
    with pytest.raises(duckdb.IOException, match=f"localhost:{server.port}"):
        client.execute(f"CALL register_remote_table('t', {quoted(server.uri)}, 't')")
    assert reachable(client) == {}


def test_a_table_dropped_on_the_server(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.on_server("DROP TABLE t")
    for sql in ("FROM t", "INSERT INTO t VALUES (1)", "DELETE FROM t", "UPDATE t SET i = 2"):
        failure = failure_of(twin.client, sql)
        assert isinstance(failure, duckdb.CatalogException) and "Table with name memory.main.t does not exist" in str(failure), failure
    twin.on_server("CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (5)")
    assert twin.client.execute("FROM t").fetchall() == [(5,)]


@pytest.mark.parametrize("change", [
    "ALTER TABLE t DROP COLUMN j",
    "ALTER TABLE t RENAME COLUMN j TO k",
    "ALTER TABLE t ALTER COLUMN j TYPE INTEGER USING 1",
])
def test_a_column_that_changed_on_the_server(twin, change):
    twin.table("t", "i INTEGER, j VARCHAR", "VALUES (1, 'a')")
    twin.on_server(change)
    failure = failure_of(twin.client, "SELECT j FROM t")
    assert isinstance(failure, (duckdb.BinderException, duckdb.CatalogException)), failure
    assert "t" in str(failure) and ("j" in str(failure) or "replace" in str(failure)), failure
    # What did not change still works, and registering again brings the rest.
    assert twin.client.execute("SELECT i FROM t").fetchall() == [(1,)]
    twin.register("t", extra=", replace := true")
    assert len(twin.client.execute("FROM t").fetchall()) == 1


def test_a_column_added_on_the_server_is_seen_after_registering_again(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.on_server("ALTER TABLE t ADD COLUMN j INTEGER DEFAULT 5")
    assert twin.client.execute("FROM t").fetchall() == [(1,)]
    twin.client.execute("INSERT INTO t VALUES (2)")
    twin.register("t", extra=", replace := true")
    assert twin.client.execute("FROM t ORDER BY i").fetchall() == [(1, 5), (2, 5)]


def test_columns_in_another_order_are_still_the_right_ones(twin):
    twin.table("t", "i INTEGER, j INTEGER", "VALUES (1, 10)")
    twin.on_server("CREATE OR REPLACE TABLE t AS SELECT 10 AS j, 1 AS i")
    assert twin.client.execute("SELECT i, j FROM t").fetchall() == [(1, 10)]
    twin.client.execute("INSERT INTO t VALUES (2, 20)")
    assert twin.from_server("SELECT i, j FROM t ORDER BY i") == [(1, 10), (2, 20)]


def test_a_view_is_read(twin):
    twin.table("base", "i INTEGER, s VARCHAR", "VALUES (1, 'a'), (2, 'b')")
    for run in (twin.on_server, twin.oracle.execute):
        run("CREATE OR REPLACE VIEW v AS SELECT i * 10 AS x, s FROM base WHERE i > 1")
    twin.register("v")
    twin.same("FROM v")
    twin.same("SELECT count(*) FROM v WHERE x > 1")
    twin.same("SELECT s FROM v JOIN base USING (s)")


@pytest.mark.parametrize("sql", ["INSERT INTO v VALUES (1)", "UPDATE v SET i = 1", "DELETE FROM v"])
def test_a_view_is_not_written(twin, sql):
    twin.table("base", "i INTEGER", "VALUES (1)")
    twin.on_server("CREATE OR REPLACE VIEW v AS FROM base")
    twin.register("v")
    failure = failure_of(twin.client, sql)
    assert isinstance(failure, duckdb.BinderException) and "view" in str(failure) and '"v"' in str(failure).replace(".v ", '"v"'), failure
    assert twin.from_server("FROM base") == [(1,)]
    assert twin.client.execute("FROM v").fetchall() == [(1,)]


def test_a_read_only_server(client, server_factory, tmp_path):
    database = tmp_path / "read_only.db"
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS i")
    server = server_factory("--read-only", database=database)
    client.execute(f"CALL register_remote_table('t', {quoted(server.uri)}, 't')")
    assert client.execute("FROM t").fetchall() == [(1,)]
    for sql in ("INSERT INTO t VALUES (2)", "DELETE FROM t", "UPDATE t SET i = 2"):
        assert "read-only" in str(failure_of(client, sql)), sql
    assert client.execute("FROM t").fetchall() == [(1,)]
