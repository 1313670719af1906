"""What the server makes of SQL text and of the fields of requests, over the wire with pyarrow alone."""

import pyarrow as pa
import pyarrow.compute
import pyarrow.flight as flight
import pytest
from wire import Wire, category_of, error_of, messages, request


@pytest.fixture
def wire(server):
    with Wire(server.uri) as connection:
        yield connection


def refusal(call, *args, **fields):
    """The Error of a call that must fail."""
    with pytest.raises(Exception) as failure:
        result = call(*args, **fields)
        if hasattr(result, "read_all"):
            result.read_all()
    error = error_of(failure.value)
    assert error is not None, failure.value
    return error


def category(error):
    return messages().ErrorCategory.Name(error.category)


def exists(wire, table):
    return wire.action("TABLE_EXISTS", table_name=table).exists


def test_several_statements_are_one_transaction(wire):
    done = wire.execute("CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (1), (2); UPDATE t SET i = i + 1")
    assert done.rows_affected == 4
    assert wire.query("SELECT i FROM t ORDER BY i") == [(2,), (3,)]

    error = refusal(wire.execute, "CREATE TABLE u (i INTEGER); INSERT INTO u VALUES (1); INSERT INTO u VALUES ('x')")
    assert (category(error), error.exception_type) == ("ENGINE_ERROR", "Conversion")
    assert not exists(wire, "u")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "CREATE TABLE u (i INTEGER); SELECT 1",
        "CREATE TABLE u (i INTEGER); SELECT * FROM u",
        "CREATE TABLE u (i INTEGER); INSERT INTO u VALUES (1) RETURNING i",
        "CREATE TABLE u (i INTEGER); EXPLAIN SELECT 1",
    ],
)
def test_rows_are_refused_as_an_action_and_nothing_is_done(wire, sql):
    error = refusal(wire.execute, sql)
    assert category(error) == "INVALID_REQUEST" and "DoGet" in error.message
    assert not exists(wire, "u")


@pytest.mark.parametrize("sql", ["BEGIN; CREATE TABLE u (i INTEGER)", "COMMIT", "ROLLBACK", "START TRANSACTION"])
def test_transactions_are_not_sql(wire, sql):
    error = refusal(wire.execute, sql)
    assert category(error) == "INVALID_REQUEST" and "BEGIN_TRANSACTION" in error.message


def test_statements_that_cannot_share_a_transaction_run_alone(wire, server_factory, tmp_path):
    with Wire(server_factory(database=tmp_path / "a.db").uri) as other:
        other.execute("CREATE TABLE t (i INTEGER)")
        other.execute("CHECKPOINT")
        other.execute("ATTACH ':memory:' AS m")
        other.execute("CREATE TABLE m.t AS SELECT 1 AS i")
        assert other.value("SELECT i FROM m.t") == 1


def test_one_statement_with_rows_at_a_time(wire):
    assert category(refusal(wire.get, "EXECUTE_SQL", sql="SELECT 1; SELECT 2")) == "INVALID_REQUEST"
    assert category(refusal(wire.get, "EXECUTE_SQL", sql="  ;; ")) == "INVALID_REQUEST"
    error = refusal(wire.get, "EXECUTE_SQL", sql="CREATE TABLE u (i INTEGER)")
    assert category(error) == "INVALID_REQUEST" and "EXECUTE_SQL" in error.message
    assert not exists(wire, "u")


def test_a_statement_that_writes_has_ended_before_its_first_row(wire):
    wire.execute("CREATE TABLE t (i BIGINT); CREATE SEQUENCE s")
    reader = wire.get("EXECUTE_SQL", sql="INSERT INTO t SELECT range FROM range(200000) RETURNING i")
    reader.read_chunk()
    reader.cancel()
    assert wire.value("SELECT count(*) FROM t") == 200000
    wire.get("EXECUTE_SQL", sql="SELECT nextval('s') FROM range(200000)").read_chunk()
    assert wire.value("SELECT nextval('s')") == 200001


def test_describing_runs_nothing(wire):
    wire.execute("CREATE TABLE t (i BIGINT); CREATE SEQUENCE s")

    def schema_of(sql):
        command = request("EXECUTE_SQL", sql=sql).SerializeToString()
        return wire.client.get_schema(flight.FlightDescriptor.for_command(command)).schema

    assert schema_of("INSERT INTO t VALUES (1) RETURNING i AS x").names == ["x"]
    assert schema_of("SELECT nextval('s') AS n").names == ["n"]
    assert wire.value("SELECT count(*) FROM t") == 0
    assert wire.value("SELECT nextval('s')") == 1


def test_the_schema_of_a_table_says_what_its_columns_are(wire):
    wire.execute(
        "CREATE TABLE t (a INTEGER NOT NULL, b VARCHAR DEFAULT 'x', c INTEGER GENERATED ALWAYS AS (a + 1), "
        "d INTEGER DEFAULT (1 + 1), UNIQUE (a, d), UNIQUE (a));"
        "INSERT INTO t (a) SELECT range FROM range(100); CREATE VIEW v AS SELECT a FROM t"
    )

    def schema_of(table):
        command = request("SCAN_TABLE", table_name=table).SerializeToString()
        return wire.client.get_schema(flight.FlightDescriptor.for_command(command)).schema

    schema = schema_of("T")
    assert {field.name: dict(field.metadata) for field in schema} == {
        "a": {b"duckdb:type": b"INTEGER", b"skein:not_null": b"true"},
        "b": {b"duckdb:type": b"VARCHAR", b"skein:has_default": b"true", b"skein:default": b"'x'"},
        "c": {b"duckdb:type": b"INTEGER", b"skein:generated": b"true"},
        "d": {b"duckdb:type": b"INTEGER", b"skein:has_default": b"true"},
    }
    metadata = dict(schema.metadata)
    assert int(metadata.pop(b"skein:catalog_version")) > 0
    assert metadata == {
        b"skein:catalog": b"memory",
        b"skein:schema": b"main",
        b"skein:table": b"t",
        b"skein:unique_keys": b"0,3;0",
        b"skein:kind": b"table",
        b"skein:estimated_rows": b"100",
    }
    assert schema_of("v").metadata[b"skein:kind"] == b"view"


@pytest.mark.parametrize(
    "text",
    [
        "i = 1; DROP TABLE t",
        "i, i",
        "i FROM t",
        "i = 1) FROM t WHERE (true",
        "i = 1 ORDER BY i",
        "i = 1 UNION SELECT true",
        "i = $1",
        "i = ?",
        "nosuch = 1",
    ],
)
@pytest.mark.parametrize("kind", ["scan", "delete"])
def test_a_filter_is_one_condition(wire, text, kind):
    wire.execute("CREATE TABLE t AS SELECT range AS i FROM range(10)")
    if kind == "scan":
        refusal(wire.get, "SCAN_TABLE", table_name="t", filter=text)
    else:
        refusal(wire.action, "DELETE_DATA", table_name="t", filter=text)
    assert wire.value("SELECT count(*) FROM t") == 10


def test_names_are_never_sql(wire):
    odd = 'we"ird; DROP TABLE t --'
    column = messages().ColumnDefinition
    wire.execute("CREATE TABLE t AS SELECT 1 AS i")
    wire.action("CREATE_TABLE", table_name=odd, column_definitions=[column(name=odd, type="INTEGER", not_null=True)])
    wire.insert(odd, {odd: pa.array([1, 2], pa.int32())})
    rows = wire.get("SCAN_TABLE", table_name=odd, columns=[odd], with_row_id=True).read_all()
    assert rows.to_pylist() == [{odd: 1, "rowid": 0}, {odd: 2, "rowid": 1}]
    wire.action("DROP_TABLE", table_name=odd)
    assert not exists(wire, odd) and exists(wire, "t")
    for type_text in ("INTEGER); DROP TABLE t; --", "", "FROBS", "INTEGER, b INTEGER", "INTEGER NOT NULL", "INTEGER) , (1"):
        refusal(wire.action, "CREATE_TABLE", table_name="x", column_definitions=[column(name="a", type=type_text)])
    error = refusal(
        wire.action,
        "CREATE_TABLE",
        table_name="x",
        column_definitions=[column(name="a", type="INTEGER", default_expression="1, 2")],
    )
    assert category(error) == "INVALID_REQUEST" and "column a" in error.message
    assert exists(wire, "t") and not exists(wire, "x")


def test_a_table_name_is_no_file(wire, tmp_path):
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    for kind in ("SCAN_TABLE", "EXECUTE_SQL"):
        if kind == "SCAN_TABLE":
            error = refusal(wire.get, kind, table_name=str(tmp_path / "secret.csv"))
            assert category(error) == "TABLE_NOT_FOUND"


def test_row_ids_must_be_the_tables(wire):
    wire.execute("CREATE TABLE t (rowid INTEGER, i INTEGER); CREATE VIEW v AS SELECT 1 AS i")
    for table in ("t", "v"):
        error = refusal(wire.get, "SCAN_TABLE", table_name=table, with_row_id=True)
        assert category(error) == "INVALID_REQUEST"


def test_a_column_is_the_tables_own(wire):
    wire.execute("CREATE TABLE t (i INTEGER)")
    # SQL would take the table's name for its whole row.
    assert "does not have a column" in refusal(wire.get, "SCAN_TABLE", table_name="t", columns=["t"]).message


def test_limits_of_rows(wire):
    wire.execute("CREATE TABLE t AS SELECT range AS i FROM range(10)")

    def rows(**fields):
        return [row["i"] for row in wire.get("SCAN_TABLE", table_name="t", **fields).read_all().to_pylist()]

    assert rows(limit=0) == []
    assert rows(limit=3, offset=2) == [2, 3, 4]
    assert rows(offset=8) == [8, 9]
    assert rows(limit=2**64 - 1) == list(range(10))
    assert rows(offset=2**64 - 1) == []
    assert wire.get("SCAN_TABLE", table_name="t", no_columns=True, filter="i > 3").read_all().num_rows == 6


def test_an_upload_that_does_not_fit_says_what_does(wire):
    wire.execute("CREATE TABLE t (a INTEGER NOT NULL, b VARCHAR, g INTEGER GENERATED ALWAYS AS (a))")
    for rows, fields, part in (
        ({"zz": [1]}, {}, '"zz"'),
        ({"a": [1], "A": [1]}, {}, "twice"),
        ({"a": [1], "g": [1]}, {}, "generated"),
        ({"a": [1]}, {"columns": ["a", "b"]}, "names 2 columns"),
        ({"a": [[1]]}, {}, "BIGINT[]"),
    ):
        error = refusal(wire.insert, "t", rows, **fields)
        assert category(error) == "INVALID_REQUEST" and part in error.message, error
    assert refusal(wire.insert, "t", {"a": [1, None]}).exception_type == "Constraint"
    assert wire.value("SELECT count(*) FROM t") == 0
    wire.insert("t", {"B": ["x"], "A": [7]})
    assert wire.query("SELECT * FROM t") == [(7, "x", 7)]


def test_a_large_upload_keeps_its_order(wire):
    wire.execute("CREATE TABLE t (i BIGINT, s VARCHAR)")
    count = 500_000
    rows = pa.table({"i": pa.array(range(count), pa.int64()), "s": [f"value {i}" for i in range(count)]})
    assert wire.insert("t", rows).rows_affected == count
    assert wire.value("SELECT count(*) FROM t WHERE i = rowid AND s = 'value ' || i") == count
    assert wire.get("SCAN_TABLE", table_name="t").read_all().column("i").to_pylist() == list(range(count))


def test_an_error_in_the_middle_reaches_the_reader(wire):
    reader = wire.get("EXECUTE_SQL", sql="SELECT CASE WHEN range = 900000 THEN error('boom') END FROM range(1000000)")
    with pytest.raises(Exception) as failure:
        reader.read_all()
    assert category_of(failure.value) == "ENGINE_ERROR" and "boom" in error_of(failure.value).message
    assert wire.statistics().active_statements == 0


@pytest.mark.parametrize("kind", ["read", "write"])
def test_batches_of_large_rows_are_cut(wire, kind):
    wire.execute("CREATE TABLE t (i BIGINT, s VARCHAR)")
    select = "SELECT range AS i, repeat('x', 500000 + range) AS s FROM range(300)"
    sql = select if kind == "read" else f"INSERT INTO t {select} RETURNING i, s"
    batches = [chunk.data for chunk in wire.get("EXECUTE_SQL", sql=sql)]
    assert max(batch.nbytes for batch in batches) < 40 << 20
    assert sum(batch.num_rows for batch in batches) == 300
    lengths = [length for batch in batches for length in pa.compute.utf8_length(batch.column(1)).to_pylist()]
    assert lengths == list(range(500000, 500300))
