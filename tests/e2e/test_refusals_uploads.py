"""Uploads whose batches are numbered wrongly or hold what no batch may: refused by name, no row stays, others go on.

Another session has a transaction open all the while, with a row of its own in the same table.
"""

import contextlib
import struct

import grpc
import pyarrow as pa
import pyarrow.flight as flight
import pytest

from refusals import finish, refused_by_flight
from skein_server import Server
from wire import Wire, request

SCHEMA = pa.schema([("id", pa.int32()), ("name", pa.string())])
ROWS = pa.record_batch([pa.array([1, 2], pa.int32()), pa.array(["teal", "eider"])], schema=SCHEMA)


@pytest.fixture(scope="module")
def wire():
    with Server() as server, Wire(server.uri) as wire:
        wire.uri = server.uri
        wire.execute("CREATE TABLE ducks (id INTEGER, name VARCHAR)")
        yield wire


@contextlib.contextmanager
def unharmed(wire):
    """The block's uploads leave nothing behind, and a session that was at work before goes on."""
    session = wire.action("OPEN_SESSION").session_id
    with Wire(wire.uri, session=session) as other:
        theirs = other.action("BEGIN_TRANSACTION").transaction_id
        other.insert("ducks", {"id": pa.array([7], pa.int32())}, transaction_id=theirs)
        yield
        assert other.query("FROM ducks", transaction_id=theirs) == [(7, None)]
        other.insert("ducks", {"id": pa.array([8], pa.int32())}, transaction_id=theirs)
        assert other.value("SELECT count(*) FROM ducks", transaction_id=theirs) == 2
        other.action("ROLLBACK_TRANSACTION", transaction_id=theirs)
        other.action("CLOSE_SESSION")
    assert wire.value("SELECT count(*) FROM ducks") == 0
    assert wire.insert("ducks", pa.Table.from_batches([ROWS])).rows_affected == 2
    assert wire.execute("DELETE FROM ducks").rows_affected == 2


def number(value, size=8):
    return value.to_bytes(size, "little")


# What is wrong: the metadata of the batches (None: none), that of the ends, and what the error says.
NUMBERS = {
    "duplicate": ([0, 0], [2], "number 0 where 1 was due"),
    "decreasing": ([0, 1, 0], [3], "number 0 where 2 was due"),
    "from the end": ([1, 0], [2], "number 1 where 0 was due"),
    "a gap": ([0, 2], [2], "number 2 where 1 was due"),
    "huge": ([0, 2**63], [2], f"number {2**63} where 1 was due"),
    "the largest": ([2**64 - 1], [1], f"number {2**64 - 1} where 0 was due"),
    "missing from the second": ([0, None], [2], "bytes instead of 8"),
    "missing from the first": ([None, 0], [2], "after others without one"),
    "too short": ([number(0, 7)], [1], "7 bytes instead of 8"),
    "too long": ([number(0, 9)], [1], "9 bytes instead of 8"),
    "more at the end": ([0, 1], [3], "ended with 3 batches, but 2 came"),
    "less at the end": ([0, 1], [1], "ended with 1 batches, but 2 came"),
    "two ends": ([0, 1], [2, 2], "ended with 2 batches"),
    "an end that is none": ([0, 1], [b"end"], "3 bytes instead of 8"),
}


@pytest.fixture(params=[False, True], ids=["alone", "in-a-transaction"])
def uploader(request, wire):
    """(a connection, fields of its uploads)."""
    if not request.param:
        yield wire, {}
        return
    session = wire.action("OPEN_SESSION").session_id
    with Wire(wire.uri, session=session) as own:
        yield own, {"transaction_id": own.action("BEGIN_TRANSACTION").transaction_id}
        own.action("CLOSE_SESSION")


def upload(connection, fields, numbers, ends, after=()):
    started = connection.put(SCHEMA, table_name="ducks", **fields)
    # A refusal may come in the middle; finish() says which.
    with contextlib.suppress(flight.FlightError, pa.ArrowException):
        for value in numbers:
            if value is None:
                started[0].write_batch(ROWS)
            else:
                started[0].write_with_metadata(ROWS, value if isinstance(value, bytes) else number(value))
        for value in ends:
            started[0].write_metadata(value if isinstance(value, bytes) else number(value))
        for value in after:
            started[0].write_with_metadata(ROWS, number(value))
    return finish(started)


@pytest.mark.parametrize("case", NUMBERS)
def test_batches_numbered_wrongly(wire, uploader, case):
    numbers, ends, says = NUMBERS[case]
    with unharmed(wire):
        refused = refused_by_flight(lambda: upload(*uploader, numbers, ends))
    assert (refused.name, says in refused.text) == ("INVALID_REQUEST", True), refused


def test_a_batch_after_the_end(wire, uploader):
    with unharmed(wire):
        refused = refused_by_flight(lambda: upload(*uploader, [0], [1], after=[1]))
    assert refused.name == "INVALID_REQUEST" and "after the end" in refused.text


def test_numbered_batches_without_an_end_broke_off(wire, uploader):
    with unharmed(wire):
        refused = refused_by_flight(lambda: upload(*uploader, [0, 1], []))
    assert refused.name == "CANCELLED" and "broke off after 2 batches" in refused.text


# --- content: messages that no Arrow library would write, by gRPC alone ----------------------------------------------


def varint(value):
    encoded = b""
    while value > 127:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])


def field(tag, content):
    return varint(tag << 3 | 2) + varint(len(content)) + content


def message_of(serialized):
    """The header and the body of an encapsulated IPC message."""
    data = serialized.to_pybytes()
    length = struct.unpack_from("<i", data, 4)[0]
    return data[8:8 + length], data[8 + length:]


def flight_data(header, body=b"", command=None):
    """A FlightData message."""
    descriptor = field(1, b"\x08\x02" + field(2, command)) if command is not None else b""
    return descriptor + field(2, header) + field(1000, body)


COMMAND = request("INSERT_DATA", table_name="ducks").SerializeToString()
HEADER, BODY = message_of(ROWS.serialize())
SCHEMA_HEADER, _ = message_of(SCHEMA.serialize())
OPENING = flight_data(SCHEMA_HEADER, command=COMMAND)
NAMES = BODY.index(b"tealeider")
OFFSETS = BODY.index(struct.pack("<iii", 0, 4, 9))


def with_bytes(place, content):
    return BODY[:place] + content + BODY[place + len(content):]


def with_offsets(*values):
    return with_bytes(OFFSETS, struct.pack("<iii", *values))


def encoded_as_dictionary(index):
    """Messages of a dictionary-encoded column whose index is `index`."""
    schema = pa.schema([("name", pa.dictionary(pa.int32(), pa.string()))])
    batch = pa.record_batch([pa.DictionaryArray.from_arrays(pa.array([0], pa.int32()), ["teal"])], schema=schema)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_batch(batch)
    messages = list(pa.ipc.MessageReader.open_stream(sink.getvalue()))
    parts = [(message.metadata.to_pybytes(), message.body.to_pybytes() if message.body else b"") for message in messages]
    (schema_header, _), dictionary, (header, body) = parts
    assert body[:4] == struct.pack("<i", 0)
    return [flight_data(schema_header, command=COMMAND), flight_data(*dictionary), flight_data(header, struct.pack("<i", index) + body[4:])]


CONTENT = {
    "a header of noise": [OPENING, flight_data(b"\xff" * 64, BODY)],
    "a header cut short": [OPENING, flight_data(HEADER[:24], BODY)],
    "a body cut short": [OPENING, flight_data(HEADER, BODY[:16])],
    "no body": [OPENING, flight_data(HEADER)],
    "a schema of noise": [flight_data(b"\xff" * 64, command=COMMAND), flight_data(HEADER, BODY)],
    "a schema cut short": [flight_data(SCHEMA_HEADER[:24], command=COMMAND), flight_data(HEADER, BODY)],
    "a batch before the schema": [flight_data(HEADER, BODY, command=COMMAND)],
    "two schemas": [OPENING, flight_data(SCHEMA_HEADER), flight_data(HEADER, BODY)],
    "text that is not UTF-8": [OPENING, flight_data(HEADER, with_bytes(NAMES, b"\xff\xfe"))],
    "offsets behind the end": [OPENING, flight_data(HEADER, with_offsets(0, 4, 2**31 - 1))],
    "offsets before the start": [OPENING, flight_data(HEADER, with_offsets(-4, 4, 9))],
    "offsets that decrease": [OPENING, flight_data(HEADER, with_offsets(0, 9, 4))],
    "an index outside its dictionary": encoded_as_dictionary(5),
    "a negative index": encoded_as_dictionary(-1),
}


@pytest.mark.parametrize("case", CONTENT)
def test_content_that_no_batch_may_have(wire, case):
    address = wire.uri.split("://")[1]
    with unharmed(wire), grpc.insecure_channel(address) as channel:
        put = channel.stream_stream("/arrow.flight.protocol.FlightService/DoPut")
        with pytest.raises(grpc.RpcError) as failure:
            list(put(iter(CONTENT[case])))
    assert failure.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNKNOWN), failure.value
    assert failure.value.details()


def test_the_same_messages_unharmed_are_taken(wire):
    with grpc.insecure_channel(wire.uri.split("://")[1]) as channel:
        put = channel.stream_stream("/arrow.flight.protocol.FlightService/DoPut")
        assert len(list(put(iter([OPENING, flight_data(HEADER, BODY)])))) == 1
        assert len(list(put(iter(encoded_as_dictionary(0))))) == 1
    assert wire.query("FROM ducks ORDER BY ALL") == [(1, "teal"), (2, "eider"), (None, "teal")]
    wire.execute("DELETE FROM ducks")


def test_batches_numbered_rightly_are_taken(wire):
    assert upload(wire, {}, [0, 1, 2], [3]) is not None
    assert upload(wire, {}, [None, None], []) is not None
    assert wire.execute("DELETE FROM ducks").rows_affected == 10


@pytest.mark.parametrize("columns", [0, 10001])
def test_columns_without_number(wire, columns):
    schema = pa.schema([(f"c{i}", pa.int8()) for i in range(columns)])
    rows = pa.record_batch([pa.array([1], pa.int8())] * columns, schema=schema)

    def act():
        started = wire.put(schema, table_name="ducks")
        with contextlib.suppress(flight.FlightError, pa.ArrowException):
            started[0].write_batch(rows)
        return finish(started)

    with unharmed(wire):
        refused = refused_by_flight(act)
    assert refused.name == "INVALID_REQUEST" and f"between 1 and 10000 columns, this one has {columns}" in refused.text
