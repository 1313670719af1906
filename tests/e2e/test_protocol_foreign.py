"""All seven requests from a client that has nothing of ours: pyarrow.flight, and classes made of the contract."""

import pyarrow as pa
import pyarrow.flight as flight
import pytest
from wire import Wire, category_of, error_of, messages, request, response


@pytest.fixture
def wire(server):
    with Wire(server.uri) as wire:
        yield wire


@pytest.fixture
def ducks(wire):
    """A table with a default, a NOT NULL and a generated column, and three rows."""
    wire.execute(
        "CREATE TABLE ducks (id INTEGER NOT NULL, name VARCHAR DEFAULT 'mallard', twice INTEGER GENERATED ALWAYS AS (id * 2));"
        "INSERT INTO ducks (id, name) VALUES (1, 'teal'), (2, 'eider'), (3, NULL)"
    )
    return "ducks"


def refused(call):
    """The Error of a call that must fail."""
    with pytest.raises((flight.FlightError, pa.ArrowException)) as caught:
        call()
    error = error_of(caught.value)
    assert error is not None, f"no Error in {caught.value!r}"
    assert error.message
    return caught.value, error


def exchange(wire, kind, **fields):
    """The request by DoExchange."""
    descriptor = flight.FlightDescriptor.for_command(request(kind, **fields).SerializeToString())
    writer, reader = wire.client.do_exchange(descriptor, wire.options())
    with writer:
        writer.done_writing()
        return response(reader.read_chunk().app_metadata)


def answered_get(wire, kind, **fields):
    """The request by DoGet, answered in the schema of a stream without rows."""
    options = flight.FlightCallOptions(headers=[*wire.headers, (b"x-skein-answer", b"1")])
    stream = wire.client.do_get(flight.Ticket(request(kind, **fields).SerializeToString()), options)
    assert stream.schema.names == []
    assert stream.read_all().num_rows == 0
    return response(bytes.fromhex(stream.schema.metadata[b"skein:answer"].decode()))


def scan(wire, **fields):
    return wire.get("SCAN_TABLE", table_name="ducks", **fields).read_all()


# --- the seven ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [Wire.action, exchange, answered_get])
def test_create_exists_drop(wire, act):
    assert not act(wire, "TABLE_EXISTS", table_name="pond").exists
    columns = [messages().ColumnDefinition(name="depth", type="DECIMAL(18,3)", not_null=True, default_expression="1 + 1")]
    created = act(wire, "CREATE_TABLE", table_name="pond", column_definitions=columns)
    assert (created.success, created.exists) == (True, False)
    assert act(wire, "TABLE_EXISTS", table_name="POND").exists
    assert act(wire, "CREATE_TABLE", table_name="pond", column_definitions=columns, if_not_exists=True).exists
    _, error = refused(lambda: act(wire, "CREATE_TABLE", table_name="pond", column_definitions=columns))
    assert error.exception_type == "Catalog"
    assert wire.query("SELECT data_type, is_nullable FROM duckdb_columns() WHERE table_name = 'pond'") == [
        ("DECIMAL(18,3)", False)
    ]
    assert act(wire, "DROP_TABLE", table_name="pond").success
    assert not act(wire, "TABLE_EXISTS", table_name="pond").exists
    _, error = refused(lambda: act(wire, "DROP_TABLE", table_name="pond"))
    assert error.category == messages().TABLE_NOT_FOUND
    dropped = act(wire, "DROP_TABLE", table_name="pond", if_exists=True)
    assert (dropped.success, dropped.exists) == (True, False)


def test_create_from_an_arrow_schema(wire):
    schema = pa.schema([pa.field("a", pa.int64(), nullable=False), pa.field("b", pa.list_(pa.string()))])
    wire.action("CREATE_TABLE", table_name="t", schema_name="main", row_schema=schema.serialize().to_pybytes())
    assert wire.query("SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE table_name = 't'") == [
        ("a", "BIGINT", False),
        ("b", "VARCHAR[]", True),
    ]


def test_insert(wire, ducks):
    answer = wire.insert(ducks, {"id": pa.array([4, 5], pa.int32())})
    assert (answer.success, answer.rows_affected) == (True, 2)
    # By position, with a conversion, and the insert's id.
    answer = wire.insert(ducks, {"x": ["six"], "y": pa.array([6], pa.int64())}, columns=["name", "id"], insert_id=b"i" * 16)
    assert answer.rows_affected == 1
    assert wire.query("SELECT id, name FROM ducks WHERE id > 3 ORDER BY id") == [(4, "mallard"), (5, "mallard"), (6, "six")]


def test_insert_of_defaults_in_some_rows(wire, ducks):
    """A boolean behind all values says where a column of default_columns takes its default."""
    rows = {"id": pa.array([7, 8], pa.int32()), "name": ["smew", None], "flag": pa.array([False, True])}
    assert wire.insert(ducks, rows, columns=["id", "name"], default_columns=["name"]).rows_affected == 2
    assert wire.query("SELECT id, name FROM ducks WHERE id > 6 ORDER BY id") == [(7, "smew"), (8, "mallard")]
    for wrong in (["id"], ["nosuch"], ["name", "name"], []):
        _, error = refused(lambda wrong=wrong: wire.insert(ducks, rows, columns=["id"], default_columns=wrong))
        assert error.category == messages().INVALID_REQUEST, wrong
    rows["flag"] = pa.array([0, 1])
    _, error = refused(lambda: wire.insert(ducks, rows, columns=["id", "name"], default_columns=["name"]))
    assert error.category == messages().INVALID_REQUEST
    assert "must be BOOLEAN" in error.message
    assert wire.value("SELECT count(*) FROM ducks") == 5


def test_a_table_in_nested_schemas(wire):
    wire.execute("CREATE SCHEMA s; CREATE SCHEMA s.n; CREATE TABLE s.n.t (i INTEGER); CREATE TABLE t (j INTEGER)")
    database = wire.value("SELECT current_database()")
    kind = messages().CatalogEntryKind.Value("TABLE")
    path = messages().CatalogEntryName(kind=kind, schema_path=["s", "n"], name="t")
    assert wire.insert("", {"i": pa.array([1], pa.int32())}, catalog_name=database, entries=[path]).rows_affected == 1
    assert wire.query("FROM s.n.t") == [(1,)]
    for fields in ({"table_name": "t", "catalog_name": database}, {"entries": [path, path], "catalog_name": database}, {}):
        _, error = refused(lambda fields=fields: wire.action("TABLE_EXISTS", **{"entries": [path], **fields}))
        assert error.category == messages().INVALID_REQUEST, fields
    assert wire.action("TABLE_EXISTS", entries=[path], catalog_name=database).exists


def test_insert_is_all_or_nothing(wire, ducks):
    _, error = refused(lambda: wire.insert(ducks, {"id": pa.array([7, None], pa.int32())}))
    assert error.exception_type == "Constraint"
    _, error = refused(lambda: wire.insert(ducks, {"id": pa.array([7], pa.int32()), "beak": ["long"]}))
    assert error.category == messages().INVALID_REQUEST
    assert "beak" in error.message
    _, error = refused(lambda: wire.insert("geese", {"id": pa.array([7], pa.int32())}))
    assert error.category == messages().TABLE_NOT_FOUND
    assert wire.value("SELECT count(*) FROM ducks") == 3


def test_insert_of_nothing(wire, ducks):
    assert wire.insert(ducks, pa.table({"id": pa.array([], pa.int32())})).rows_affected == 0


def test_scan(wire, ducks):
    before = wire.statistics()
    table = scan(wire)
    assert table.to_pydict() == {"id": [1, 2, 3], "name": ["teal", "eider", None], "twice": [2, 4, 6]}
    assert [field.metadata[b"duckdb:type"] for field in table.schema] == [b"INTEGER", b"VARCHAR", b"INTEGER"]
    after = wire.statistics()
    assert after.round_trips - before.round_trips == 1
    assert after.statements - before.statements == 1
    assert after.rows_sent - before.rows_sent == 3
    assert after.bytes_sent - before.bytes_sent == sum(pa.ipc.get_record_batch_size(batch) for batch in table.to_batches())
    assert scan(wire, columns=["twice", "ID"], filter="name IS NOT NULL").to_pylist() == [
        {"twice": 2, "id": 1},
        {"twice": 4, "id": 2},
    ]
    assert scan(wire, limit=1, offset=1).column("id").to_pylist() == [2]
    assert scan(wire, limit=0).num_rows == 0
    assert scan(wire, offset=2).column("id").to_pylist() == [3]
    assert scan(wire, columns=["id"], with_row_id=True).schema.names == ["id", "rowid"]
    assert sum(chunk.data.num_rows for chunk in wire.get("SCAN_TABLE", table_name=ducks, no_columns=True)) == 3


def test_scan_refusals(wire, ducks):
    for fields, exception in [
        ({"columns": ["beak"]}, "Binder"),
        ({"filter": "beak > 1"}, "Binder"),
        ({"filter": "id > 1; DROP TABLE ducks"}, None),
        ({"filter": "id > "}, None),
        ({"no_columns": True, "columns": ["id"]}, "Invalid Input"),
    ]:
        _, error = refused(lambda fields=fields: scan(wire, **fields))
        assert exception in (None, error.exception_type), fields
    assert scan(wire).num_rows == 3


def test_execute(wire, ducks):
    for act in (Wire.action, exchange):
        assert act(wire, "EXECUTE_SQL", sql="UPDATE ducks SET name = 'x'").rows_affected == 3
        # One transaction: the first statement goes with the second.
        _, error = refused(lambda act=act: act(wire, "EXECUTE_SQL", sql="DELETE FROM ducks; SELECT beak FROM ducks"))
        assert error.exception_type == "Binder"
        _, error = refused(lambda act=act: act(wire, "EXECUTE_SQL", sql="SELECT 1"))
        assert "DoGet" in error.message
    assert wire.value("SELECT count(*) FROM ducks") == 3
    command = request("EXECUTE_SQL", sql="SELECT 1::TINYINT AS one").SerializeToString()
    descriptor = flight.FlightDescriptor.for_command(command)
    assert wire.client.get_schema(descriptor).schema.field("one").type == pa.int8()
    info = wire.client.get_flight_info(descriptor)
    assert wire.client.do_get(info.endpoints[0].ticket).read_all().to_pylist() == [{"one": 1}]


@pytest.mark.parametrize("act", [Wire.action, exchange])
def test_delete(wire, ducks, act):
    assert act(wire, "DELETE_DATA", table_name=ducks, filter="id = 2").rows_affected == 1
    _, error = refused(lambda: act(wire, "DELETE_DATA", table_name=ducks, filter="true; DROP TABLE ducks"))
    assert error.exception_type in ("Parser", "Invalid Input")
    assert wire.value("SELECT count(*) FROM ducks") == 2
    assert act(wire, "DELETE_DATA", table_name=ducks).rows_affected == 2
    _, error = refused(lambda: act(wire, "DELETE_DATA", table_name="geese"))
    assert error.category == messages().TABLE_NOT_FOUND


# --- refusals ----------------------------------------------------------------------------------------------------------


def test_errors_reach_python_whole(wire):
    failure, error = refused(lambda: wire.query("SELECT * FROM geese"))
    assert isinstance(failure, flight.FlightServerError)
    assert error.category == messages().TABLE_NOT_FOUND
    assert error.exception_type == "Catalog"
    assert error.extra_info["name"] == "geese"
    # An error as large as the statement that made it still arrives.
    for character in ("x", "ü", "🦆"):
        _, error = refused(lambda character=character: wire.query(f"SELECT error('{character * 20000}')"))
        assert error.exception_type == "Invalid Input"
        assert 1900 < len(error.message.encode()) <= 2000


def test_fields_of_the_future_are_ignored(wire, ducks):
    future = b"\xfa\x3e\x03new"  # Field 1007, text.
    ticket = flight.Ticket(request("SCAN_TABLE", table_name=ducks).SerializeToString() + future)
    assert wire.client.do_get(ticket).read_all().num_rows == 3
