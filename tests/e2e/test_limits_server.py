"""The server's limits at their edge: the value itself works, one more is refused by name, and who is there goes on."""

import contextlib
import os
import pathlib
import threading
import time

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from program import refusal
from refusals import bytes_at_rest, finish, refused_by_flight, refused_by_sql
from twin import quoted, wait_until
from wire import Wire, request

MIB = 1 << 20
OPTIONS = {
    "--max-sessions": (1, 1_000_000),
    "--session-lease-seconds": (1, 86_400),
    "--max-streams": (1, 1_000_000),
    "--max-statement-seconds": (0, 1_000_000),
    "--max-request-bytes": (64 << 10, 64 * MIB),
    "--max-upload-batch-bytes": (64 * MIB, 512 * MIB),
    "--scan-buffer-bytes": (MIB, 16 << 30),
    "--upload-buffer-bytes": (MIB, 16 << 30),
}
ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
ENDLESS_WITHOUT_ROWS = "SELECT a.range FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = -1"


@pytest.mark.parametrize("option", OPTIONS)
def test_what_an_option_takes(server_factory, option):
    least, most = OPTIONS[option]
    for wrong in (least - 1, most + 1, "many", ""):
        said = refusal(option, wrong, code=2)
        assert option in said and f"from {least} to {most}" in said
    for right in (least, most):
        server_factory(option, right)


def test_sessions(server_factory, connect):
    server = server_factory("--max-sessions", 2)
    with Wire(server.uri) as wire, contextlib.ExitStack() as stack:
        wire.execute("CREATE TABLE t (i INTEGER)")
        client = connect()
        client.execute(f"CALL register_remote_table('t', {quoted(server.uri)}, 't')")
        there = [stack.enter_context(Wire(server.uri, session=wire.action("OPEN_SESSION").session_id)) for _ in range(2)]
        refused = refused_by_flight(lambda: wire.action("OPEN_SESSION"))
        assert refused.name == "LIMIT_REACHED" and "2 sessions" in refused.text and "--max-sessions" in refused.text
        # Who is there goes on, and so does whoever needs no session.
        for own in there:
            transaction = own.action("BEGIN_TRANSACTION").transaction_id
            own.execute("INSERT INTO t VALUES (1)", transaction_id=transaction)
            own.action("COMMIT_TRANSACTION", transaction_id=transaction)
        client.execute("INSERT INTO t VALUES (2)")
        assert client.execute("FROM t ORDER BY ALL").fetchall() == [(1,), (1,), (2,)]
        client.execute("BEGIN")
        refused = refused_by_sql(client, "INSERT INTO t VALUES (3)")
        assert refused.name == "OutOfRangeException" and "--max-sessions" in refused.text
        client.execute("ROLLBACK")
        there[0].action("CLOSE_SESSION")
        client.execute("BEGIN; INSERT INTO t VALUES (4); COMMIT")
        assert wire.value("SELECT count(*) FROM t") == 4


def test_streams(server_factory):
    server = server_factory("--max-streams", 2)
    rows = pa.record_batch({"i": pa.array([1], pa.int32())})
    with Wire(server.uri) as wire:
        wire.execute("CREATE TABLE t (i INTEGER)")
        scan = wire.get("EXECUTE_SQL", sql="SELECT range FROM range(10000000)")
        read = scan.read_chunk().data.num_rows
        upload = wire.put(rows.schema, table_name="t")
        upload[0].write_batch(rows)
        wait_until(lambda: wire.statistics().active_statements == 2, "both streams to be under way")
        for act in (lambda: wire.get("EXECUTE_SQL", sql="SELECT 1"), lambda: wire.insert("t", pa.Table.from_batches([rows]))):
            refused = refused_by_flight(act)
            assert refused.name == "LIMIT_REACHED" and "2 scans and uploads" in refused.text and "--max-streams" in refused.text
        assert wire.execute("INSERT INTO t VALUES (2)").rows_affected == 1
        assert read + sum(chunk.data.num_rows for chunk in scan) == 10_000_000
        finish(upload)
        wait_until(lambda: wire.statistics().active_statements == 0, "both streams to end")
        assert wire.query("FROM t ORDER BY ALL") == [(1,), (2,)]


@pytest.fixture(scope="module")
def hasty():
    """A server that gives a statement one second."""
    from skein_server import Server

    with Server("--max-statement-seconds", 1) as server:
        with Wire(server.uri) as wire:
            wire.execute("CREATE TABLE t (i BIGINT); INSERT INTO t VALUES (0)")
        yield server


def over(refused):
    return "1 seconds" in refused.text and "--max-statement-seconds" in refused.text


def test_statement_time(hasty, connect):
    client, uri = connect(), quoted(hasty.uri)
    client.execute(f"CALL register_remote_table('t', {uri}, 't')")
    for sql in (f"FROM skein_query({uri}, '{ENDLESS}')", f"CALL skein_execute({uri}, 'INSERT INTO t {ENDLESS}')",
                f"FROM skein_query({uri}, '{ENDLESS_WITHOUT_ROWS}')"):
        refused = refused_by_sql(client, sql)
        assert refused.name == "OutOfRangeException" and over(refused), refused
        assert client.execute("FROM t").fetchall() == [(0,)]
    with Wire(hasty.uri) as wire:
        for act in (lambda: wire.query(ENDLESS), lambda: wire.execute(f"INSERT INTO t {ENDLESS}")):
            refused = refused_by_flight(act)
            assert refused.name == "LIMIT_REACHED" and over(refused), refused
        wait_until(lambda: wire.statistics().active_statements == 0, "the statements to be over")


def test_statement_time_in_a_transaction(hasty):
    with Wire(hasty.uri) as wire, Wire(hasty.uri, session=wire.action("OPEN_SESSION").session_id) as own:
        transaction = own.action("BEGIN_TRANSACTION").transaction_id
        own.execute("INSERT INTO t VALUES (1)", transaction_id=transaction)
        assert over(refused_by_flight(lambda: own.execute(f"INSERT INTO t {ENDLESS}", transaction_id=transaction)))
        own.action("ROLLBACK_TRANSACTION", transaction_id=transaction)
        # The limit is a statement's, not the session's.
        time.sleep(1.1)
        assert own.query("FROM t") == [(0,)]


def test_statement_time_of_clients_that_stall(hasty):
    rows = pa.record_batch({"i": pa.array([5], pa.int64())})
    with Wire(hasty.uri) as wire:
        scan = wire.get("EXECUTE_SQL", sql="SELECT range FROM range(1000000000000)")
        scan.read_chunk()
        upload = wire.put(rows.schema, table_name="t")
        upload[0].write_batch(rows)
        time.sleep(1.5)
        assert over(refused_by_flight(lambda: [None for _ in scan]))
        with contextlib.suppress(flight.FlightError, pa.ArrowException):
            upload[0].write_batch(rows)
        assert over(refused_by_flight(lambda: finish(upload)))
        assert wire.query("FROM t") == [(0,)]


def padded(size):
    """A request to count to 42 that is exactly so long."""
    empty = len(request("EXECUTE_SQL", sql="SELECT 42 -- " + "x" * 1000).SerializeToString())
    # The length of the text is written in two bytes or three.
    for extra in (0, 1):
        encoded = request("EXECUTE_SQL", sql="SELECT 42 -- " + "x" * (1000 + size - empty - extra)).SerializeToString()
        if len(encoded) == size:
            return encoded
    raise AssertionError(size)


def test_request_bytes(server_factory):
    size = 100_000
    with Wire(server_factory("--max-request-bytes", size).uri) as wire:
        doors = {
            "ticket": lambda encoded: wire.client.do_get(flight.Ticket(encoded)).read_all().num_rows,
            "descriptor": lambda encoded: len(wire.client.get_flight_info(flight.FlightDescriptor.for_command(encoded)).schema),
        }
        for name, call in doors.items():
            assert call(padded(size)) == 1, name
            refused = refused_by_flight(lambda call=call: call(padded(size + 1)))
            assert refused.name == "LIMIT_REACHED" and f"{size + 1} bytes" in refused.text and "--max-request-bytes" in refused.text
        assert "returns rows" in refused_by_flight(lambda: list(wire.client.do_action(flight.Action("EXECUTE_SQL", padded(size))))).text
        refused = refused_by_flight(lambda: list(wire.client.do_action(flight.Action("EXECUTE_SQL", padded(size + 1)))))
        assert refused.name == "LIMIT_REACHED"


def test_upload_batch_bytes(server_factory):
    size = 64 * MIB

    def batch(bytes_max):
        """One row as large as the batch may be."""
        overhead = pa.ipc.get_record_batch_size(pa.record_batch({"b": [b"x" * 1024]})) - 1024
        made = pa.record_batch({"b": [b"x" * (bytes_max - overhead)]})
        assert pa.ipc.get_record_batch_size(made) == bytes_max
        return pa.Table.from_batches([made])

    with Wire(server_factory("--max-upload-batch-bytes", size).uri) as wire:
        wire.execute("CREATE TABLE t (b BLOB)")
        assert wire.insert("t", batch(size)).rows_affected == 1

        def larger():
            rows = batch(size + 64)
            upload = wire.put(rows.schema, table_name="t")
            with contextlib.suppress(flight.FlightError, pa.ArrowException):
                upload[0].write_table(rows)
            finish(upload)

        refused = refused_by_flight(larger)
        assert refused.name == "LIMIT_REACHED" and f"{size + 64} bytes" in refused.text and "--max-upload-batch-bytes" in refused.text
        assert wire.value("SELECT count(*) FROM t") == 1


# Buffers: what a peer takes of more than there is room for. The transport holds some MiB besides.
BUFFERS = {MIB: (0, 24 * MIB), 65 * MIB: (48 * MIB, 89 * MIB)}


@pytest.mark.parametrize("size", BUFFERS)
def test_scan_buffer_bytes(server_factory, size):
    """So many bytes are made of rows that nobody reads, and no more."""
    least, most = BUFFERS[size]
    server = server_factory("--scan-buffer-bytes", size)
    with Wire(server.uri) as wire, Wire(server.uri) as watcher:
        scan = wire.get("EXECUTE_SQL", sql="SELECT range FROM range(100000000)")
        assert scan.read_chunk().data.num_rows > 0
        assert bytes_at_rest(lambda: watcher.statistics().rows_produced, least) <= most
        scan.cancel()


BATCH_ROWS = 16384
BATCHES = 1000
#: One turn of an engine's thread at it does not end: tables it has to collect first are small, so that no other task
#: gets a turn meanwhile.
ENDLESS_TURN = "SELECT sum(a.range + b.range * c.range) FROM range(10000000) a, range(1000) b, range(1000) c, range(1000) d"


def cpu_seconds(pid):
    """What a process has computed."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bytes_taken_while_busy(server, size):
    """What a server takes of an upload while its engine has something else to do. In the end it takes all."""
    batch = pa.record_batch({"i": pa.array(range(BATCH_ROWS), pa.int64())})
    with Wire(server.uri) as wire, Wire(server.uri) as busy, Wire(server.uri) as sender:
        wire.execute("CREATE TABLE t (i BIGINT)")
        before = cpu_seconds(server.pid)
        endless = busy.get("EXECUTE_SQL", sql=f"SELECT * FROM ({ENDLESS_TURN})")
        # A statement is counted before the engine begins with it.
        wait_until(lambda: cpu_seconds(server.pid) > before + 0.5, "the engine to be busy")
        upload = sender.put(batch.schema, table_name="t")

        def send():
            for _ in range(BATCHES):
                upload[0].write_batch(batch)

        thread = threading.Thread(target=send)
        thread.start()
        received = bytes_at_rest(lambda: wire.statistics().rows_received, BUFFERS[size][0])
        endless.cancel()
        thread.join()
        finish(upload)
        assert wire.value("SELECT count(*) FROM t") == BATCHES * BATCH_ROWS
    return received


@pytest.mark.parametrize("size", BUFFERS)
def test_upload_buffer_bytes(server_factory, size):
    """So many bytes are taken, and no more. On a machine that others use the thread of the upload's call may work for the
    engine and take all: then it is tried again."""
    taken = []
    while len(taken) < 4 and not (taken and taken[-1] <= BUFFERS[size][1]):
        taken.append(bytes_taken_while_busy(server_factory("--threads", 1, "--upload-buffer-bytes", size), size))
    assert taken[-1] <= BUFFERS[size][1], taken


def test_a_session_lease(server_factory, connect):
    seconds = 1
    server = server_factory("--session-lease-seconds", seconds)
    with Wire(server.uri) as wire:
        wire.execute("CREATE TABLE t (i INTEGER)")
        opened = wire.action("OPEN_SESSION")
        assert opened.lease_milliseconds == 1000 * seconds
        wait_until(lambda: wire.statistics().sessions == 0, "the session to lapse")
        with Wire(server.uri, session=opened.session_id) as own:
            assert refused_by_flight(lambda: own.query("SELECT 1")).name == "SESSION_NOT_FOUND"
        # The extension renews sessions as often as the server wants it.
        client = connect()
        client.execute(f"CALL register_remote_table('t', {quoted(server.uri)}, 't')")
        client.execute("BEGIN; INSERT INTO t VALUES (1)")
        # Longer than a session lives without a sign of life.
        time.sleep(2 * seconds)
        assert client.execute("FROM t").fetchall() == [(1,)]
        client.execute("COMMIT")
        assert wire.query("FROM t") == [(1,)]
        # A session that lapsed in the pool is not used again.
        time.sleep(2 * seconds)
        client.execute("BEGIN; INSERT INTO t VALUES (2); COMMIT")
        assert wire.query("FROM t ORDER BY ALL") == [(1,), (2,)]
