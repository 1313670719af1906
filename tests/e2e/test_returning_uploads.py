"""Uploads by DoExchange, whose answer is the rows they changed, from a client that has nothing of ours."""

import contextlib

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from refusals import refused_by_flight
from twin import wait_until
from wire import Wire, request, response

COLUMNS = ["id", "name", "twice"]


@pytest.fixture
def wire(server):
    with Wire(server.uri) as wire:
        wire.execute("CREATE OR REPLACE TABLE ducks (id INTEGER PRIMARY KEY, name VARCHAR DEFAULT 'mallard', "
                     "twice INTEGER GENERATED ALWAYS AS (id * 2)); INSERT INTO ducks (id) VALUES (1), (2)")
        yield wire
        wait_until(lambda: wire.statistics().active_statements == 0, "the uploads to be over")


@contextlib.contextmanager
def exchange(wire, kind, **fields):
    descriptor = flight.FlightDescriptor.for_command(request(kind, table_name="ducks", **fields).SerializeToString())
    writer, reader = wire.client.do_exchange(descriptor, wire.options())
    try:
        yield writer, reader
    finally:
        with contextlib.suppress(flight.FlightError, pa.ArrowException):
            writer.close()


def changed(wire, kind, rows, **fields):
    """The rows that came back, and the response after them."""
    batch = pa.record_batch(rows)
    with exchange(wire, kind, **fields) as (writer, reader):
        writer.begin(batch.schema)
        writer.write_batch(batch)
        writer.done_writing()
        answer, result = None, []
        while True:
            try:
                chunk = reader.read_chunk()
            except StopIteration:
                return result, answer
            if chunk.data is not None:
                result += list(zip(*(column.to_pylist() for column in chunk.data.columns)))
            if chunk.app_metadata is not None:
                answer = response(chunk.app_metadata)


def ids(*values):
    return {"id": pa.array(values, pa.int32())}


def row_ids(wire, transaction):
    return wire.get("SCAN_TABLE", table_name="ducks", columns=["id"], with_row_id=True, transaction_id=transaction).read_all()


def test_insert(wire):
    rows, answer = changed(wire, "INSERT_DATA", ids(5, 6), returning_columns=COLUMNS)
    assert rows == [(5, "mallard", 10), (6, "mallard", 12)]
    assert (answer.success, answer.rows_affected) == (True, 2) and answer.catalog_version > 0
    rows, _ = changed(wire, "INSERT_DATA", ids(7), returning_columns=["name", "ID"])
    assert rows == [("mallard", 7)]
    rows, answer = changed(wire, "INSERT_DATA", ids(), returning_columns=COLUMNS)
    assert (rows, answer.rows_affected) == ([], 0)
    assert wire.value("SELECT count(*) FROM ducks") == 5


def test_update_and_delete_by_row_ids(server, wire):
    with Wire(server.uri, session=wire.action("OPEN_SESSION").session_id) as own:
        transaction = own.action("BEGIN_TRANSACTION").transaction_id
        found = row_ids(own, transaction)
        update = {"rowid": found["rowid"].combine_chunks(), "name": pa.array(["teal", "eider"])}
        rows, _ = changed(own, "UPDATE_DATA", update, columns=["name"], returning_columns=COLUMNS, transaction_id=transaction)
        assert sorted(rows) == [(1, "teal", 2), (2, "eider", 4)]
        # An update may give rows other ids.
        found = row_ids(own, transaction)
        first = found["rowid"].combine_chunks()[found["id"].to_pylist().index(1)]
        rows, answer = changed(own, "DELETE_DATA", {"rowid": pa.array([first])}, returning_columns=["name", "rowid"],
                               transaction_id=transaction)
        assert (rows, answer.rows_affected) == ([("teal", first.as_py())], 1)
        own.action("COMMIT_TRANSACTION", transaction_id=transaction)
        assert wire.query("FROM ducks") == [(2, "eider", 4)]


def test_many_rows_come_back_in_their_order(wire):
    rows, answer = changed(wire, "INSERT_DATA", ids(*range(10, 100_010)), returning_columns=["id"])
    assert rows == [(i,) for i in range(10, 100_010)] and answer.rows_affected == 100_000


def test_refused_by_name_and_nothing_is_changed(wire):
    for fields, category, text in (
        (dict(kind="INSERT_DATA", rows=ids(2), returning_columns=["id"]), "ENGINE_ERROR", "Duplicate key"),
        (dict(kind="INSERT_DATA", rows=ids(9), returning_columns=["no_such"]), "ENGINE_ERROR", "no_such"),
        (dict(kind="INSERT_DATA", rows={"nobody": pa.array([1])}, returning_columns=["id"]), "INVALID_REQUEST", "nobody"),
        (dict(kind="UPDATE_DATA", rows={"rowid": pa.array([1])}, returning_columns=["id"]), "INVALID_REQUEST", "transaction"),
    ):
        kind, rows = fields.pop("kind"), fields.pop("rows")
        refused = refused_by_flight(lambda: changed(wire, kind, rows, **fields))
        assert refused.name == category and text in refused.text, refused
    refused = refused_by_flight(lambda: wire.insert("ducks", pa.table(ids(9)), returning_columns=["id"]))
    assert refused.name == "INVALID_REQUEST" and "DoExchange" in refused.text
    refused = refused_by_flight(lambda: changed(wire, "INSERT_DATA", ids(9)))
    assert refused.name == "INVALID_REQUEST" and "returning_columns" in refused.text
    assert wire.query("SELECT id FROM ducks ORDER BY ALL") == [(1,), (2,)]


def test_an_upload_that_breaks_off_changes_nothing(server, wire):
    with Wire(server.uri) as gone:
        with exchange(gone, "INSERT_DATA", returning_columns=["id"]) as (writer, reader):
            batch = pa.record_batch(ids(50))
            writer.begin(batch.schema)
            # A number says that the count of batches will follow.
            writer.write_with_metadata(batch, (0).to_bytes(8, "little"))
            wait_until(lambda: wire.statistics().active_statements == 1, "the upload to be under way")
            writer.done_writing()
            refused = refused_by_flight(lambda: reader.read_chunk())
            assert refused.name == "CANCELLED"
    assert wire.query("SELECT id FROM ducks ORDER BY ALL") == [(1,), (2,)]


def test_counts_as_a_stream(server_factory):
    server = server_factory("--max-streams", 1)
    with Wire(server.uri) as wire:
        wire.execute("CREATE TABLE ducks (id INTEGER)")
        reader = wire.get("EXECUTE_SQL", sql="SELECT range FROM range(100000000)")
        reader.read_chunk()
        refused = refused_by_flight(lambda: changed(wire, "INSERT_DATA", ids(1), returning_columns=["id"]))
        assert refused.name == "LIMIT_REACHED" and "--max-streams" in refused.text
        reader.cancel()
