"""EXECUTE_SQL for a client that binds before it executes: reads run at once, anything else is described; and parameters."""

import time

import pyarrow as pa
import pyarrow.flight as flight
import pytest
from skein_server import HANG_SECONDS
from test_databases import folder, refused, wire  # noqa: F401

DEFERRED = b"skein:deferred"
RETURN_TYPE = b"skein:return_type"
COMPLETE = b"skein:complete"


@pytest.fixture
def one(wire):  # noqa: F811
    connection = wire(session=True)
    connection.execute("CREATE TABLE t AS SELECT i, i::VARCHAR AS s FROM range(10) r(i); CREATE SEQUENCE q; CREATE VIEW next AS SELECT nextval('q') AS n;"
                       "CREATE MACRO after() AS nextval('q')")
    return connection


def open_described(one, sql, **fields):
    stream = one.get("EXECUTE_SQL", sql=sql, describe_writes=True, **fields)
    return stream.schema, stream.read_all()


@pytest.mark.parametrize("sql", ["SELECT * FROM t", "FROM t", "WITH c AS (SELECT 1 AS i) SELECT * FROM c", "VALUES (1)", "SHOW TABLES", "SELECT random() > 2"])
def test_plain_reads_run_at_once(one, sql):
    schema, rows = open_described(one, sql)
    assert DEFERRED not in (schema.metadata or {})
    assert rows.num_rows > 0


def test_a_small_result_is_said_to_be_complete(one):
    deadline = time.monotonic() + HANG_SECONDS
    metadata = {}
    # A server that has no processor to itself may take longer than it would wait.
    while COMPLETE not in metadata and time.monotonic() < deadline:
        stream = one.get("EXECUTE_SQL", sql="FROM t")
        metadata = stream.schema.metadata
        assert stream.read_all().num_rows == 10
    assert metadata[COMPLETE] == b"1"


def test_a_large_result_is_not(one):
    stream = one.get("EXECUTE_SQL", sql="FROM range(100000)")
    assert COMPLETE not in stream.schema.metadata
    assert stream.read_all().num_rows == 100_000


def test_a_result_that_takes_its_time_is_not_waited_for(one):
    # Its first row comes when all others were looked at; the reader is there before.
    stream = one.get("EXECUTE_SQL", sql="SELECT count(*) FROM range(10000000000) r(i) WHERE hash(i) % 7 = 0")
    assert COMPLETE not in stream.schema.metadata
    stream.cancel()


def test_an_error_on_the_way_comes_in_the_stream(one):
    stream = one.get("EXECUTE_SQL", sql="SELECT CASE WHEN i = 5 THEN error('on the way') ELSE i END FROM t")
    assert COMPLETE not in stream.schema.metadata
    with pytest.raises((flight.FlightError, pa.ArrowException), match="on the way"):
        stream.read_all()


@pytest.mark.parametrize(
    "sql, return_type",
    [
        ("INSERT INTO t VALUES (10, 'x')", b"changed_rows"),
        ("INSERT INTO t VALUES (10, 'x') RETURNING i, s", b"rows"),
        ("DELETE FROM t", b"changed_rows"),
        ("UPDATE t SET i = 0 RETURNING *", b"rows"),
        ("CREATE TABLE made(i INT)", b"nothing"),
        ("CREATE TABLE made AS SELECT 1 AS i", b"changed_rows"),
        ("DROP TABLE t", b"nothing"),
        ("SELECT nextval('q')", b"rows"),
        ("SELECT * FROM next", b"rows"),
        ("SELECT after()", b"rows"),
        ("WITH d AS (DELETE FROM t RETURNING i) SELECT * FROM d", b"rows"),
        ("EXPLAIN ANALYZE DELETE FROM t", b"rows"),
        ("CALL truncate_duckdb_logs()", b"rows"),
        ("FROM truncate_duckdb_logs()", b"rows"),
        ("PRAGMA version", b"rows"),
    ],
)
def test_anything_else_is_described_and_not_run(one, sql, return_type):
    schema, rows = open_described(one, sql)
    assert schema.metadata[DEFERRED] == b"1"
    assert schema.metadata[RETURN_TYPE] == return_type
    assert int(schema.metadata[b"skein:catalog_version"]) > 0
    assert rows.num_rows == 0
    assert one.value("SELECT count(*) FROM t") == 10
    assert one.value("SELECT min(i) FROM t") == 0
    assert not one.action("TABLE_EXISTS", table_name="made").exists
    assert one.value("SELECT nextval('q')") == 1


def test_described_columns_are_those_it_returns(one):
    schema, _ = open_described(one, "INSERT INTO t VALUES (10, 'x') RETURNING i, s AS named")
    ran = one.get("EXECUTE_SQL", sql="INSERT INTO t VALUES (10, 'x') RETURNING i, s AS named").read_all()
    assert schema.names == ran.schema.names == ["i", "named"]
    assert schema.types == ran.schema.types
    assert ran.to_pylist() == [{"i": 10, "named": "x"}]


def test_returning_is_committed_before_its_first_row(one):
    stream = one.get("EXECUTE_SQL", sql="INSERT INTO t SELECT i, 'n' FROM range(100000) r(i) RETURNING i")
    assert stream.read_chunk().data.num_rows < 100000
    stream.cancel()
    assert one.value("SELECT count(*) FROM t") == 100010


def test_described_in_a_transaction(one):
    transaction = one.action("BEGIN_TRANSACTION").transaction_id
    schema, _ = open_described(one, "DELETE FROM t", transaction_id=transaction)
    assert schema.metadata[DEFERRED] == b"1"
    _, rows = open_described(one, "SELECT * FROM t", transaction_id=transaction)
    assert rows.num_rows == 10
    one.action("COMMIT_TRANSACTION", transaction_id=transaction)


def test_a_statement_that_does_not_bind_is_refused(one):
    with refused("TABLE_NOT_FOUND"):
        open_described(one, "SELECT * FROM absent")
    with refused("ENGINE_ERROR", "nothing_like_it"):
        open_described(one, "UPDATE t SET nothing_like_it = 1")


# ---- parameters


def stream_of(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def values(**named):
    return stream_of(pa.table({name.lstrip("_"): [value] for name, value in named.items()}))


def test_parameters_by_number_and_name(one):
    assert one.query("SELECT i FROM t WHERE i > $1 AND s = $2", parameters=values(_1=3, _2="7")) == [(7,)]
    assert one.query("SELECT i FROM t WHERE i > ? AND s = ?", parameters=values(_1=3, _2="7")) == [(7,)]
    assert one.query("SELECT $Low::INT + $high::INT", parameters=values(low=3, HIGH=4)) == [(7,)]
    assert one.execute("INSERT INTO t VALUES ($1, $2)", parameters=values(_1=99, _2="it's")).rows_affected == 1
    assert one.value("SELECT s FROM t WHERE i = 99") == "it's"
    assert one.query("SELECT $1, $2", parameters=stream_of(pa.table({"1": pa.array([None], pa.int32()), "2": pa.array([[1, 2]])}))) == [(None, [1, 2])]


def test_parameters_decide_types(one):
    for value, expected in [(1, pa.int64()), ("a", pa.string()), (1.5, pa.float64())]:
        schema, rows = open_described(one, "SELECT $1 AS v", parameters=values(_1=value))
        assert schema.types == [expected] and rows.to_pylist() == [{"v": value}]
        schema, _ = open_described(one, "INSERT INTO t(s) VALUES ($1) RETURNING s", parameters=values(_1=value))
        assert schema.metadata[DEFERRED] == b"1"


def test_parameters_in_a_transaction(one):
    transaction = one.action("BEGIN_TRANSACTION").transaction_id
    assert one.query("SELECT i FROM t WHERE i = $1", parameters=values(_1=5), transaction_id=transaction) == [(5,)]
    assert one.execute("DELETE FROM t WHERE i = $1", parameters=values(_1=5), transaction_id=transaction).rows_affected == 1
    one.action("ROLLBACK_TRANSACTION", transaction_id=transaction)


def test_parameters_that_do_not_fit(one):
    with refused("INVALID_REQUEST", "without a value", "$2"):
        one.query("SELECT $1, $2", parameters=values(_1=1))
    with refused("INVALID_REQUEST", "not in the statement", "$3"):
        one.query("SELECT $1, $2", parameters=values(_1=1, _2=1, _3=1))
    with refused("INVALID_REQUEST", "$name"):
        one.execute("INSERT INTO t VALUES ($name, 'x')")
    with refused("INVALID_REQUEST", "one statement"):
        one.execute("DELETE FROM t WHERE i = $1; DELETE FROM t", parameters=values(_1=1))
    with refused("ENGINE_ERROR"):
        one.query("SELECT i FROM t WHERE i = $1::INT", parameters=values(_1="no number"))


@pytest.mark.parametrize(
    "bytes_, text",
    [
        (b"no stream", "Arrow IPC"),
        (stream_of(pa.table({"1": [1, 2]})), "one row"),
        (stream_of(pa.table({"1": pa.array([], pa.int64())})), "one row"),
        (stream_of(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["1", "1"])), "two values"),
        (values(_1="x" * 1000)[:-600], "Arrow IPC"),
    ],
)
def test_parameters_that_are_none(one, bytes_, text):
    with refused("INVALID_REQUEST", text):
        one.query("SELECT $1", parameters=bytes_)


# ---- settings


def test_settings_of_a_request(one):
    instant = "SELECT '2024-01-01 12:00:00+00'::TIMESTAMPTZ::VARCHAR"
    assert one.value(instant, settings={"TimeZone": "Asia/Tokyo"}) == "2024-01-01 21:00:00+09"
    assert one.value(instant, settings={"timezone": "America/New_York"}) == "2024-01-01 07:00:00-05"
    assert one.query("SELECT * FROM (VALUES (1), (NULL)) v(i) ORDER BY i", settings={"default_null_order": "nulls_first"}) == [(None,), (1,)]
    assert one.query("SELECT * FROM (VALUES (1), (2)) v(i) ORDER BY i", settings={"default_order": "DESC"}) == [(2,), (1,)]
    assert one.value("SELECT 7 / 2", settings={"integer_division": "true"}) == 3
    assert one.value("SELECT 7 / 2") == 3.5
    assert one.value("SELECT 'a' = 'A'", settings={"default_collation": "NOCASE"})


def test_settings_change_within_a_transaction(one):
    transaction = one.action("BEGIN_TRANSACTION", settings={"integer_division": "true"}).transaction_id
    where = dict(transaction_id=transaction)
    assert one.value("SELECT 7 / 2", settings={"integer_division": "true"}, **where) == 3
    assert one.value("SELECT 7 / 2", settings={"integer_division": "false"}, **where) == 3.5
    assert one.value("SELECT 7 / 2", settings={"integer_division": "true"}, **where) == 3
    # Not sent: as it was before.
    assert one.value("SELECT 7 / 2", **where) == 3.5
    one.action("ROLLBACK_TRANSACTION", **where)


@pytest.mark.parametrize("name", ["threads", "memory_limit", "enable_external_access", "search_path", "no_such_setting", "lock_configuration"])
def test_other_settings_are_refused(one, name):
    with refused("INVALID_REQUEST", name):
        one.query("SELECT 1", settings={name: "1"})


def test_values_settings_do_not_take(one):
    with refused("ENGINE_ERROR", "TimeZone", "Nowhere"):
        one.query("SELECT 1", settings={"TimeZone": "Nowhere/At_All"})
    with refused("ENGINE_ERROR", "integer_division"):
        one.query("SELECT 1", settings={"integer_division": "perhaps"})
    assert one.value("SELECT 1") == 1


# ---- what only a connection would know


@pytest.mark.parametrize(
    "sql", ["SET TimeZone = 'UTC'", "SET integer_division = true", "USE main", "SET VARIABLE v = 1", "PREPARE p AS SELECT 1",
            "CREATE TEMP TABLE gone(i INT)", "CREATE TABLE kept(i INT); SET default_order = 'DESC'; SET SESSION default_order = 'ASC'"]
)
def test_what_nothing_could_see_is_refused(one, sql):
    with refused("INVALID_REQUEST", "connection ends with the request"):
        one.execute(sql)
    assert not one.action("TABLE_EXISTS", table_name="kept").exists


def test_what_something_sees_is_not(one):
    one.execute("SET TimeZone = 'Asia/Tokyo'; CREATE TABLE kept AS SELECT date_part('hour', '2024-01-01 00:00:00+00'::TIMESTAMPTZ) AS i")
    one.execute("CREATE TEMP TABLE passing AS SELECT 1 AS i; INSERT INTO kept SELECT i FROM passing; DROP TABLE passing")
    assert one.query("FROM kept") == [(9,), (1,)]
    one.execute("SET GLOBAL checkpoint_threshold = '17MB'")
    assert "16.2" in one.value("SELECT current_setting('checkpoint_threshold')")
    transaction = one.action("BEGIN_TRANSACTION").transaction_id
    one.execute("SET integer_division = true", transaction_id=transaction)
    one.execute("PREPARE p AS INSERT INTO kept VALUES ($1)", transaction_id=transaction)
    one.execute("EXECUTE p(50)", transaction_id=transaction)
    assert one.value("SELECT 7 / 2", transaction_id=transaction) == 3
    one.action("COMMIT_TRANSACTION", transaction_id=transaction)
    assert one.value("SELECT max(i) FROM kept") == 50
