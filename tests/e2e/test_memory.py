"""Both sides stay small however large a table is: resident memory, measured from outside, of rows that are many times larger.

The bounds leave room for the program, its libraries and an allocator's reserve; none of them could hold the rows. The
bounds at full size, 1 GB and lineitem at scale factor 10, are cases of `make bench ONLY=memory`.
"""

import contextlib
import json
import subprocess
import sys

import duckdb
import pyarrow.flight as flight
import pytest
import skein_server
import wire
from memory_process import MemoryWatch

MB = 1_000_000
SERVER_LIMIT = "100MB"
#: Over the limit: the program and its libraries, the buffers of one stream, what an allocator keeps.
SERVER_BYTES_MAX = 100 * MB + 240 * MB
#: One more stream: batches that wait for the client, those being made, and the message being sent.
STREAM_BYTES_MAX = 64 * MB
CLIENT_LIMIT = "100MB"
CLIENT_GROWTH_BYTES_MAX = 300 * MB

#: Numbers that do not compress, and a text: 400 MB in a file and on the wire.
ROWS = 800_000
NUMBERS = 60
TABLE = ", ".join(f"n{number} UBIGINT" for number in range(NUMBERS)) + ", text VARCHAR"
WIDE_ROWS = "SELECT {}, hex(hash(range)) AS text FROM range({})".format(
    ", ".join(f"hash(range * {NUMBERS} + {number}) AS n{number}" for number in range(NUMBERS)), ROWS
)
SUMS = "count(*), bit_xor(hash(text)), " + ", ".join(f"bit_xor(n{number})" for number in range(NUMBERS))

#: The client is a process of its own: pytest's would count all that other tests left behind. DuckDB writes its progress
#: where answers would go.
CLIENT = r"""
import json, os, sys
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
sys.path[:0] = json.loads(sys.argv[1])
from client_database import open_client
connection = open_client(memory_limit=sys.argv[2])
for line in sys.stdin:
    rows = connection.execute(json.loads(line)).fetchall()
    print(json.dumps(rows, default=str), flush=True, file=answers)
"""


class ClientProcess:
    def __init__(self):
        paths = json.dumps([path for path in sys.path if path])
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLIENT, paths, CLIENT_LIMIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @property
    def pid(self):
        return self.process.pid

    def execute(self, sql):
        self.process.stdin.write(json.dumps(sql) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the client ended with {self.process.wait(skein_server.HANG_SECONDS)}"
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(skein_server.HANG_SECONDS) == 0


@pytest.fixture
def client_process():
    with contextlib.closing(ClientProcess()) as client:
        yield client


@pytest.fixture(scope="module")
def wide_file(tmp_path_factory):
    """A database file with the rows, and what SUMS is over them."""
    path = tmp_path_factory.mktemp("wide") / "wide.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET memory_limit = '500MB'; SET preserve_insertion_order = false")
        connection.execute(f"CREATE TABLE wide AS {WIDE_ROWS}")
        sums = connection.execute(f"SELECT {SUMS} FROM wide").fetchone()
    assert path.stat().st_size > max(SERVER_BYTES_MAX, CLIENT_GROWTH_BYTES_MAX), "the rows must not fit into what is allowed"
    yield path, [str(value) for value in sums]
    path.unlink()


def texts(rows):
    return [str(value) for value in rows[0]]


def rows_moved(client):
    """Sent and received, as the client counts them."""
    return client.execute("SELECT sum(rows_sent)::BIGINT, sum(rows_received)::BIGINT FROM skein_statistics() WHERE side = 'client'")[0]


def check(server_watch, client_watch):
    assert server_watch.peak() <= SERVER_BYTES_MAX
    assert client_watch.growth() <= CLIENT_GROWTH_BYTES_MAX


@pytest.mark.timeout(600)
def test_scan(server_factory, client_process, wide_file):
    path, sums = wide_file
    server = server_factory("--memory-limit", SERVER_LIMIT, "--read-only", database=path)
    client_process.execute(f"CALL register_remote_table('wide', '{server.uri}', 'wide')")
    client_process.execute("SELECT * FROM wide WHERE n0 < 0")
    server_watch, client_watch = MemoryWatch(server.pid), MemoryWatch(client_process.pid)
    assert texts(client_process.execute(f"SELECT {SUMS} FROM wide")) == sums
    check(server_watch, client_watch)
    assert rows_moved(client_process)[1] == ROWS


@pytest.mark.timeout(600)
@pytest.mark.parametrize("begin", [False, True], ids=["autocommit", "transaction"])
def test_insert(server_factory, client_process, wide_file, tmp_path, begin):
    """Rows outgrow the server's limit: those of an upload outside a transaction go into the file as they come, those
    inside one into its temporary folder first."""
    path, sums = wide_file
    server = server_factory("--memory-limit", SERVER_LIMIT, database=tmp_path / "target.duckdb")
    client_process.execute(f"ATTACH '{path}' AS source (READ_ONLY)")
    client_process.execute(f"CALL skein_create_table('{server.uri}', 'wide', '{TABLE}')")
    client_process.execute(f"CALL register_remote_table('wide', '{server.uri}', 'wide')")
    client_process.execute("SELECT * FROM wide WHERE n0 < 0")
    server_watch, client_watch = MemoryWatch(server.pid), MemoryWatch(client_process.pid)
    if begin:
        client_process.execute("BEGIN")
    assert client_process.execute("INSERT INTO wide FROM source.wide") == [[ROWS]]
    if begin:
        client_process.execute("COMMIT")
    check(server_watch, client_watch)
    assert rows_moved(client_process)[0] == ROWS
    assert texts(client_process.execute(f"FROM skein_query('{server.uri}', 'SELECT {SUMS} FROM wide')")) == sums


@pytest.mark.timeout(600)
def test_clients_that_do_not_read(server_factory, wide_file):
    """Scans whose rows nobody takes hold a bounded part of them, and do not stop one whose rows are taken."""
    path, _ = wide_file
    # A scan of all columns pins a block of each for each of its threads.
    server = server_factory("--memory-limit", "200MB", "--threads", "2", "--read-only", database=path)
    server_watch = MemoryWatch(server.pid)
    with flight.FlightClient(server.uri) as client:
        ticket = flight.Ticket(wire.request("SCAN_TABLE", table_name="wide").SerializeToString())
        readers = [client.do_get(ticket) for _ in range(4)]
        first = [reader.read_chunk().data.num_rows for reader in readers]
        assert all(count > 0 for count in first)
        assert first[0] + sum(chunk.data.num_rows for chunk in readers[0]) == ROWS
        for reader in readers[1:]:
            reader.cancel()
    assert server_watch.peak() <= SERVER_BYTES_MAX + 100 * MB + 3 * STREAM_BYTES_MAX < 4 * path.stat().st_size
