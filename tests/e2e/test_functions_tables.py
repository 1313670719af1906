"""skein_create_table, skein_drop_table, skein_table_exists."""

import duckdb
import pytest

from twin import failure_of, quoted


def call(twin, function, *arguments, named=""):
    values = ", ".join(map(quoted, (twin.uri, *arguments)))
    return twin.client.execute(f"CALL {function}({values}{named})").fetchall()


def described(twin, name="made"):
    return twin.from_server(f"SELECT column_name, column_type, \"null\", \"default\" FROM (DESCRIBE {name})")


@pytest.mark.parametrize("columns", [
    "i INTEGER",
    "i INTEGER NOT NULL, name VARCHAR DEFAULT 'x'",
    "d DECIMAL(18,3), l INTEGER[], s STRUCT(a INTEGER, \"b c\" VARCHAR), m MAP(VARCHAR, DATE), f FLOAT[3]",
    "\"a \"\" b\" VARCHAR, \"select\" INTEGER DEFAULT 1 + 1, \"ÄÖ\" TIMESTAMP WITH TIME ZONE DEFAULT now()",
    "e ENUM('a', 'b,c', 'd''e'), u UNION(num INTEGER, str VARCHAR), h HUGEINT, b BLOB, i INTERVAL, t TIME, g UUID",
])
def test_create_from_text(own_twin, columns):
    assert call(own_twin, "skein_create_table", "made", columns) == [(True,)]
    own_twin.oracle.execute(f"CREATE TABLE made ({columns})")
    expected = own_twin.oracle.execute("SELECT column_name, column_type, \"null\", \"default\" FROM (DESCRIBE made)").fetchall()
    assert described(own_twin) == expected


def test_create_from_struct(own_twin):
    own_twin.client.execute(
        f"CALL skein_create_table({quoted(own_twin.uri)}, 'made', {{'id': 'INTEGER', 'a b': 'DECIMAL(9,2)', 'l': 'VARCHAR[]'}})")
    assert [row[:2] for row in described(own_twin)] == [("id", "INTEGER"), ("a b", "DECIMAL(9,2)"), ("l", "VARCHAR[]")]


@pytest.mark.parametrize("name, place", [
    ("a_schema.made", ("a_schema", "made")),
    ('"a schema"."a table"', ("a schema", "a table")),
    ('"dotted.name"', ("main", "dotted.name")),
    ('"select"', ("main", "select")),
    ('"Große Tabelle"', ("main", "Große Tabelle")),
    ('memory.a_schema."x""y"', ("a_schema", 'x"y')),
])
def test_create_under_any_name(own_twin, name, place):
    call(own_twin, "skein_execute", 'CREATE SCHEMA a_schema; CREATE SCHEMA "a schema"')
    call(own_twin, "skein_create_table", name, "i INTEGER")
    assert own_twin.from_server("SELECT schema_name, table_name FROM duckdb_tables()") == [place]
    assert call(own_twin, "skein_table_exists", name) == [(True,)]
    assert call(own_twin, "skein_drop_table", name) == [(True,)]
    assert call(own_twin, "skein_table_exists", name) == [(False,)]


def test_create_of_a_table_that_exists_fails_by_name(own_twin):
    call(own_twin, "skein_create_table", "made", "i INTEGER")
    with pytest.raises(duckdb.CatalogException, match="made"):
        call(own_twin, "skein_create_table", "made", "j VARCHAR")
    assert [row[0] for row in described(own_twin)] == ["i"]


def test_create_if_not_exists(own_twin):
    assert call(own_twin, "skein_create_table", "made", "i INTEGER", named=", if_not_exists := true") == [(True,)]
    call(own_twin, "skein_execute", "INSERT INTO made VALUES (1)")
    assert call(own_twin, "skein_create_table", "made", "j VARCHAR", named=", if_not_exists := true") == [(False,)]
    assert own_twin.from_server("SELECT * FROM made") == [(1,)]


@pytest.mark.parametrize("columns", [
    "i INTEGER); DROP TABLE precious; --",
    "i INTEGER) AS SELECT 1; --",
    "i INTEGER, PRIMARY KEY (i)",
    "i NO_SUCH_TYPE",
    "i INTEGER, i INTEGER",
    "SELECT 1",
    ",",
])
def test_create_refuses_what_is_no_list_of_columns(own_twin, columns):
    call(own_twin, "skein_execute", "CREATE TABLE precious (i INTEGER)")
    failure = failure_of(own_twin.client, f"CALL skein_create_table({quoted(own_twin.uri)}, 'made', {quoted(columns)})")
    assert not isinstance(failure, duckdb.InternalException), failure
    assert own_twin.from_server("SELECT table_name FROM duckdb_tables()") == [("precious",)]


@pytest.mark.parametrize("columns", ["42", "{'i': 42}", "{'i': NULL}", "[1, 2]"])
def test_create_refuses_columns_of_another_kind(twin, columns):
    with pytest.raises(duckdb.InvalidInputException):
        twin.client.execute(f"CALL skein_create_table({quoted(twin.uri)}, 'made', {columns})")


def test_create_in_a_schema_that_is_not_there_fails_by_name(own_twin):
    with pytest.raises(duckdb.CatalogException, match="no_such_schema"):
        call(own_twin, "skein_create_table", "no_such_schema.made", "i INTEGER")


def test_drop(own_twin):
    call(own_twin, "skein_create_table", "made", "i INTEGER")
    assert call(own_twin, "skein_drop_table", "made") == [(True,)]
    assert own_twin.from_server("SELECT count(*) FROM duckdb_tables()") == [(0,)]


def test_drop_of_a_table_that_is_not_there_fails_by_name(own_twin):
    with pytest.raises(duckdb.CatalogException, match="no_such_table"):
        call(own_twin, "skein_drop_table", "no_such_table")


def test_drop_if_exists(own_twin):
    assert call(own_twin, "skein_drop_table", "made", named=", if_exists := true") == [(False,)]
    call(own_twin, "skein_create_table", "made", "i INTEGER")
    assert call(own_twin, "skein_drop_table", "made", named=", if_exists := true") == [(True,)]
    assert call(own_twin, "skein_table_exists", "made") == [(False,)]


def test_exists_ignores_case_as_sql_does(own_twin):
    call(own_twin, "skein_create_table", "Made", "i INTEGER")
    assert call(own_twin, "skein_table_exists", "MADE") == [(True,)]


@pytest.mark.parametrize("name", ["a.b.c.d", "a.", '"open', "two words", "a;b", ".", "a'b"])
@pytest.mark.parametrize("function", ["skein_table_exists", "skein_drop_table"])
def test_what_is_no_table_name_is_refused_by_name(twin, function, name):
    with pytest.raises(duckdb.InvalidInputException) as failure:
        call(twin, function, name)
    assert name in str(failure.value)


def test_each_function_is_one_statement(own_twin):
    call(own_twin, "skein_table_exists", "made")
    for function, arguments in (("skein_create_table", ["made", "i INTEGER"]), ("skein_table_exists", ["made"]),
                                ("skein_drop_table", ["made"])):
        with own_twin.travelled() as moved:
            call(own_twin, function, *arguments)
        assert (moved.statements, moved.round_trips) == (1, 1), function
