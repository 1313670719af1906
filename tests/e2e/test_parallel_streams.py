"""One result over several streams: the same rows in the same order, an error wherever one breaks, and nothing left."""

import contextlib
import threading

import duckdb
import pyarrow as pa
import pytest

from byte_proxy import ByteProxy
from refusals import refused_by_flight
from twin import Twin, quoted, statistics, wait_until, wait_until_idle
from wire import Wire

ROWS = 1_500_000
#: Its rows do not become smaller by any encoding, so that the result is large whatever the layout; and the engine works
#: long enough for further streams to come.
WIDE = f"SELECT range AS i, hash(range) AS h, sha256(range::VARCHAR) AS s FROM range({ROWS})"


@pytest.fixture(scope="module")
def wide_server(shared_server):
    with Wire(shared_server.uri) as wire:
        wire.execute(f"CREATE TABLE wide AS {WIDE}")
    return shared_server


@pytest.fixture
def wide(connect, oracle, wide_server):
    twin = Twin(connect(threads=4), oracle, wide_server)
    twin.client.execute("SET skein_streams_count = 4")
    twin.register("wide")
    return twin


def misplaced(connection, table):
    """How many rows do not lie where they belong."""
    sql = f"SELECT count(*) FROM (SELECT i, row_number() OVER () - 1 AS place FROM {table}) WHERE i <> place"
    return connection.execute(sql).fetchall()[0][0]


#===----------------------------------------------------------------------===#
# Through the extension
#===----------------------------------------------------------------------===#
def test_order_is_kept(wide):
    """The sink takes batches from several threads by their indices."""
    with wide.travelled() as moved:
        wide.client.execute("CREATE TABLE copy AS FROM wide")
    assert moved.round_trips > 1, "read over one stream"
    assert (moved.statements, moved.rows_received) == (1, ROWS)
    assert misplaced(wide.client, "copy") == 0
    sums = "SELECT count(*), sum(i), sum(h), bit_xor(hash(s)) FROM"
    assert wide.client.execute(f"{sums} copy").fetchall() == wide.oracle.execute(f"{sums} ({WIDE})").fetchall()


@pytest.mark.parametrize("streams", [1, 2, 3, 16])
def test_any_number_of_streams(wide, streams):
    wide.client.execute(f"SET skein_streams_count = {streams}")
    with wide.travelled() as moved:
        seen = wide.client.execute("SELECT count(s), count(h), sum(i) FROM wide").fetchall()
    assert seen == [(ROWS, ROWS, ROWS * (ROWS - 1) // 2)]
    assert moved.round_trips <= streams and (moved.round_trips > 1) == (streams > 1)
    assert moved.statements == 1


def test_a_small_read_ahead_does_not_stall(wide):
    """Batches that came early fill the budget while the one that is due is still on its way."""
    wide.client.execute("SET skein_read_ahead_bytes = 1")
    wide.client.execute("CREATE OR REPLACE TABLE copy AS FROM wide")
    assert misplaced(wide.client, "copy") == 0


def test_a_statement_sent_whole(connect, wide_server):
    """Its rows are on their way when it is bound; the further streams come when it is executed."""
    client = connect(threads=4)
    client.execute(f"SET skein_streams_count = 4; ATTACH {quoted(wide_server.uri)} AS r (TYPE skein)")
    client.execute("CREATE TABLE copy AS SELECT * FROM r.wide")
    assert misplaced(client, "copy") == 0
    before = statistics(client, wide_server.uri)["client"]["round_trips"]
    assert sum(len(rows) for rows in iter_chunks(client.execute("FROM r.wide"))) == ROWS
    assert statistics(client, wide_server.uri)["client"]["round_trips"] > before + 1


def iter_chunks(result):
    while rows := result.fetchmany(100_000):
        yield rows


def test_a_small_result_takes_one_round_trip(wide):
    with wide.travelled() as moved:
        assert wide.client.execute("SELECT count(*) FROM wide WHERE i < 1000").fetchall() == [(1000,)]
    assert moved.round_trips == 1


def test_an_error_in_the_middle_is_the_statements(wide):
    failing = f"SELECT *, CASE WHEN i = {ROWS - 10} THEN error('row too odd') END FROM wide"
    sql = f"SELECT count(s), count(h) FROM skein_query({quoted(wide.uri)}, {quoted(failing)})"
    for _ in range(3):
        with pytest.raises(duckdb.InvalidInputException, match="row too odd"):
            wide.client.execute(sql).fetchall()
    wait_until_idle(wide.client, wide.uri)


def test_a_limit_leaves_nothing_under_way(wide):
    assert len(wide.client.execute("SELECT i, s, h FROM wide LIMIT 5").fetchall()) == 5
    with contextlib.closing(wide.client.cursor()) as cursor:
        cursor.execute("SET skein_streams_count = 4")
        assert len(cursor.execute("FROM wide").fetchmany(400_000)) == 400_000
    wait_until_idle(wide.client, wide.uri)


def test_an_interrupt_ends_all_streams(wide):
    wide.client.execute("SET skein_read_ahead_bytes = 1000000")
    observer = wide.client.cursor()
    before = statistics(observer, wide.uri)["client"]["round_trips"]
    done = threading.Event()

    def interrupt():
        wait_until(lambda: statistics(observer, wide.uri)["client"]["round_trips"] > before + 1, "a further stream")
        while not done.wait(0.02):
            wide.client.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(duckdb.InterruptException):
            while True:
                wide.client.execute("SELECT max(sha256(s || h)) FROM wide").fetchall()
    finally:
        done.set()
        thread.join()
    wait_until_idle(observer, wide.uri)
    assert wide.client.execute("SELECT count(*) FROM wide").fetchall() == [(ROWS,)]


def test_a_transaction_that_only_reads_reads_over_several_streams(wide):
    wide.client.execute("BEGIN")
    before = statistics(wide.client, wide.uri)["client"]["round_trips"]
    wide.client.execute("CREATE OR REPLACE TABLE copy AS FROM wide")
    # The transaction's beginning, the scan, and what joined it.
    assert statistics(wide.client, wide.uri)["client"]["round_trips"] > before + 2
    wide.client.execute("COMMIT")
    assert misplaced(wide.client, "copy") == 0


def test_several_scans_of_a_statement_read_over_several_streams(wide):
    """They share a snapshot, and have a connection each."""
    with wide.travelled() as moved:
        seen = wide.client.execute(
            "SELECT count(*), sum(a.i) FROM wide a POSITIONAL JOIN wide b WHERE a.s = b.s AND a.h = b.h"
        ).fetchall()
    assert seen == [(ROWS, ROWS * (ROWS - 1) // 2)]
    assert (moved.statements, moved.rows_received) == (2, 2 * ROWS)
    # The transaction's beginning and end, two scans, and what joined them.
    assert moved.round_trips > 4


def test_a_transaction_that_has_written_reads_over_one_stream(wide):
    wide.client.execute("BEGIN")
    wide.client.execute("INSERT INTO wide VALUES (-1, 0, 'x')")
    before = statistics(wide.client, wide.uri)["client"]["round_trips"]
    assert wide.client.execute("SELECT count(s), min(i) FROM wide").fetchall() == [(ROWS + 1, -1)]
    assert statistics(wide.client, wide.uri)["client"]["round_trips"] == before + 1
    wide.client.execute("ROLLBACK")


@pytest.mark.parametrize("streams_max", [1, 2, 4])
def test_a_server_without_room_sends_fewer_streams(connect, oracle, server_factory, streams_max):
    """Further streams get half the places: those who have none yet come first."""
    twin = Twin(connect(threads=4), oracle, server_factory("--max-streams", streams_max))
    twin.client.execute("SET skein_streams_count = 8")
    twin.on_server(f"CREATE VIEW wide AS {WIDE}")
    twin.register("wide")
    with twin.travelled() as moved:
        twin.client.execute("CREATE TABLE copy AS FROM wide")
    assert moved.rows_received == ROWS and misplaced(twin.client, "copy") == 0


class CuttingProxy(ByteProxy):
    """Breaks each connection but the first once it has answered so many bytes."""

    def __init__(self, port, bytes_max):
        super().__init__(port)
        self.bytes_max = bytes_max
        self.cut = threading.Event()
        self.first = None

    def _downstream(self, server, client):
        self.first = self.first or server
        answered = 0
        with self._ending(client), contextlib.suppress(OSError):
            while data := server.recv(65536):
                answered += len(data)
                if server is not self.first and answered > self.bytes_max:
                    self.cut.set()
                    server.close()
                    client.close()
                    return
                client.sendall(data)


@pytest.mark.parametrize("bytes_max", [2000, 300_000, 2_000_000])
def test_a_further_stream_that_breaks_fails_the_scan(wide, connect, bytes_max):
    """Never a shorter result: what the broken stream carried is missing."""
    with CuttingProxy(wide.server.port, bytes_max) as proxy:
        client = connect(threads=4)
        client.execute("SET skein_streams_count = 3; SET skein_pool_connections_count = 0")
        client.execute(f"CALL register_remote_table('wide', {quoted(proxy.uri)}, 'wide')")
        proxy.first = None
        with contextlib.suppress(duckdb.IOException):
            rows = client.execute("SELECT count(s), count(h), count(i) FROM wide").fetchall()
            # A stream that breaks before it carried anything may be done without.
            assert rows == [(ROWS, ROWS, ROWS)] and bytes_max == 2000
        assert proxy.cut.is_set()
    wait_until_idle(wide.client, wide.uri)
    assert wide.client.execute("SELECT count(*) FROM wide").fetchall() == [(ROWS,)]


def test_a_server_that_dies_fails_the_scan(connect, oracle, server_factory):
    twin = Twin(connect(threads=4), oracle, server_factory())
    twin.client.execute("SET skein_streams_count = 4; SET skein_read_ahead_bytes = 1000000")
    twin.on_server(f"CREATE VIEW wide AS {WIDE}")
    twin.register("wide")
    result = twin.client.execute("FROM wide")
    assert len(result.fetchmany(300_000)) == 300_000
    twin.server.kill()
    with pytest.raises(duckdb.IOException, match=f"localhost:{twin.server.port}"):
        while result.fetchmany(100_000):
            pass


#===----------------------------------------------------------------------===#
# On the wire
#===----------------------------------------------------------------------===#
def begin(wire, **fields):
    reader = wire.get("SCAN_TABLE", table_name="wide", shares_result=True, **fields)
    return reader, reader.schema.metadata[b"skein:result"].decode()


def read_part(reader, into):
    """Batches by their numbers; the count the stream ends with."""
    total = None
    for chunk in reader:
        number = int.from_bytes(chunk.app_metadata.to_pybytes(), "little")
        assert total is None
        if chunk.data.num_rows == 0:
            total = number
        else:
            assert number not in into
            into[number] = chunk.data
    return total


def test_parts_make_the_whole(wide_server):
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(wide_server.uri)) for _ in range(3)]
        before = wires[0].statistics()
        reader, result_id = begin(wires[0])
        readers = [reader, *(wire.get("READ_RESULT", result_id=result_id) for wire in wires[1:])]
        parts = [{} for _ in readers]
        totals = [None] * len(readers)

        def read(place):
            totals[place] = read_part(readers[place], parts[place])

        threads = [threading.Thread(target=read, args=(place,)) for place in range(len(readers))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        batches = {number: batch for part in parts for number, batch in part.items()}
        assert sum(map(len, parts)) == len(batches) and totals == [len(batches)] * 3
        assert sorted(batches) == list(range(len(batches)))
        table = pa.Table.from_batches([batches[number] for number in range(len(batches))])
        assert table.column("i").to_pylist() == list(range(ROWS))
        after = wires[0].statistics()
        assert (after.statements - before.statements, after.round_trips - before.round_trips) == (1, 3)
        assert after.rows_sent - before.rows_sent == ROWS


def test_a_result_is_its_sessions(wide_server):
    with Wire(wide_server.uri) as wire:
        with Wire(wide_server.uri, session=wire.action("OPEN_SESSION").session_id) as own:
            reader, result_id = begin(own)
            refused = refused_by_flight(lambda: wire.get("READ_RESULT", result_id=result_id))
            assert refused.name == "INVALID_REQUEST" and "no such result" in refused.text
            joined = own.get("READ_RESULT", result_id=result_id)
            parts = {}
            assert joined.schema == reader.schema
            threads = [threading.Thread(target=read_part, args=(each, parts)) for each in (reader, joined)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sum(batch.num_rows for batch in parts.values()) == ROWS
            gone = refused_by_flight(lambda: own.get("READ_RESULT", result_id=result_id))
            assert gone.name == "INVALID_REQUEST" and "has ended" in gone.text


@pytest.mark.parametrize("result_id", ["", "x", "0" * 32, "a" * 100])
def test_an_unknown_result_is_refused(wide_server, result_id):
    with Wire(wide_server.uri) as wire:
        refused = refused_by_flight(lambda: wire.get("READ_RESULT", result_id=result_id))
        assert refused.name == "INVALID_REQUEST"


@pytest.mark.parametrize("abandoned", [0, 1])
def test_a_part_that_is_given_up_fails_the_other(wide_server, abandoned):
    with Wire(wide_server.uri) as one, Wire(wide_server.uri) as two:
        reader, result_id = begin(one)
        readers = [reader, two.get("READ_RESULT", result_id=result_id)]
        for each in readers:
            assert each.read_chunk().data.num_rows > 0
        readers[abandoned].cancel()
        refused = refused_by_flight(lambda: read_part(readers[1 - abandoned], {}))
        assert refused.name == "SERVER_UNAVAILABLE" and "broke off" in refused.text
        wait_until(lambda: one.statistics().active_statements == 0, "the statement's end")


def test_who_does_not_ask_gets_one_stream(wide_server):
    with Wire(wide_server.uri) as wire:
        reader = wire.get("SCAN_TABLE", table_name="wide", limit=10)
        assert b"skein:result" not in (reader.schema.metadata or {})
        assert [chunk.app_metadata for chunk in reader] == [None]


def test_a_result_without_rows_is_not_shared(wide_server):
    """It is here at once."""
    with Wire(wide_server.uri) as wire:
        for fields in ({}, {"no_columns": True}, {"native_rows": True}):
            reader = wire.get("SCAN_TABLE", table_name="wide", limit=0, shares_result=True, **fields)
            assert reader.schema.metadata[b"skein:complete"] == b"1" and b"skein:result" not in reader.schema.metadata
            assert reader.read_all().num_rows == 0
