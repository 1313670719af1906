"""register_remote_table, unregister_remote_table and remote_tables: names, lifetimes, and what is refused."""

import duckdb
import pytest

from twin import answer, failure_of, quoted

#: Names on the server as they are written in SQL, each a table of its own.
REMOTE_NAMES = [
    "plain", "MixedCase", '"quoted"', '"with space"', '"with ""quote"""', '"with.dot"', '"semi;colon"', "\"it's\"",
    '"select"', '"table"', '"1digit"', '"Ünï çødé"', '"日本語"', '"🦆"', '"-- no comment"', '"a/b\\c"', '"100%"', '"tab\there"',
    "other.plain", '"other schema"."some table"', '"other.schema"."x.y"', "memory.main.full", '"other"."SELECT"',
]
SCHEMAS = 'CREATE SCHEMA IF NOT EXISTS other; CREATE SCHEMA IF NOT EXISTS "other schema"; CREATE SCHEMA IF NOT EXISTS "other.schema"'


def registered(client):
    return client.execute("SELECT table_name, server, remote_table, reachable FROM remote_tables() ORDER BY ALL").fetchall()


@pytest.mark.parametrize("name", REMOTE_NAMES)
def test_any_remote_name(twin, name):
    twin.on_server(f"{SCHEMAS}; CREATE OR REPLACE TABLE {name} (\"a b\" INTEGER, \"select\" VARCHAR)")
    twin.register("mine", name)
    twin.client.execute("INSERT INTO mine VALUES (1, 'x'), (2, 'y'), (3, NULL)")
    twin.client.execute("UPDATE mine SET \"select\" = 'z' WHERE \"a b\" = 3")
    twin.client.execute("DELETE FROM mine WHERE \"select\" = 'x'")
    assert twin.client.execute('SELECT "select", "a b" FROM mine WHERE "a b" > 2').fetchall() == [("z", 3)]
    assert sorted(twin.from_server(f"FROM {name}")) == [(2, "y"), (3, "z")]
    twin.on_server(f"DROP TABLE {name}")


@pytest.mark.parametrize("written", ["t", "T", '"T"', "main.t", "Main.T", "memory.main.t", ' "main" . t '])
def test_remote_names_ignore_case_as_sql_does(twin, written):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.register("mine", written)
    assert twin.client.execute("FROM mine").fetchall() == [(1,)]


@pytest.mark.parametrize("name", ["with space", "Ünï", "select", "日本", "🦆", "it's", "a-b", "1st", "MixedCase", "semi;colon", "x" * 60])
def test_any_local_name_that_is_one_identifier(twin, name):
    twin.table("t", "i INTEGER", "VALUES (1), (2)")
    twin.register(name, "t")
    assert sorted(twin.client.execute(f'FROM "{name}"').fetchall()) == [(1,), (2,)]
    assert twin.client.execute(f'INSERT INTO "{name}" VALUES (3)').fetchall() == [(1,)]
    assert (name, twin.uri, "t", True) in registered(twin.client)
    twin.client.execute(f"CALL unregister_remote_table({quoted(name)})")


def test_local_names_ignore_case_as_sql_does(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.register("Mine", "t")
    assert twin.client.execute("FROM mINE").fetchall() == [(1,)]
    assert "already" in str(failure_of(twin.client, f"CALL register_remote_table('MINE', {quoted(twin.uri)}, 't')"))


def test_registering_says_what_it_registered(twin):
    twin.table("t", "i INTEGER")
    assert twin.register("mine", "t") == [("mine", twin.uri, "t")]


@pytest.mark.parametrize("name", ["main", "MAIN", "temp", "Temp", "system"])
def test_reserved_names_are_refused_by_name(twin, name):
    twin.table("t", "i INTEGER")
    with pytest.raises(duckdb.BinderException, match=name):
        twin.register(name, "t")
    assert [row[0] for row in registered(twin.client)] == ["t"]


@pytest.mark.parametrize("name", ["a.b", '"a"', 'a"b', "."])
def test_local_names_are_one_plain_identifier(twin, name):
    twin.table("t", "i INTEGER")
    with pytest.raises(duckdb.InvalidInputException) as failure:
        twin.register(name, "t")
    assert name in str(failure.value)


def test_names_of_attached_databases_are_refused_by_name(twin):
    twin.table("t", "i INTEGER")
    twin.client.execute("ATTACH ':memory:' AS elsewhere; CREATE TABLE elsewhere.x AS SELECT 5 AS i")
    for name in ("elsewhere", "memory"):
        for extra in ("", ", replace := true"):
            with pytest.raises(duckdb.BinderException, match=name):
                twin.register(name, "t", extra=extra)
    assert twin.client.execute("FROM elsewhere.x").fetchall() == [(5,)]


def test_an_unknown_remote_table_is_named(twin):
    with pytest.raises(duckdb.CatalogException, match="no_such_table") as failure:
        twin.register("mine", "no_such_table")
    assert twin.uri in str(failure.value)
    assert registered(twin.client) == []


@pytest.mark.parametrize("name", ["a.b.c.d", '"open', "two words", "a..b"])
def test_what_is_no_table_name_is_refused_by_name(twin, name):
    with pytest.raises(duckdb.InvalidInputException) as failure:
        twin.register("mine", name)
    assert name in str(failure.value)


def test_twice_is_refused_and_changes_nothing(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.on_server("CREATE OR REPLACE TABLE u AS SELECT 2 AS j")
    with pytest.raises(duckdb.BinderException, match="already.*replace"):
        twin.register("t", "u")
    assert twin.client.execute("FROM t").fetchall() == [(1,)]


def test_replace(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.on_server("CREATE OR REPLACE TABLE u AS SELECT 2 AS j")
    twin.register("t", "u", extra=", replace := true")
    assert twin.client.execute("SELECT j FROM t").fetchall() == [(2,)]
    assert registered(twin.client) == [("t", twin.uri, "u", True)]


def test_prepared_statements_follow_a_replaced_name(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.on_server("CREATE OR REPLACE TABLE u AS SELECT 2 AS i")
    twin.client.execute("PREPARE p AS SELECT i FROM t")
    assert twin.client.execute("EXECUTE p").fetchall() == [(1,)]
    twin.register("t", "u", extra=", replace := true")
    assert twin.client.execute("EXECUTE p").fetchall() == [(2,)]


def test_prepared_statements_of_an_unregistered_name_fail(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.client.execute("PREPARE p AS SELECT i FROM t")
    twin.client.execute("CALL unregister_remote_table('t')")
    assert isinstance(failure_of(twin.client, "EXECUTE p"), (duckdb.CatalogException, duckdb.BinderException))


def test_replace_of_a_name_that_is_free(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.register("mine", "t", extra=", replace := true")
    assert twin.client.execute("FROM mine").fetchall() == [(1,)]


def test_replace_by_an_unknown_table_keeps_the_old_one(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    with pytest.raises(duckdb.CatalogException, match="no_such_table"):
        twin.register("t", "no_such_table", extra=", replace := true")
    assert twin.client.execute("FROM t").fetchall() == [(1,)]


def test_two_names_of_one_table(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.register("also", "t")
    twin.client.execute("INSERT INTO also VALUES (2)")
    assert twin.client.execute("SELECT count(*) FROM t JOIN also USING (i)").fetchall() == [(2,)]


def test_unregister(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    assert twin.client.execute("CALL unregister_remote_table('t')").fetchall() == [("t",)]
    assert isinstance(failure_of(twin.client, "FROM t"), duckdb.CatalogException)
    assert registered(twin.client) == []
    assert twin.from_server("FROM t") == [(1,)]
    twin.register("t")
    assert twin.client.execute("FROM t").fetchall() == [(1,)]


@pytest.mark.parametrize("name", ["nothing", "memory", "a_local_table"])
def test_unregister_of_what_is_not_registered_is_refused_by_name(client, name):
    client.execute("CREATE TABLE a_local_table (i INTEGER)")
    failure = failure_of(client, f"CALL unregister_remote_table({quoted(name)})")
    assert name in str(failure)
    assert isinstance(failure, (duckdb.CatalogException, duckdb.BinderException)), type(failure)
    assert client.execute("FROM a_local_table").fetchall() == []


def test_a_local_twin_makes_the_name_ambiguous(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.client.execute("CREATE TABLE main.t AS SELECT 2 AS i")
    failure = failure_of(twin.client, "FROM t")
    assert "mbigu" in str(failure), failure
    assert twin.client.execute("FROM memory.main.t").fetchall() == [(2,)]
    twin.client.execute("DROP TABLE memory.main.t")
    assert twin.client.execute("FROM t").fetchall() == [(1,)]


def test_a_cte_of_the_name_comes_first(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.same("WITH t AS (SELECT 5 AS i) FROM t")


def test_a_second_cursor(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    cursor = twin.client.cursor()
    assert cursor.execute("FROM t").fetchall() == [(1,)]
    cursor.execute("INSERT INTO t VALUES (2)")
    cursor.execute(f"CALL register_remote_table('by_cursor', {quoted(twin.uri)}, 't')")
    assert sorted(twin.client.execute("FROM by_cursor").fetchall()) == [(1,), (2,)]


def test_after_use(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.client.execute("ATTACH ':memory:' AS elsewhere; CREATE SCHEMA elsewhere.s; USE elsewhere.s")
    assert twin.client.execute("FROM t").fetchall() == [(1,)]
    twin.client.execute("INSERT INTO t VALUES (2)")
    twin.client.execute("CREATE TABLE here AS FROM t")
    assert sorted(twin.client.execute("FROM elsewhere.s.here").fetchall()) == [(1,), (2,)]


def test_with_a_search_path(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    twin.client.execute("CREATE SCHEMA s; SET search_path = 's'")
    assert twin.client.execute("FROM t").fetchall() == [(1,)]


def test_qualified_columns(twin):
    twin.table("t", "i INTEGER, j VARCHAR", "VALUES (1, 'a')")
    twin.same("SELECT t.i, t.j, t.* FROM t WHERE t.i = 1")


def test_registrations_are_not_stored(connect, twin, tmp_path):
    twin.table("t", "i INTEGER", "VALUES (1)")
    file = tmp_path / "client.db"
    first = connect(database=file)
    first.execute(f"CALL register_remote_table('mine', {quoted(twin.uri)}, 't')")
    first.execute("CREATE TABLE here AS FROM mine")
    first.execute("CHECKPOINT")
    first.close()
    second = connect(database=file)
    assert registered(second) == []
    assert second.execute("FROM here").fetchall() == [(1,)]


def test_hidden_from_lists_of_local_tables(twin):
    before = [answer(twin.client, sql)["rows"] for sql in ("SHOW DATABASES", "SHOW ALL TABLES")]
    twin.table("t", "i INTEGER", "VALUES (1)")
    assert [answer(twin.client, sql)["rows"] for sql in ("SHOW DATABASES", "SHOW ALL TABLES")] == before
