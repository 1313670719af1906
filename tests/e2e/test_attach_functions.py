"""skein_query and skein_execute by the name of an attached database; skein_drop_database."""

import contextlib
import itertools

import duckdb
import pytest

from client_database import open_client
from skein_server import Server

numbers = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server("--database-dir", tmp_path_factory.mktemp("databases")) as server:
        yield server


@pytest.fixture
def client(server):
    with contextlib.closing(open_client()) as client:
        client.execute(f"ATTACH '{server.uri}/functions{next(numbers)}' AS r (TYPE skein, CREATE true)")
        client.execute("CREATE TABLE r.t AS SELECT range AS i FROM range(5)")
        yield client


def rows(client, sql):
    return client.execute(sql).fetchall()


def test_a_query_sees_and_makes_the_changes_of_the_transaction(client, server):
    client.execute("BEGIN")
    client.execute("INSERT INTO r.t VALUES (77)")
    assert rows(client, "FROM skein_query('r', 'SELECT max(i) FROM t')") == [(77,)]
    assert rows(client, "FROM skein_query('r', 'INSERT INTO t VALUES (78) RETURNING i')") == [(78,)]
    assert rows(client, "CALL skein_execute('r', 'DELETE FROM t WHERE i < 5; UPDATE t SET i = 100 WHERE i = 77')") == [(6,)]
    assert rows(client, "FROM r.t ORDER BY i") == [(78,), (100,)]
    client.execute("ROLLBACK")
    assert rows(client, "FROM r.t ORDER BY i") == [(i,) for i in range(5)]


def test_a_transaction_changes_one_database(client):
    client.execute("CREATE TABLE here (i INTEGER)")
    client.execute("BEGIN")
    client.execute("INSERT INTO here VALUES (1)")
    with pytest.raises(duckdb.TransactionException, match="single attached database"):
        client.execute("CALL skein_execute('r', 'DELETE FROM t')")
    client.execute("ROLLBACK")
    assert rows(client, "SELECT count(*) FROM r.t") == [(5,)]


def test_names_are_looked_up_where_the_connection_is(client):
    client.execute("CREATE SCHEMA r.s")
    client.execute("CREATE TABLE r.s.here AS SELECT 9 AS nine")
    with pytest.raises(duckdb.CatalogException, match="here"):
        client.execute("FROM skein_query('r', 'FROM here')")
    client.execute("USE r.s")
    assert rows(client, "FROM skein_query('r', 'FROM here')") == [(9,)]
    client.execute("CALL skein_execute('r', 'CREATE TABLE there (i INTEGER)')")
    client.execute("USE memory")
    assert rows(client, "FROM r.s.there") == []


def test_settings_go_along(client):
    client.execute("SET TimeZone = 'Asia/Tokyo'")
    assert rows(client, "FROM skein_query('r', 'SELECT current_setting(''TimeZone'')')") == [("Asia/Tokyo",)]


def test_the_catalog_sees_what_was_created_at_once(client):
    client.execute("CALL skein_execute('r', 'CREATE TABLE made (x INTEGER)')")
    assert rows(client, "FROM r.made") == []
    client.execute("CALL skein_execute('r', 'ALTER TABLE made ADD COLUMN y INTEGER DEFAULT 3')")
    client.execute("INSERT INTO r.made (x) VALUES (1)")
    assert rows(client, "FROM r.made") == [(1, 3)]
    client.execute("BEGIN")
    client.execute("CALL skein_execute('r', 'CREATE TABLE begun AS SELECT 1 AS i')")
    assert rows(client, "FROM r.begun") == [(1,)]
    client.execute("ROLLBACK")
    with pytest.raises(duckdb.CatalogException, match="begun"):
        client.execute("FROM r.begun")


def test_explain_runs_nothing(client):
    plan = rows(client, "EXPLAIN CALL skein_execute('r', 'DROP TABLE t')")[0][1]
    assert "DROP TABLE t" in plan
    client.execute("PREPARE p AS FROM skein_execute('r', 'DROP TABLE t')")
    assert rows(client, "SELECT count(*) FROM r.t") == [(5,)]
    client.execute("EXECUTE p")
    with pytest.raises(duckdb.CatalogException):
        client.execute("FROM r.t")


def test_a_read_only_database_refuses_changes(client, server):
    database = rows(client, "FROM skein_query('r', 'SELECT current_database()')")[0][0]
    client.execute("DETACH r")
    client.execute(f"ATTACH '{server.uri}/{database}' AS r (TYPE skein, READ_ONLY)")
    assert rows(client, "FROM skein_query('r', 'SELECT count(*) FROM t')") == [(5,)]
    for sql in ("CALL skein_execute('r', 'DELETE FROM t')", "FROM skein_query('r', 'DELETE FROM t RETURNING i')"):
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            client.execute(sql).fetchall()


def test_an_address_works_as_ever(client, server):
    assert rows(client, f"FROM skein_query('{server.uri}', 'SELECT 1 AS one')") == [(1,)]
    client.execute(f"CALL skein_execute('{server.uri}', 'CREATE OR REPLACE TABLE own (i INTEGER)')")
    assert rows(client, f"FROM skein_query('{server.uri}', 'FROM own')") == []


@pytest.mark.parametrize("sql, message", [
    ("FROM skein_query('nope', 'SELECT 1')", '"nope" is neither an attached database nor a server\'s address: .*TYPE skein'),
    ("CALL skein_execute('nope', 'SELECT 1')", '"nope" is neither an attached database nor a server\'s address: .*grpc://'),
    ("FROM skein_query('memory', 'SELECT 1')", '"memory" is a database of this DuckDB'),
    ("CALL skein_execute('temp', 'SELECT 1')", '"temp" is a database of this DuckDB'),
    ("FROM skein_query('r', 'SELECT 1', token := 'x')", 'leave out the argument "token"'),
    ("FROM skein_query('r', 'SELECT absent FROM t')", '"absent" not found'),
    ("FROM skein_query('r', 'SELECT $1')", r"parameters without a value in the request: \$1"),
    ("FROM skein_query('r', 'CREATE TABLE z (i INTEGER)')", "returns no rows"),
    ("CALL skein_execute('r', 'SELECT 1')", "returns rows"),
    ("CALL skein_execute('r', 'COMMIT')", "BEGIN, COMMIT and ROLLBACK"),
])
def test_refusals_say_what_would_be_right(client, sql, message):
    with pytest.raises(duckdb.Error, match=message):
        client.execute(sql).fetchall()


def test_dropping_a_database(client, server):
    name = f"dropped{next(numbers)}"
    client.execute(f"ATTACH '{server.uri}/{name}' AS d (TYPE skein, CREATE true)")
    with pytest.raises(duckdb.BinderException, match=f'Database "{name}" of {server.uri} is attached as "d": DETACH "d" first'):
        client.execute(f"CALL skein_drop_database('{server.uri}', '{name}')")
    with pytest.raises(duckdb.BinderException, match='"d" is attached: DETACH "d"'):
        client.execute(f"CALL skein_drop_database('d', '{name}')")
    client.execute("DETACH d")
    client.execute(f"EXPLAIN CALL skein_drop_database('{server.uri}', '{name}')")
    assert rows(client, f"CALL skein_drop_database('{server.uri}', '{name}')") == [(True,)]
    for sql in (f"CALL skein_drop_database('{server.uri}', '{name}')", f"ATTACH '{server.uri}/{name}' AS d (TYPE skein)"):
        with pytest.raises(duckdb.CatalogException, match=f'"{name}" does not exist'):
            client.execute(sql)


def test_a_database_of_the_command_line_is_not_dropped(tmp_path):
    with Server("--database", f"shop={tmp_path / 'shop.db'}") as server, contextlib.closing(open_client()) as client:
        with pytest.raises(duckdb.PermissionException, match="cannot be dropped"):
            client.execute(f"CALL skein_drop_database('{server.uri}', 'shop')")
