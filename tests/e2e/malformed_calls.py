"""Calls that no client should make, drawn by a seed: damaged requests by every method, and uploads that lie."""

import contextlib
import random

import pyarrow as pa
import pyarrow.flight as flight
from wire import request, response

KINDS = ("EXECUTE_SQL", "CREATE_TABLE", "DROP_TABLE", "INSERT_DATA", "SCAN_TABLE", "DELETE_DATA", "TABLE_EXISTS", "UPDATE_DATA",
         "CLOSE_SESSION", "HEARTBEAT", "BEGIN_TRANSACTION", "COMMIT_TRANSACTION", "ROLLBACK_TRANSACTION", "STATISTICS")
FIELDS = {
    "EXECUTE_SQL": {"sql": "SELECT id, name FROM ducks WHERE id > 1"},
    "CREATE_TABLE": {"table_name": "pond", "row_schema": pa.schema([pa.field("a", pa.int32(), metadata={"duckdb:type": "INTEGER"})]).serialize().to_pybytes()},
    "INSERT_DATA": {"table_name": "ducks", "insert_id": bytes(range(16))},
    "SCAN_TABLE": {"table_name": "ducks", "columns": ["id", "name"], "filter": "id > 0", "limit": 9, "offset": 1},
    "DELETE_DATA": {"table_name": "ducks", "filter": "id > 100"},
    "UPDATE_DATA": {"table_name": "ducks", "columns": ["name"], "transaction_id": 3},
    "COMMIT_TRANSACTION": {"transaction_id": 77},
    "ROLLBACK_TRANSACTION": {"transaction_id": 78},
}


def column(kind, *buffers, length=3, null_count=0, children=()):
    """An array of these buffers, whatever they say."""
    buffers = [None if buffer is None else pa.py_buffer(buffer) for buffer in buffers]
    return pa.Array.from_buffers(kind, length, buffers, null_count, 0, list(children))


def int32s(*numbers):
    return b"".join(number.to_bytes(4, "little", signed=True) for number in numbers)


def lying_columns():
    """Columns for `name` whose insides are not what Arrow says they must be."""
    ducks = pa.array(["a", "b"])
    return [
        column(pa.string(), None, int32s(0, 900, 2, 3), b"abc"),
        column(pa.string(), None, int32s(0, -5, 2, 3), b"abc"),
        column(pa.string(), None, int32s(0, 1, 2, 3), b"\xff\xfe\xfd"),
        column(pa.list_(pa.int32()), None, int32s(0, 70000, 1, 2), children=[pa.array([1, 2], pa.int32())]),
        pa.DictionaryArray.from_arrays(pa.array([0, 9, 1], pa.int32()), ducks, safe=False),
        column(pa.time64("us"), None, b"\xff" * 24),
        column(pa.decimal128(4, 1), None, b"\x7f" * 48),
    ]


@contextlib.contextmanager
def closing(writer):
    """Closes it at the end. After a failure it would say the same again, without the Error that the failure carries."""
    try:
        yield
    except (flight.FlightError, pa.ArrowException):
        with contextlib.suppress(flight.FlightError, pa.ArrowException):
            writer.close()
        raise
    writer.close()


class MalformedCalls:
    """Makes the calls of one seed. call() makes the next and returns nothing or raises what the client was told."""

    def __init__(self, client, seed):
        self.client = client
        self.random = random.Random(seed)
        self.lies = lying_columns()

    def damaged(self, content):
        content = bytearray(content)
        for _ in range(self.random.randint(1, 4)):
            place = self.random.randrange(len(content) + 1)
            what = self.random.randrange(5)
            if what == 0 and place < len(content):
                content[place] = self.random.randrange(256)
            elif what == 1:
                del content[place:]
            elif what == 2:
                content[place:place] = self.random.randbytes(self.random.randint(1, 9))
            elif what == 3:
                content[place:place] = b"\xff\xff\xff\xff\x0f"
            elif place < len(content):
                content[place] ^= 1 << self.random.randrange(8)
        return bytes(content)

    def body(self):
        """(kind, a damaged request of it)"""
        kind = self.random.choice(KINDS)
        if self.random.randrange(20) == 0:
            return kind, self.random.randbytes(self.random.randint(0, 200))
        return kind, self.damaged(request(kind, **FIELDS.get(kind, {})).SerializeToString())

    def options(self):
        headers = []
        if self.random.randrange(4) == 0:
            session = self.random.choice([b"", b"x", b"0" * 32, b"g" * 32, b"a" * 5000, bytes([self.random.randrange(33, 127)]) * 31])
            headers.append((b"x-skein-session", session))
        return flight.FlightCallOptions(headers=headers)

    def call(self):
        method = self.random.choice((self.action, self.action, self.ticket, self.ticket, self.info, self.schema, self.exchange, self.upload,
                                     self.returning_upload))
        method()

    def action(self):
        kind, body = self.body()
        name = kind if self.random.randrange(5) else self.random.choice(["", "execute_sql", "X" * 2000, "ü", "LIST"])
        list(self.client.do_action(flight.Action(name, body), self.options()))

    def ticket(self):
        self.client.do_get(flight.Ticket(self.body()[1]), self.options()).read_all()

    def descriptor(self):
        if self.random.randrange(10) == 0:
            return flight.FlightDescriptor.for_path("ducks", "ü", "")
        return flight.FlightDescriptor.for_command(self.body()[1])

    def info(self):
        self.client.get_flight_info(self.descriptor(), self.options())

    def schema(self):
        descriptor, options = self.descriptor(), self.options()
        try:
            self.client.get_schema(descriptor, options)
        except pa.ArrowException:
            # pyarrow drops what this failure carries; GetFlightInfo answers the same and shows it.
            self.client.get_flight_info(descriptor, options)
            raise

    def exchange(self):
        writer, reader = self.client.do_exchange(self.descriptor(), self.options())
        with closing(writer):
            writer.done_writing()
            reader.read_chunk()

    def rows(self):
        """Batches for `ducks`: of right and of wrong columns, and such that lie."""
        ids = pa.array([1, 2, 3], pa.int32())
        what = self.random.randrange(4)
        if what == 0:
            return pa.record_batch([ids, pa.array(["a", "b", None])], ["id", "name"])
        if what == 1:
            return pa.record_batch([ids, ids], ["id", self.random.choice(["id", "", "nobody", "x" * 3000])])
        if what == 2:
            text = self.random.choice(["INTEGER", "NOTHING", "ENUM('a')", "STRUCT(", "DECIMAL(99,1)", "\x00", "INTEGER" + "[]" * 900])
            fields = pa.schema([pa.field("id", pa.int32()), pa.field("name", pa.int32(), metadata={"duckdb:type": text})])
            return pa.record_batch([ids, ids], schema=fields)
        return pa.record_batch([ids, self.random.choice(self.lies)], ["id", "name"])

    def upload(self):
        batch = self.rows()
        whole = request("INSERT_DATA", **FIELDS["INSERT_DATA"]).SerializeToString()
        command = whole if self.random.randrange(3) else self.body()[1]
        writer, reader = self.client.do_put(flight.FlightDescriptor.for_command(command), batch.schema, self.options())
        numbers = self.random.choice([(0, 1), (0, 2), (1, 1), (5, 0), (0, 2**64 - 1)])
        width = self.random.choice([8, 8, 8, 7, 9])
        first, count = (min(number, 2 ** (8 * width) - 1).to_bytes(width, "little") for number in numbers)
        with closing(writer):
            writer.write_with_metadata(batch, first)
            writer.write_metadata(count)
            writer.done_writing()
            answer = reader.read()
        assert response(answer).success

    def returning_upload(self):
        """The same by DoExchange, for the changed rows."""
        batch = self.rows()
        columns = self.random.choice([["id"], ["id", "name"], ["nobody"], [""], ["x" * 3000]])
        command = request("INSERT_DATA", returning_columns=columns, **FIELDS["INSERT_DATA"]).SerializeToString()
        if self.random.randrange(3) == 0:
            command = self.damaged(command)
        writer, reader = self.client.do_exchange(flight.FlightDescriptor.for_command(command), self.options())
        with closing(writer):
            writer.begin(batch.schema)
            writer.write_with_metadata(batch, (0).to_bytes(8, "little"))
            writer.write_metadata(self.random.choice([1, 2]).to_bytes(8, "little"))
            writer.done_writing()
            with contextlib.suppress(StopIteration):
                while True:
                    reader.read_chunk()
