"""SIGKILL of the client, then of the server, at a random byte of an upload: all of its rows or none, and every
acknowledged one after a restart."""

import contextlib
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

import pyarrow as pa
import pytest

import skein_server
from byte_proxy import ByteProxy
from wire import Wire

HERE = pathlib.Path(__file__).resolve().parent
SEEDS = range(20)
BATCHES = 40
BATCH_ROWS = 5000
ROWS = BATCHES * BATCH_ROWS

UPLOAD = """
import sys
import test_server_crashes as crashes
print("ready", flush=True)
sys.stdin.readline()
print(crashes.upload(sys.argv[1], int(sys.argv[2])), flush=True)
"""


def upload(uri, number, all_written=lambda: None):
    """Uploads ROWS rows of the upload `number`; the rows the server acknowledged."""
    with Wire(uri) as wire:
        schema = pa.schema([("upload", pa.int32()), ("i", pa.int64()), ("s", pa.string())])
        stream = wire.put(schema, table_name="t")
        for batch in range(BATCHES):
            first = batch * BATCH_ROWS
            columns = [pa.array([number] * BATCH_ROWS, pa.int32()), pa.array(range(first, first + BATCH_ROWS), pa.int64()),
                       pa.array([f"row {i}" for i in range(first, first + BATCH_ROWS)])]
            stream[0].write_batch(pa.record_batch(columns, schema=schema))
        all_written()
        return wire.finish(stream).rows_affected


def start(server_factory, database):
    server = server_factory(database=database)
    with Wire(server.uri) as wire:
        wire.execute("CREATE TABLE IF NOT EXISTS t (upload INTEGER, i BIGINT, s VARCHAR)")
    return server


def kept(wire, number):
    """Rows of one upload, after checking that they are the ones that were sent."""
    count, distinct, total = wire.query(f"SELECT count(*), count(DISTINCT i), coalesce(sum(i), 0)::BIGINT FROM t WHERE upload = {number} "
                                        "AND s = 'row ' || i")[0]
    assert count == wire.value(f"SELECT count(*) FROM t WHERE upload = {number}")
    assert (count, distinct, total) in ((0, 0, 0), (ROWS, ROWS, ROWS * (ROWS - 1) // 2))
    return count


@pytest.fixture(scope="module")
def upload_bytes():
    """What a client sends for one whole upload, less what may differ from run to run."""
    with skein_server.Server() as server, Wire(server.uri) as wire:
        wire.execute("CREATE TABLE t (upload INTEGER, i BIGINT, s VARCHAR)")
        with ByteProxy(server.port) as proxy:
            assert upload(proxy.uri, 0) == ROWS
            return proxy.sent - 2000


def wait_until_idle(wire):
    deadline = time.monotonic() + skein_server.HANG_SECONDS
    while wire.statistics().active_statements:
        assert time.monotonic() < deadline, "a statement of a dead client goes on"
        time.sleep(0.02)


@contextlib.contextmanager
def uploading_process(uri, number):
    """A process that uploads once it is given a line."""
    environment = skein_server.clean_environment(PYTHONPATH=":".join([str(HERE), *(entry for entry in sys.path if entry)]))
    process = subprocess.Popen([sys.executable, "-c", UPLOAD, uri, str(number)], text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_client_is_killed_at_a_random_byte(server_factory, tmp_path, upload_bytes):
    database = tmp_path / "skein.db"
    server = start(server_factory, database)
    outcomes = {}
    with Wire(server.uri) as wire:
        for seed in SEEDS:
            at = random.Random(seed).randint(1, upload_bytes)
            with ByteProxy(server.port, at) as proxy, uploading_process(proxy.uri, seed) as client:
                proxy.action = client.kill
                client.stdin.write("go\n")
                client.stdin.flush()
                assert client.wait(skein_server.HANG_SECONDS) == -signal.SIGKILL
            wait_until_idle(wire)
            outcomes[seed] = kept(wire, seed)
        # The server is as good as new: the next upload is whole.
        assert upload(server.uri, len(SEEDS)) == ROWS
        assert kept(wire, len(SEEDS)) == ROWS
    assert server.stop() == 0
    server = start(server_factory, database)
    with Wire(server.uri) as wire:
        assert {seed: kept(wire, seed) for seed in SEEDS} == outcomes


def acknowledged_upload(uri, number):
    """The rows acknowledged; 0 where the connection broke first."""
    try:
        return upload(uri, number)
    except pa.ArrowException:
        return 0


def test_the_server_is_killed_at_a_random_byte(server_factory, tmp_path, upload_bytes):
    database = tmp_path / "skein.db"
    acknowledged = {}
    server = start(server_factory, database)
    for seed in SEEDS:
        # A whole upload first, then one that the server does not survive.
        acknowledged[2 * seed] = upload(server.uri, 2 * seed)
        assert acknowledged[2 * seed] == ROWS
        at = random.Random(seed).randint(1, upload_bytes)
        with ByteProxy(server.port, at, server.kill) as proxy:
            acknowledged[2 * seed + 1] = acknowledged_upload(proxy.uri, 2 * seed + 1)
            assert proxy.fired.is_set()
        server = start(server_factory, database)
        with Wire(server.uri) as wire:
            for number, rows in acknowledged.items():
                assert kept(wire, number) >= rows, f"seed {seed}: upload {number} was acknowledged"


def test_the_server_is_killed_while_it_commits(server_factory, tmp_path):
    database = tmp_path / "skein.db"
    acknowledged = {}
    for seed in SEEDS:
        server = start(server_factory, database)
        killer = threading.Timer(random.Random(seed).uniform(0, 0.15), server.kill)
        try:
            acknowledged[seed] = upload(server.uri, seed, killer.start)
        except pa.ArrowException:
            acknowledged[seed] = 0
        killer.join()
    server = start(server_factory, database)
    with Wire(server.uri) as wire:
        for number, rows in acknowledged.items():
            assert kept(wire, number) >= rows, f"upload {number} was acknowledged"


def test_the_server_is_killed_once_all_was_acknowledged(server_factory, tmp_path):
    database = tmp_path / "skein.db"
    for number in range(5):
        server = start(server_factory, database)
        assert upload(server.uri, number) == ROWS
        server.kill()
    server = start(server_factory, database)
    with Wire(server.uri) as wire:
        for number in range(5):
            assert kept(wire, number) == ROWS
