"""The functions that reach a server without a registered table."""

import duckdb
import pytest

from twin import failure_of, quoted

TOKEN = "a-token-of-this-test-0123456789"


def call(twin, function, *arguments, named=""):
    values = ", ".join(map(quoted, (twin.uri, *arguments)))
    return twin.client.execute(f"CALL {function}({values}{named})").fetchall()


def count(twin, table="t"):
    return twin.from_server(f"SELECT count(*) FROM {table}")[0][0]


# ---------------------------------------------------------------------------------------------------------------------
# skein_query
# ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sql", [
    "SELECT 1",
    "SELECT range AS i, range * 2 AS j FROM range(5000)",
    "VALUES (1, 'a'), (2, NULL)",
    "FROM range(3)",
    "WITH c AS (SELECT 42 AS x) SELECT x, x + 1 FROM c",
    "SELECT NULL AS n, [1, 2] AS l, {'a': 1} AS s",
    "SELECT 'it''s' AS \"a name with spaces\"",
    "SELECT * FROM range(0)",
    "SELECT 1; ",
    "SELECT 1 -- with a comment",
])
def test_query_answers_as_a_local_one(twin, sql):
    seen = twin.client.execute(f"FROM skein_query({quoted(twin.uri)}, {quoted(sql)})")
    expected = twin.oracle.execute(sql)
    assert seen.description == expected.description
    assert seen.fetchall() == expected.fetchall()


def test_query_moves_its_rows_only(twin):
    with twin.travelled() as moved:
        rows = twin.from_server("SELECT range FROM range(5000) WHERE range % 2 = 0")
    assert len(rows) == 2500
    assert moved.rows_received == 2500
    assert moved.statements >= 1


@pytest.mark.parametrize("columns", ["count(*)", "sum(b)", "max(c), min(a)", "c, b ORDER BY b LIMIT 2", "1"])
def test_some_columns_of_a_query(twin, columns):
    rows = "SELECT range AS a, -range AS b, 'text ' || range AS c FROM range(5000)"
    select, _, rest = columns.partition(" ORDER")
    tail = " ORDER" + rest if rest else ""
    seen = twin.client.execute(f"SELECT {select} FROM skein_query({quoted(twin.uri)}, {quoted(rows)}){tail}").fetchall()
    assert seen == twin.oracle.execute(f"SELECT {select} FROM ({rows}){tail}").fetchall()


def test_query_is_part_of_ordinary_sql(twin):
    twin.client.execute("CREATE TABLE names AS SELECT 3 AS i, 'three' AS name")
    rows = twin.client.execute(
        f"SELECT name, q.i FROM skein_query({quoted(twin.uri)}, 'SELECT range AS i FROM range(10)') q JOIN names USING (i)"
    ).fetchall()
    assert rows == [("three", 3)]


def test_query_with_parameters(twin):
    rows = twin.client.execute("SELECT * FROM skein_query(?, ?)", [twin.uri, "SELECT 7 AS x"]).fetchall()
    assert rows == [(7,)]


@pytest.mark.parametrize("sql", [
    "SELECT * FROM no_such_table_anywhere",
    "SELEC 1",
    "SELECT no_such_column FROM range(3)",
    "SELECT no_such_function(1)",
    "SELECT 'a'::INTEGER",
    "SELECT CASE WHEN range = 100000 THEN error('half way') ELSE range END FROM range(200000)",
    "SELECT 200::TINYINT",
])
def test_query_fails_as_a_local_one(twin, sql):
    seen = failure_of(twin.client, f"FROM skein_query({quoted(twin.uri)}, {quoted(sql)})")
    expected = failure_of(twin.oracle, sql)
    assert type(seen) is type(expected), f"{type(seen)}: {seen}"
    assert str(expected).splitlines()[0] in str(seen)


def test_query_of_several_statements_is_refused_and_runs_none(own_twin):
    sql = "CREATE TABLE made (i INTEGER); SELECT 1"
    failure = failure_of(own_twin.client, f"FROM skein_query({quoted(own_twin.uri)}, {quoted(sql)})")
    assert isinstance(failure, (duckdb.InvalidInputException, duckdb.BinderException, duckdb.ParserException)), failure
    assert call(own_twin, "skein_table_exists", "made") == [(False,)]


def test_query_of_a_write_with_rows_runs_once(twin):
    twin.table("t", "i INTEGER")
    rows = twin.from_server("INSERT INTO t VALUES (1), (2) RETURNING i * 10")
    assert sorted(rows) == [(10,), (20,)]
    assert count(twin) == 2


def test_explain_of_a_query_that_writes_writes_nothing(twin):
    twin.table("t", "i INTEGER")
    sql = f"EXPLAIN FROM skein_query({quoted(twin.uri)}, 'INSERT INTO t VALUES (1) RETURNING i')"
    twin.client.execute(sql).fetchall()
    assert count(twin) == 0


def test_prepare_of_a_query_that_writes_writes_nothing(twin):
    twin.table("t", "i INTEGER")
    twin.client.execute(
        f"PREPARE p AS FROM skein_query({quoted(twin.uri)}, 'INSERT INTO t VALUES (1) RETURNING i')")
    assert count(twin) == 0
    assert twin.client.execute("EXECUTE p").fetchall() == [(1,)]
    assert count(twin) == 1


# ---------------------------------------------------------------------------------------------------------------------
# skein_execute
# ---------------------------------------------------------------------------------------------------------------------
def test_execute_says_how_many_rows_changed(twin):
    twin.table("t", "i INTEGER")
    assert call(twin, "skein_execute", "INSERT INTO t SELECT range FROM range(17)") == [(17,)]
    assert call(twin, "skein_execute", "UPDATE t SET i = i + 1 WHERE i < 5") == [(5,)]
    assert call(twin, "skein_execute", "DELETE FROM t WHERE i > 10") == [(6,)]
    assert count(twin) == 11


def test_execute_is_one_statement_and_one_round_trip(twin):
    twin.table("t", "i INTEGER")
    with twin.travelled() as moved:
        call(twin, "skein_execute", "INSERT INTO t VALUES (1)")
    assert (moved.statements, moved.round_trips) == (1, 1)
    assert (moved.rows_sent, moved.rows_received) == (0, 0)


def test_execute_runs_several_statements(twin):
    twin.table("t", "i INTEGER")
    call(twin, "skein_execute", "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); DELETE FROM t WHERE i = 1")
    assert twin.from_server("FROM t") == [(2,)]


def test_execute_runs_all_statements_or_none(twin):
    twin.table("t", "i INTEGER NOT NULL")
    with pytest.raises(duckdb.ConstraintException):
        call(twin, "skein_execute", "INSERT INTO t VALUES (1); CREATE TABLE half_way (i INTEGER); INSERT INTO t VALUES (NULL)")
    assert count(twin) == 0
    assert call(twin, "skein_table_exists", "half_way") == [(False,)]


def test_execute_refuses_all_statements_where_one_cannot_be_parsed(twin):
    twin.table("t", "i INTEGER")
    with pytest.raises(duckdb.ParserException):
        call(twin, "skein_execute", "INSERT INTO t VALUES (1); INSER INTO t VALUES (2)")
    assert count(twin) == 0


def test_execute_refuses_rows_and_names_what_takes_them(twin):
    failure = failure_of(twin.client, f"CALL skein_execute({quoted(twin.uri)}, 'SELECT 42')")
    assert "skein_query" in str(failure) or "DoGet" in str(failure), failure
    assert isinstance(failure, (duckdb.InvalidInputException, duckdb.BinderException)), type(failure)


def test_execute_with_rows_among_several_statements_changes_nothing(twin):
    twin.table("t", "i INTEGER")
    with pytest.raises(duckdb.Error):
        call(twin, "skein_execute", "INSERT INTO t VALUES (1); SELECT 42")
    assert count(twin) == 0


@pytest.mark.parametrize("sql", [
    "INSERT INTO no_such_table_anywhere VALUES (1)",
    "DROP TABLE no_such_table_anywhere",
    "INSER INTO x",
    "CREATE TABLE twice (i INTEGER); CREATE TABLE twice (i INTEGER)",
    "CREATE TABLE odd (i NO_SUCH_TYPE)",
])
def test_execute_fails_as_a_local_statement(own_twin, sql):
    seen = failure_of(own_twin.client, f"CALL skein_execute({quoted(own_twin.uri)}, {quoted(sql)})")
    expected = failure_of(own_twin.oracle, sql)
    assert type(seen) is type(expected), f"{type(seen)}: {seen}"
    assert str(expected).splitlines()[0] in str(seen)


@pytest.mark.parametrize("prefix", ["EXPLAIN", "PREPARE p AS"])
@pytest.mark.parametrize("function, arguments", [
    ("skein_execute", "'INSERT INTO t VALUES (1)'"),
    ("skein_create_table", "'made', 'i INTEGER'"),
    ("skein_drop_table", "'t'"),
])
def test_planning_changes_nothing(own_twin, prefix, function, arguments):
    own_twin.table("t", "i INTEGER")
    with own_twin.travelled() as moved:
        own_twin.client.execute(f"{prefix} FROM {function}({quoted(own_twin.uri)}, {arguments})").fetchall()
    assert moved.statements == 0
    assert count(own_twin) == 0
    assert call(own_twin, "skein_table_exists", "made") == [(False,)]


# ---------------------------------------------------------------------------------------------------------------------
# Arguments
# ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("function, arguments", [
    ("skein_query", 2), ("skein_execute", 2), ("skein_create_table", 3), ("skein_drop_table", 2),
    ("skein_table_exists", 2), ("register_remote_table", 3),
])
@pytest.mark.parametrize("value, reason", [("NULL", "NULL"), ("''", "empty"), ("chr(0)", "NUL")])
def test_arguments_that_are_missing_are_refused_by_name(twin, function, arguments, value, reason):
    texts = [quoted(twin.uri), "'a'", "'b INTEGER'"][:arguments]
    if function == "register_remote_table":
        texts = ["'a'", quoted(twin.uri), "'b'"]
    for position in range(arguments):
        changed = [*texts[:position], value, *texts[position + 1:]]
        with pytest.raises(duckdb.InvalidInputException, match=reason):
            twin.client.execute(f"FROM {function}({', '.join(changed)})").fetchall()


@pytest.mark.parametrize("uri", ["localhost", "http://localhost:1", "grpc://", "grpc://localhost:99999", "grpc://:::1"])
def test_a_malformed_address_is_refused_by_name(client, uri):
    with pytest.raises(duckdb.Error) as failure:
        client.execute(f"FROM skein_query({quoted(uri)}, 'SELECT 1')")
    assert uri in str(failure.value)
    assert not isinstance(failure.value, duckdb.InternalException)


def test_an_unreachable_server_is_named(client, server_factory):
    server = server_factory()
    server.stop()
    for function, arguments in (("skein_query", "'SELECT 1'"), ("skein_execute", "'CREATE TABLE t (i INTEGER)'"),
                                ("skein_table_exists", "'t'"), ("skein_drop_table", "'t'")):
        with pytest.raises(duckdb.IOException, match=f"localhost:{server.port}"):
            client.execute(f"FROM {function}({quoted(server.uri)}, {arguments})").fetchall()


def test_a_token_opens_the_server(connect, server_factory, tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN)
    path.chmod(0o600)
    server = server_factory("--token-file", path)
    client = connect()
    for wrong in ("", ", token := NULL", ", token := 'wrong'"):
        failure = failure_of(client, f"FROM skein_query({quoted(server.uri)}, 'SELECT 1'{wrong})")
        assert "token" in str(failure).lower() or "credential" in str(failure).lower(), failure
        assert TOKEN not in str(failure)
    right = f", token := {quoted(TOKEN)}"
    assert client.execute(f"FROM skein_query({quoted(server.uri)}, 'SELECT 1'{right})").fetchall() == [(1,)]
    client.execute(f"CALL skein_create_table({quoted(server.uri)}, 't', 'i INTEGER'{right})")
    client.execute(f"CALL register_remote_table('t', {quoted(server.uri)}, 't'{right})")
    client.execute("INSERT INTO t VALUES (5)")
    assert client.execute("FROM t").fetchall() == [(5,)]
    assert client.execute(f"FROM skein_table_exists({quoted(server.uri)}, 't'{right})").fetchall() == [(True,)]
