#!/usr/bin/env python3
"""Writes the kept corpus of the fuzz drivers anew: real messages of a real server, and what other clients may send.

    SKEIN_BUILD_DIR=build/release scripts/python.sh tests/fuzz/make_corpus.py

What is in tests/fuzz/corpus besides (inputs that once were findings) is left alone.
"""

import io
import pathlib
import sys
import tempfile

import pyarrow as pa

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "e2e")]

from certificates import Certificate  # noqa: E402
from skein_server import Server  # noqa: E402
from wire import Wire, request  # noqa: E402

TYPES = [
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "FLOAT", "DOUBLE", "DECIMAL(4,1)", "DECIMAL(9,2)", "DECIMAL(18,3)", "DECIMAL(38,10)", "DATE", "TIME", "TIMETZ", "TIMESTAMP",
    "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ", "INTERVAL", "UUID", "VARCHAR", "BLOB", "BIT", "BIGNUM", "JSON",
    "ENUM('mallard', 'teal')", "INTEGER[]", "VARCHAR[][]", "INTEGER[3]", "STRUCT(a INTEGER, b VARCHAR)", "MAP(VARCHAR, INTEGER)",
    "UNION(num INTEGER, str VARCHAR)", "STRUCT(a STRUCT(b DECIMAL(3,1)[])[])", 'STRUCT("a ""b""" INTEGER)', "NULL",
]

ROWS = {
    "integers": "SELECT i::TINYINT a, i::SMALLINT b, i::INTEGER c, i::BIGINT d, i::HUGEINT e, i::UHUGEINT f FROM range(5) r(i)",
    "nulls": "SELECT CASE WHEN i % 2 = 0 THEN i END a, CASE WHEN i % 3 = 0 THEN 'x' || i END b FROM range(9) r(i)",
    "decimals": "SELECT 1.5::DECIMAL(4,1) a, 2.25::DECIMAL(9,2) b, 3.125::DECIMAL(18,3) c, 4.5::DECIMAL(38,10) d",
    "times": "SELECT DATE '2026-01-02' a, TIME '24:00:00' b, TIMETZ '01:02:03+04' c, TIMESTAMP '2026-01-02 03:04:05' d",
    "stamps": "SELECT '2026-01-02'::TIMESTAMP_S a, '2026-01-02'::TIMESTAMP_MS b, '2026-01-02'::TIMESTAMP_NS c, '2026-01-02'::TIMESTAMPTZ d",
    "interval": "SELECT INTERVAL '1 month 2 days 3 seconds' a",
    "texts": "SELECT '' a, 'duck' b, repeat('ü', 20) c, 'a\\x00b'::BLOB d FROM range(3)",
    "odd": "SELECT uuid() a, '0101'::BIT b, 12345678901234567890::BIGNUM c, '{\"a\": 1}'::JSON d",
    "enum": "SELECT unnest(['mallard', 'teal', NULL])::ENUM('mallard', 'teal') a",
    "list": "SELECT unnest([[1, 2], [], NULL, [NULL, 5]]) a",
    "nested": "SELECT [{'a': [1, 2], 'b': 'x'}, {'a': NULL, 'b': NULL}] a, [[['deep']]] b",
    "array": "SELECT [1, 2, 3]::INTEGER[3] a, NULL::INTEGER[3] b FROM range(2)",
    "struct": "SELECT {'a': i, 'b': 'x' || i} a FROM range(3) r(i)",
    "map": "SELECT MAP {'a': 1, 'b': NULL} a, MAP {} b",
    "union": "SELECT unnest([union_value(num := 1), NULL])::UNION(num INTEGER, str VARCHAR) a",
    "boolean": "SELECT i % 2 = 0 a, i::FLOAT b, i::DOUBLE c FROM range(17) r(i)",
    "null_type": "SELECT NULL a",
    "many": "SELECT i a FROM range(300) r(i)",
}


FRAME_ROWS = {
    "sorted": "SELECT i * 7 a, i * 3000 b, 1000 + i % 90 c, i % 90 * 1000 d FROM range(400) r(i)",
    "wide": "SELECT i::HUGEINT * 5 a, hash(i) b, (hash(i) % 100000)::UINTEGER c FROM range(100) r(i)",
    "kinds": "SELECT 'kind ' || i % 3 a, CASE WHEN i % 4 > 0 THEN 'other ' || i % 5 END b FROM range(200) r(i)",
    "constants": "SELECT 7 a, 'seven' b, NULL::INTEGER c, NULL::STRUCT(a INTEGER, b VARCHAR[], c INTEGER[2]) d FROM range(70)",
    "long_text": "SELECT repeat('duck', 100) a, repeat('teal', 30) b FROM range(2)",
    "blocks": "SELECT i::USMALLINT a FROM range(5000) r(i)",
}


def arrow_columns():
    """Arrow's types that a server never sends, but any client may."""
    yield "dictionary", pa.array(["a", "b", "a", None]).dictionary_encode()
    yield "large_string", pa.array(["a", None, "ccc"], pa.large_string())
    yield "string_view", pa.array(["a", "a longer text than twelve", None], pa.string_view())
    yield "binary_view", pa.array([b"a", b"\x00" * 20], pa.binary_view())
    yield "fixed_binary", pa.array([b"abcd", None], pa.binary(4))
    yield "large_list", pa.array([[1], None, [2, 3]], pa.large_list(pa.int32()))
    yield "list_view", pa.array([[1], [], [2, 3]], pa.list_view(pa.int32()))
    yield "fixed_list", pa.array([[1, 2], None], pa.list_(pa.int32(), 2))
    yield "run_end", pa.RunEndEncodedArray.from_arrays(pa.array([2, 5], pa.int32()), pa.array(["a", "b"]))
    yield "sparse_union", pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])])
    yield "dense_union", pa.UnionArray.from_dense(pa.array([0, 1], pa.int8()), pa.array([0, 0], pa.int32()), [pa.array([1]), pa.array(["a"])])
    yield "date64", pa.array([0, 86400000], pa.date64())
    yield "time32", pa.array([1, 86399], pa.time32("s"))
    yield "duration", pa.array([1, None], pa.duration("us"))
    yield "month_day_nano", pa.array([pa.MonthDayNano([1, 2, 3])])
    yield "decimal256", pa.array([1, 2]).cast(pa.decimal256(40, 2))
    yield "zoned", pa.array([0, 1], pa.timestamp("ns", "Europe/Berlin"))
    yield "null", pa.nulls(3)


def stream(table, compression=None):
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue()


def write(target, name, content):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def write_record_batches(wire):
    for name, sql in ROWS.items():
        write("record_batch", f"rows_{name}", stream(wire.get("EXECUTE_SQL", sql=sql).read_all()))
    for name, column in arrow_columns():
        write("record_batch", f"arrow_{name}", stream(pa.table({"c": column})))
    long_texts = pa.table({"c": pa.array(["duck" * 50] * 8)})
    write("record_batch", "lz4", stream(long_texts, "lz4"))
    write("record_batch", "zstd", stream(long_texts, "zstd"))
    for number, text in enumerate(TYPES):
        field = pa.field("c", pa.int32(), metadata={"duckdb:type": text})
        write("record_batch", f"type_{number:02}", stream(pa.table([pa.array([1, 2], pa.int32())], schema=pa.schema([field]))))


def frame_input(table, frame):
    """The types' texts, then the frame, as tests/fuzz/frame.cpp reads them."""
    metadata = table.metadata.items()
    types = [value for key, value in metadata if key == b"duckdb:type"]
    return bytes([len(types)]) + b"".join(bytes([len(text)]) + text for text in types) + frame


def write_frames(wire):
    for name, sql in [*ROWS.items(), *FRAME_ROWS.items()]:
        for codec, number in {"": 0, "_lz4": 1, "_zstd": 2}.items():
            reader = wire.get("EXECUTE_SQL", sql=sql, frame_version=1, compression=number)
            for batch in reader.read_all().to_batches():
                write("frame", f"{name}{codec}", frame_input(batch.schema.field(0), batch.column(0)[0].as_py()))


def service_input(method, flags, body, upload=b""):
    return bytes([method, flags]) + len(body).to_bytes(2, "little") + body + upload


def write_service():
    """Methods and flags as tests/fuzz/service.cpp reads them."""
    action, get, info, schema, exchange, put = range(6)
    in_session, strange, numbered = 1, 2, 4

    def add(name, method, flags, kind, upload=b"", **fields):
        write("service", name, service_input(method, flags, request(kind, **fields).SerializeToString(), upload))

    row_schema = pa.schema([pa.field("a", pa.int32(), False, {"duckdb:type": "INTEGER"}), pa.field("b", pa.string())]).serialize().to_pybytes()
    definition = {"name": "a", "type": "DECIMAL(9,2)", "not_null": True, "default_expression": "1 + 1"}
    add("create_schema", action, 0, "CREATE_TABLE", table_name="new", row_schema=row_schema, if_not_exists=True)
    add("create_columns", action, 0, "CREATE_TABLE", table_name="new", column_definitions=[definition])
    add("drop", action, 0, "DROP_TABLE", table_name="new", if_exists=True)
    add("exists", action, 0, "TABLE_EXISTS", table_name="ducks", schema_name="main", catalog_name="memory")
    add("delete", action, 0, "DELETE_DATA", table_name="ducks", filter="id > 90 AND name IS NOT NULL")
    add("execute", exchange, 0, "EXECUTE_SQL", sql="UPDATE ducks SET name = 'teal' WHERE id = 1; DELETE FROM ducks WHERE id = 2")
    add("query", get, 0, "EXECUTE_SQL", sql="SELECT count(*), min(name) FROM ducks WHERE id < 9")
    add("scan", get, 0, "SCAN_TABLE", table_name="ducks", columns=["name", "id"], filter="id > 1", limit=3, offset=1, with_row_id=True)
    add("scan_nothing", get, 0, "SCAN_TABLE", table_name="pond", no_columns=True)
    add("scan_in", get, in_session, "SCAN_TABLE", table_name="ducks", transaction_id=1)
    add("info", info, 0, "SCAN_TABLE", table_name="ducks")
    add("schema", schema, 0, "EXECUTE_SQL", sql="SELECT [1, 2] a, {'b': 3} c")
    add("heartbeat", action, in_session, "HEARTBEAT")
    add("statistics", action, 0, "STATISTICS", client_version="v2.0.0")
    add("open", action, 0, "OPEN_SESSION")
    add("close", action, strange, "CLOSE_SESSION")
    add("begin", action, in_session, "BEGIN_TRANSACTION")
    add("commit", action, in_session, "COMMIT_TRANSACTION", transaction_id=2)
    add("rollback", exchange, in_session, "ROLLBACK_TRANSACTION", transaction_id=2)
    rows = pa.table({"id": pa.array([200, 201], pa.int32()), "name": ["a", None]})
    ids = pa.table({"rowid": pa.array([1, 2], pa.int64())})
    update = pa.table({"rowid": pa.array([3], pa.int64()), "name": ["pintail"]})
    add("insert", put, numbered, "INSERT_DATA", stream(rows), table_name="ducks", insert_id=bytes(16))
    add("insert_named", put, numbered, "INSERT_DATA", stream(rows), table_name="ducks", columns=["id", "name"])
    add("insert_in", put, numbered | in_session, "INSERT_DATA", stream(rows), table_name="ducks", transaction_id=1)
    add("delete_rows", put, numbered | in_session, "DELETE_DATA", stream(ids), table_name="ducks", transaction_id=1)
    add("update_rows", put, numbered | in_session, "UPDATE_DATA", stream(update), table_name="ducks", columns=["name"], transaction_id=1)
    add("update_default", put, numbered | in_session, "UPDATE_DATA", stream(ids), table_name="ducks", default_columns=["name"], transaction_id=1)


def write_texts():
    for number, text in enumerate(TYPES):
        write("type_text", f"{number:02}", text)
    addresses = ["grpc://localhost", "grpc://127.0.0.1:8815/", "grpc+tcp://host-1.example:1", "grpc+tls://[::1]:65535", "grpc://[fe80::1%eth0]"]
    for number, text in enumerate([*addresses, "grpc+unix:///run/skein.sock", "http://host", "grpc://host:0"]):
        write("server_address", f"{number:02}", text)
    peers = ["ipv4:127.0.0.1:5", "ipv6:%5B::1%5D:5", "ipv6:[::ffff:127.0.0.1]:65535", "ipv6:[::ffff:7f00:1]:5", "unix:", "unix:/run/x", "ipv4:10.0.0.1:5"]
    for number, text in enumerate([*peers, "ipv6:%5Bfe80::1%25eth0%5D:5"]):
        write("peer_address", f"{number:02}", text)
    for number, text in enumerate(["t", '"A b".t', 'db.s."t""x"', "  a . b ", "ente_ä$1", '""', "a.b.c.d", '"a']):
        write("table_name", f"{number:02}", text)
    for number, text in enumerate([b"duck", "ü€🦆".encode(), b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\x00b", b"\xc0\x80", "ente ".encode() * 90]):
        write("text", f"{number:02}", text)


def write_others():
    number = [index.to_bytes(8, "little") for index in range(4)]
    write("batch_index", "numbered", b"".join(b"\x00\x08" + bytes_ for bytes_ in number[:3]) + b"\x01\x08" + number[3])
    write("batch_index", "plain", b"\x00\x00" * 4)
    write("batch_index", "broken", b"\x00\x08" + number[0])
    error = (CORPUS / "error" / "full").read_bytes()
    write("failed_call", "error", b"\x0a\x01\x10" + error)
    write("failed_call", "transport", b"\x03\x01\x02connection reset")
    write("failed_call", "change", b"\x03\x01\x41connection reset")
    write("startup_files", "token", "s3cret-token\n")


def write_pem_files():
    """No real key: what parses one is OpenSSL's."""
    with tempfile.TemporaryDirectory() as folder:
        write("startup_files", "certificate", Certificate(folder).pem)
    write("startup_files", "key_damaged", "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\n-----END PRIVATE KEY-----\n")
    header = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
    write("startup_files", "key_encrypted", header + "AAECAwQFBgcICQoLDA0ODw==\n-----END EC PRIVATE KEY-----\n")


def main():
    with Server() as server, Wire(server.uri) as wire:
        write_record_batches(wire)
        write_frames(wire)
    write_service()
    write_texts()
    write_others()
    write_pem_files()
    return 0


if __name__ == "__main__":
    sys.exit(main())
