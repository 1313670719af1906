"""Names of types, collations and column types are those the same DDL gives a local table."""

import contextlib

import duckdb
import pytest

import wire
from twin import quoted

TYPES = """CREATE TYPE mood AS ENUM('sad', 'ok', 'it''s fine'); CREATE TYPE age AS INTEGER; CREATE TYPE "odd name" AS VARCHAR;
           CREATE TYPE person AS STRUCT(a age, m mood); CREATE TYPE either AS UNION(a age, p person)"""
TABLE = """t (m mood, a age, p person, l mood[], f age[3], k MAP(mood, person), u either, o "odd name", c VARCHAR COLLATE NOCASE,
           d VARCHAR COLLATE NOACCENT.NOCASE, n DECIMAL(5,0), x CHAR(5), y TUPLE(age, mood), b flag, i ident, w json_text)"""
MORE_TYPES = "CREATE TYPE flag AS BOOLEAN; CREATE TYPE ident AS UUID; CREATE TYPE json_text AS JSON"
ROW = """('ok', 1, {'a': 2, 'm': 'sad'}, ['sad', NULL], [1, 2, NULL], MAP {'ok': NULL}, 3::age, 'odd', 'AbC', 'Été', 12345, 'chars', row(1, 'ok'),
         true, '80000000-0000-0000-0000-000000000001', '{"a": 1}')"""


@pytest.fixture
def named(twin):
    for run in (twin.on_server, twin.oracle.execute):
        run(f"{TYPES}; {MORE_TYPES}")
        run(f"CREATE TABLE {TABLE}")
        run(f"INSERT INTO t VALUES {ROW}")
    twin.register("t")
    yield twin
    twin.on_server("DROP TABLE t")
    for name in ("either", "person", '"odd name"', "age", "mood", "flag", "ident", "json_text"):
        twin.on_server(f"DROP TYPE {name}")


def test_columns_show_as_local_ones_do(named):
    named.same("SELECT column_name, column_type, \"null\" FROM (DESCRIBE t)", ordered=True)
    named.same("SELECT typeof(COLUMNS(*)) FROM t")
    named.same("SELECT COLUMNS(*)::VARCHAR FROM t")
    named.same("SELECT m < 'ok', enum_range(m), enum_code(m), u.p, p.m FROM t")


def test_collations_compare_as_they_do_locally(named):
    for condition in ("c = 'aBc'", "c < 'abd'", "d = 'ETE'", "c LIKE 'abc'", "c || '' = 'ABC'", "'abc' IN (c)", "c = x"):
        named.same(f"SELECT count(*) FROM t WHERE {condition}")
    named.same("SELECT c, count(*) FROM (FROM t UNION ALL FROM t) GROUP BY c")
    assert named.same("SELECT count(*) FROM t WHERE c = 'aBc' AND d = 'ete'") == [(1,)]


def test_create_table_as(named):
    """A table made from a remote one is that made from an attached file."""
    source = named.oracle.execute("SELECT sql FROM duckdb_tables() WHERE table_name = 't'").fetchall()[0][0]
    for connection in (named.client, named.oracle):
        connection.execute("CREATE TABLE made AS FROM t")
    made = "SELECT replace(sql, 'TABLE made', 'TABLE t') FROM duckdb_tables() WHERE table_name = 'made'"
    assert named.client.execute(made).fetchall() == named.oracle.execute(made).fetchall() == [(source,)]
    named.same("SELECT COLUMNS(*)::VARCHAR FROM made")
    named.same("SELECT column_name, data_type, numeric_precision, numeric_scale FROM duckdb_columns() WHERE table_name = 'made'", ordered=True)
    assert named.same("SELECT count(*) FROM made WHERE c = 'ABC'") == [(1,)]


def test_a_table_made_there_takes_the_servers_types(named):
    """By name, as text and as definitions; what the name stands for is what its columns are."""
    columns = 'm mood NOT NULL, p person[], o "odd name" DEFAULT \'x\', c VARCHAR COLLATE NOCASE'
    named.client.execute(f"CALL skein_create_table({quoted(named.uri)}, 'made', {quoted(columns)})")
    named.oracle.execute(f"CREATE TABLE made ({columns})")
    expected = named.oracle.execute("SELECT column_name, column_type FROM (DESCRIBE made)").fetchall()
    assert named.from_server("SELECT column_name, column_type FROM (DESCRIBE made)") == expected
    with contextlib.closing(wire.Wire(named.uri)) as foreign:
        definitions = [wire.messages().ColumnDefinition(name="m", type="mood"), wire.messages().ColumnDefinition(name="p", type="person[]")]
        foreign.action("CREATE_TABLE", table_name="made_too", column_definitions=definitions)
        assert foreign.query("SELECT column_type FROM (DESCRIBE made_too)") == [(kind,) for _, kind in expected[:2]]
        foreign.execute("DROP TABLE made; DROP TABLE made_too")
    with pytest.raises(duckdb.CatalogException, match="no_such_type"):
        named.client.execute(f"CALL skein_create_table({quoted(named.uri)}, 'made', 'a no_such_type')")


def test_values_of_named_types_go_there_and_back(named):
    named.same("INSERT INTO t FROM t")
    named.same("UPDATE t SET m = 'sad', u = p, c = 'xyz' WHERE a = 1")
    named.same("SELECT COLUMNS(*)::VARCHAR FROM t")


def test_a_query_shows_types_as_a_local_one_does(named):
    sql = "SELECT m, [p] AS ps, u, c, NULL AS n, 1.5 AS d, 'POINT(1 2)'::GEOMETRY AS g FROM t"
    seen = named.client.execute(f"DESCRIBE FROM skein_query({quoted(named.uri)}, {quoted(sql)})").fetchall()
    assert seen == named.oracle.execute(f"DESCRIBE {sql}").fetchall()
