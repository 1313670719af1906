"""Streams that stand still: readers that stop, clients that vanish, uploads that stall. They cost little, end when their
client does, and nobody else notices."""

import contextlib
import pathlib
import signal
import subprocess
import sys
import time

import pyarrow as pa
import pytest

import lineitem
import namespaces
import skein_server
from byte_proxy import ByteProxy
from wire import Wire

HERE = pathlib.Path(__file__).resolve().parent
MEMORY_RISE_MAX = 64 << 20
BATCH_ROWS = 1000
BATCH = pa.record_batch({"upload": pa.array([0] * BATCH_ROWS, pa.int32()), "i": pa.array(range(BATCH_ROWS), pa.int64())})

READ_ONE_BATCH = """
import sys
from wire import Wire
wire = Wire(sys.argv[1])
reader = wire.get("SCAN_TABLE", table_name="lineitem")
print(reader.read_chunk().data.num_rows, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def lineitem_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("lineitem") / "lineitem.db"
    lineitem.generate(path)
    return path


@pytest.fixture
def lineitem_server(server_factory, lineitem_file):
    server = server_factory("--read-only", database=lineitem_file)
    with Wire(server.uri) as wire:
        # What any scan leaves behind (code, buffers of Flight, metadata) is there before memory is measured.
        wire.get("SCAN_TABLE", table_name="lineitem", limit=100000).read_all()
    return server


def wait_until(condition, what):
    deadline = time.monotonic() + skein_server.HANG_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited too long: {what}"
        time.sleep(0.05)


def wait_until_idle(wire):
    wait_until(lambda: wire.statistics().active_statements == 0, "statements of clients that are gone still run")


def rows_produced_at_rest(wire):
    """rows_produced once it has not changed for a second."""
    produced, since = wire.statistics().rows_produced, time.monotonic()
    deadline = since + skein_server.HANG_SECONDS
    while time.monotonic() - since < 1:
        assert time.monotonic() < deadline, "the engine goes on producing rows nobody reads"
        time.sleep(0.1)
        now = wire.statistics().rows_produced
        if now != produced:
            produced, since = now, time.monotonic()
    return produced


def test_a_reader_that_stops_stops_the_engine(lineitem_server):
    with Wire(lineitem_server.uri) as watcher:
        before = watcher.statistics().rows_produced
        memory = lineitem_server.memory_bytes()
        with Wire(lineitem_server.uri) as wire:
            reader = wire.get("SCAN_TABLE", table_name="lineitem")
            assert reader.read_chunk().data.num_rows > 0
            produced = rows_produced_at_rest(watcher) - before
            assert 0 < produced < lineitem.ROWS / 2
            assert lineitem_server.memory_bytes() - memory <= MEMORY_RISE_MAX
            assert watcher.statistics().active_statements == 1
            reader.cancel()
            wait_until_idle(watcher)
        assert watcher.statistics().rows_produced - before < lineitem.ROWS


def test_a_reader_that_goes_on_gets_every_row(lineitem_server):
    with Wire(lineitem_server.uri) as wire, Wire(lineitem_server.uri) as watcher:
        reader = wire.get("SCAN_TABLE", table_name="lineitem")
        rows = reader.read_chunk().data.num_rows
        rows_produced_at_rest(watcher)
        rows += sum(chunk.data.num_rows for chunk in reader)
        assert rows == lineitem.ROWS


def test_closing_the_connection_ends_its_scans(lineitem_server):
    with Wire(lineitem_server.uri) as watcher:
        wire = Wire(lineitem_server.uri)
        readers = [wire.get("SCAN_TABLE", table_name="lineitem") for _ in range(4)]
        for reader in readers:
            reader.read_chunk()
        assert watcher.statistics().active_statements == 4
        del readers, reader
        wire.close()
        wait_until_idle(watcher)


@contextlib.contextmanager
def process(code, *arguments):
    path = ":".join([str(HERE), *(entry for entry in sys.path if entry)])
    started = subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, env=skein_server.clean_environment(PYTHONPATH=path))
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def test_a_killed_reader_ends_its_scan(lineitem_server):
    with Wire(lineitem_server.uri) as watcher, process(READ_ONE_BATCH, lineitem_server.uri) as client:
        assert int(client.stdout.readline()) > 0
        assert watcher.statistics().active_statements == 1
        client.send_signal(signal.SIGKILL)
        wait_until_idle(watcher)


def test_a_killed_client_ends_the_statement_that_has_no_row_yet(lineitem_server):
    code = "import sys, wire; wire.Wire(sys.argv[1]).query('SELECT count(*) FROM range(1000000000000000) WHERE range % 7 = 8')"
    with Wire(lineitem_server.uri) as watcher, process(code, lineitem_server.uri) as client:
        wait_until(lambda: watcher.statistics().active_statements == 1, "the statement did not start")
        client.send_signal(signal.SIGKILL)
        wait_until_idle(watcher)


def test_a_stopped_reader_disturbs_nobody(lineitem_server):
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(process(READ_ONE_BATCH, lineitem_server.uri)) for _ in range(4)]
        for client in clients:
            assert int(client.stdout.readline()) > 0
            client.send_signal(signal.SIGSTOP)
        with Wire(lineitem_server.uri) as wire:
            assert wire.get("SCAN_TABLE", table_name="lineitem", columns=["l_orderkey"]).read_all().num_rows == lineitem.ROWS
            assert wire.statistics().active_statements == len(clients)
            for client in clients:
                client.kill()
            wait_until_idle(wire)


LEAVE_WORK_BEHIND = """
import sys, wire
session = wire.Wire(sys.argv[1]).action("OPEN_SESSION").session_id
own = wire.Wire(sys.argv[1], session=session)
transaction = own.action("BEGIN_TRANSACTION").transaction_id
own.execute("INSERT INTO t VALUES (1)", transaction_id=transaction)
"""
# What is under way when the network goes: rows on their way, a reader that stands still (no packet is due), an upload.
UNDER_WAY = {
    "scan": """
reader = own.get("EXECUTE_SQL", sql="SELECT range FROM range(1000000000000)")
print(reader.read_chunk().data.num_rows > 0, flush=True)
for chunk in reader:
    pass
""",
    "reader that stands still": """
reader = own.get("EXECUTE_SQL", sql="SELECT range FROM range(1000000000000)")
print(reader.read_chunk().data.num_rows > 0, flush=True)
sys.stdin.readline()
""",
    "upload": """
import pyarrow
batch = pyarrow.record_batch({"i": pyarrow.array([7], pyarrow.int32())})
writer, _ = own.put(batch.schema, table_name="t")
writer.write_batch(batch)
while not own.statistics().active_statements:
    pass
print(True, flush=True)
sys.stdin.readline()
""",
}


def call_on(prefix, uri, expression):
    """What an expression over `wire` gives on one of two hosts."""
    code = f"import sys, wire as module; wire = module.Wire(sys.argv[1]); print({expression})"
    ended = subprocess.run([*prefix, "env", f"PYTHONPATH={HERE}", sys.executable, "-c", code, uri], text=True, capture_output=True)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@pytest.mark.slow
@pytest.mark.skipif(namespaces.why_not() is not None, reason=f"no network namespaces: {namespaces.why_not()}")
@pytest.mark.parametrize("what", UNDER_WAY)
def test_a_client_whose_network_is_gone(server_factory, what):
    """No packet tells the server: TCP ends what is under way, the lease ends the session and its transaction."""
    with namespaces.TwoHosts() as hosts:
        server = server_factory("--allow-remote-without-authentication", host="0.0.0.0", prefix=hosts.on_server)
        near, far = f"grpc://127.0.0.1:{server.port}", f"grpc://{namespaces.SERVER_ADDRESS}:{server.port}"
        call_on(hosts.on_server, near, "wire.execute('CREATE TABLE t (i INTEGER)')")
        client = subprocess.Popen([*hosts.on_client, "env", f"PYTHONPATH={HERE}", sys.executable, "-c", LEAVE_WORK_BEHIND + UNDER_WAY[what], far],
                                  text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert client.stdout.readline() == "True\n"
            active = "wire.statistics().active_statements"
            assert call_on(hosts.on_server, near, active) == "1"
            hosts.cut()
            wait_until(lambda: call_on(hosts.on_server, near, active) == "0", "the work of a client that is gone")
            wait_until(lambda: call_on(hosts.on_server, near, "wire.statistics().sessions") == "0", "its session")
            assert call_on(hosts.on_server, near, "wire.query('SELECT count(*) FROM t')") == "[(0,)]"
        finally:
            client.kill()
            client.communicate()


def numbered(number):
    return BATCH.set_column(0, "upload", pa.array([number] * BATCH_ROWS, pa.int32()))


def start_uploads(wire, numbers):
    """Uploads that have sent one batch, which the server has taken."""
    taken = wire.statistics().rows_received
    uploads = {number: wire.put(BATCH.schema, table_name="t") for number in numbers}
    for number, (writer, _) in uploads.items():
        writer.write_batch(numbered(number))
    wait_until(lambda: wire.statistics().rows_received >= taken + len(uploads) * BATCH_ROWS, "the first batches are not taken")
    return uploads


def upload_whole(uri, number, batches=20):
    with Wire(uri) as wire:
        upload = wire.put(BATCH.schema, table_name="t")
        for _ in range(batches):
            upload[0].write_batch(numbered(number))
        assert wire.finish(upload).rows_affected == batches * BATCH_ROWS


@pytest.mark.parametrize("threads", [1, 2])
def test_stalled_uploads_do_not_slow_the_others(server_factory, tmp_path, threads):
    server = server_factory("--threads", threads, database=tmp_path / "skein.db")
    with Wire(server.uri) as wire, ByteProxy(server.port) as proxy, Wire(server.uri) as kept, Wire(proxy.uri) as lost:
        wire.execute("CREATE TABLE t (upload INTEGER, i BIGINT)")
        ending = start_uploads(kept, range(8))
        breaking = start_uploads(lost, range(8, 16))
        # The engine's threads are all still there for others: uploads, scans and statements go through.
        for number in range(100, 104):
            upload_whole(server.uri, number)
        assert wire.value("SELECT count(*) FROM t") == 4 * 20 * BATCH_ROWS
        assert wire.query("SELECT sum(range)::BIGINT FROM range(3000000)") == [(4499998500000,)]
        assert wire.get("EXECUTE_SQL", sql="SELECT range FROM range(1000000)").read_all().num_rows == 1000000
        assert wire.execute("DELETE FROM t WHERE upload >= 100").rows_affected == 4 * 20 * BATCH_ROWS
        assert wire.statistics().active_statements == len(ending) + len(breaking)
        # Half of them go on and end, the connection of the others breaks.
        for number, upload in ending.items():
            upload[0].write_batch(numbered(number))
            assert kept.finish(upload).rows_affected == 2 * BATCH_ROWS
        proxy.close()
        wait_until_idle(wire)
        assert wire.query("SELECT upload, count(*), sum(i)::BIGINT FROM t GROUP BY ALL ORDER BY ALL") == [
            (number, 2 * BATCH_ROWS, BATCH_ROWS * (BATCH_ROWS - 1)) for number in ending]


@pytest.mark.parametrize("threads", [1, 2])
def test_sixteen_clients_that_send_one_row_and_stall(server_factory, threads):
    """Half of them in transactions. A session of somebody else reads and writes the same table meanwhile."""
    server = server_factory("--threads", threads)
    row = BATCH.slice(0, 1)
    with contextlib.ExitStack() as stack:
        wire = stack.enter_context(Wire(server.uri))
        wire.execute("CREATE TABLE t (upload INTEGER, i BIGINT)")
        stalled = []
        for number in range(16):
            client = stack.enter_context(Wire(server.uri, session=wire.action("OPEN_SESSION").session_id))
            fields = {"transaction_id": client.action("BEGIN_TRANSACTION").transaction_id} if number % 2 else {}
            stalled.append((client, client.put(row.schema, table_name="t", **fields), fields))
            stalled[-1][1][0].write_batch(row)
        wait_until(lambda: wire.statistics().rows_received >= len(stalled), "the rows to arrive")
        other = stack.enter_context(Wire(server.uri, session=wire.action("OPEN_SESSION").session_id))
        assert other.execute("INSERT INTO t SELECT 99, range FROM range(100000)").rows_affected == 100000
        assert other.query("SELECT count(*), sum(i)::BIGINT FROM t") == [(100000, 4999950000)]
        other.insert("t", pa.Table.from_batches([BATCH]))
        assert other.value("SELECT count(*) FROM t") == 100000 + BATCH_ROWS
        assert wire.statistics().active_statements == len(stalled)
        for client, upload, fields in stalled:
            assert client.finish(upload).rows_affected == 1
            if fields:
                client.action("COMMIT_TRANSACTION", **fields)
        assert wire.value("SELECT count(*) FROM t") == 100000 + BATCH_ROWS + len(stalled)


@pytest.mark.parametrize("threads", [1, 2])
def test_stalled_uploads_cost_little(server_factory, threads):
    server = server_factory("--threads", threads)
    with Wire(server.uri) as wire:
        wire.execute("CREATE TABLE t (upload INTEGER, i BIGINT)")
        upload_whole(server.uri, 100)
        memory = server.memory_bytes()
        with ByteProxy(server.port) as proxy, Wire(proxy.uri) as lost:
            uploads = start_uploads(lost, range(64))
            assert server.memory_bytes() - memory <= MEMORY_RISE_MAX * 2
            proxy.close()
            del uploads
        wait_until_idle(wire)
        assert wire.value("SELECT count(*) FROM t") == 20 * BATCH_ROWS
