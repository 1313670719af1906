"""Speaks the protocol with nothing of ours: pyarrow.flight, and classes generated from distributed_protocol.proto."""

import functools
import importlib
import pathlib
import sys
import tempfile

import pyarrow as pa
import pyarrow.flight as flight

PROTO = pathlib.Path(__file__).resolve().parents[2] / "src" / "protocol" / "distributed_protocol.proto"
PROTOCOL_VERSION = 1


@functools.lru_cache(maxsize=None)
def messages():
    """The module protoc makes of the contract."""
    from grpc_tools import protoc

    folder = tempfile.mkdtemp(prefix="skein-proto-")
    code = protoc.main(["protoc", f"--proto_path={PROTO.parent}", f"--python_out={folder}", str(PROTO)])
    assert code == 0, "protoc refused the contract"
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("distributed_protocol_pb2")
    finally:
        sys.path.remove(folder)


def request(kind, **fields):
    """A DistributedRequest: request("SCAN_TABLE", table_name="t", limit=3)."""
    fields.setdefault("protocol_version", PROTOCOL_VERSION)
    return messages().DistributedRequest(type=getattr(messages(), kind), **fields)


def response(buffer):
    return messages().DistributedResponse.FromString(buffer.to_pybytes() if hasattr(buffer, "to_pybytes") else buffer)


def error_of(failure):
    """The Error a failed call carried, or None where the transport failed."""
    extra = getattr(failure, "extra_info", None)
    return messages().Error.FromString(extra) if extra else None


def category_of(failure):
    """Its category by name: "NOT_AUTHENTICATED"; None where the call carried no Error."""
    error = error_of(failure)
    return None if error is None else messages().ErrorCategory.Name(error.category)


class Wire:
    """One Flight connection. Methods take the request's type by name and its fields; failures are pyarrow's own."""

    def __init__(self, uri, token=None, session=None, headers=(), **options):
        self.client = flight.FlightClient(uri, **options)
        self.headers = list(headers)
        if token is not None:
            self.headers.append((b"authorization", f"Bearer {token}".encode()))
        if session is not None:
            self.headers.append((b"x-skein-session", session.encode()))

    def options(self, timeout=None):
        return flight.FlightCallOptions(timeout=timeout, headers=self.headers)

    def action(self, kind, timeout=None, **fields):
        """DoAction; the one DistributedResponse it answers."""
        body = request(kind, **fields).SerializeToString()
        results = list(self.client.do_action(flight.Action(kind, body), self.options(timeout)))
        assert len(results) == 1, f"{kind} answered {len(results)} results"
        return response(results[0].body)

    def get(self, kind, **fields):
        """DoGet; the stream of rows."""
        return self.client.do_get(flight.Ticket(request(kind, **fields).SerializeToString()), self.options())

    def put(self, schema, kind="INSERT_DATA", **fields):
        """DoPut; writer and reader of an upload under way."""
        descriptor = flight.FlightDescriptor.for_command(request(kind, **fields).SerializeToString())
        return self.client.do_put(descriptor, schema, self.options())

    def finish(self, upload):
        """Ends an upload and returns its DistributedResponse."""
        writer, reader = upload
        writer.done_writing()
        metadata = reader.read()
        writer.close()
        return response(metadata)

    def insert(self, table, rows, **fields):
        """Uploads a pyarrow table or batch."""
        rows = pa.table(rows) if not isinstance(rows, pa.Table) else rows
        upload = self.put(rows.schema, table_name=table, **fields)
        upload[0].write_table(rows)
        return self.finish(upload)

    def execute(self, sql, **fields):
        return self.action("EXECUTE_SQL", sql=sql, **fields)

    def query(self, sql, **fields):
        """All rows of one statement, as a list of tuples."""
        table = self.get("EXECUTE_SQL", sql=sql, **fields).read_all()
        return list(zip(*(column.to_pylist() for column in table.columns)))

    def value(self, sql, **fields):
        return self.query(sql, **fields)[0][0]

    def statistics(self):
        """The server's counters."""
        return self.action("STATISTICS").server_statistics

    def close(self):
        self.client.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
