"""SIGINT and SIGTERM on the real program: what is under way may end, what is new is refused, and nothing is half done."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

import duckdb
import pyarrow as pa
import pyarrow.flight as flight
import pytest

import skein_server
from wire import Wire, category_of

SIGNALS = [signal.SIGINT, signal.SIGTERM]
BATCH = pa.record_batch({"i": pa.array(range(1000), pa.int64())})
#: More than all buffers between server and client hold.
SCAN_ROWS = 20_000_000
SCAN = f"SELECT range AS i FROM range({SCAN_ROWS})"
ENDLESS = "SELECT count(*) FROM range(1000000000000000) WHERE range % 7 = 8"
#: One call of a function that takes minutes and does not ask whether it is interrupted.
STUBBORN = "SELECT levenshtein(repeat('a', 300000 + range::INTEGER), repeat('b', 300000)) FROM range(1)"


@pytest.fixture
def database(tmp_path):
    return tmp_path / "skein.db"


def rows_in(database, sql="SELECT count(*) FROM t"):
    """The answer of a database file that no server has open."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchone()[0]


def with_table(server):
    with Wire(server.uri) as wire:
        wire.execute("CREATE TABLE t (i BIGINT)")
    return server


def wait_until(condition):
    deadline = time.monotonic() + skein_server.HANG_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def signalled(server, number):
    """Sends the signal and waits until the server acts on it."""
    server.signal(number)
    server.wait_for_line("event=draining")


def refused_as_ending(uri):
    with Wire(uri) as wire:
        with pytest.raises(flight.FlightUnavailableError) as failure:
            wire.query("SELECT 1")
    return category_of(failure.value)


@pytest.mark.parametrize("number", SIGNALS)
def test_idle(server_factory, database, number):
    server = with_table(server_factory(database=database))
    with Wire(server.uri) as wire:
        wire.execute("INSERT INTO t VALUES (1)")
        server.signal(number)
        assert server.wait() == 0
    assert not database.with_suffix(".db.wal").exists(), "not checkpointed"
    assert rows_in(database) == 1
    server.wait_for_line("event=ended checkpointed=yes")


def test_with_an_open_session_and_no_work(server_factory):
    server = server_factory("--drain-seconds", 86400)
    with Wire(server.uri) as wire:
        session = wire.action("OPEN_SESSION").session_id
        with Wire(server.uri, session=session) as own:
            own.query("SELECT 1")
            server.signal(signal.SIGTERM)
            assert server.wait() == 0


@pytest.mark.parametrize("number", SIGNALS)
def test_in_the_middle_of_a_scan(server_factory, database, number):
    server = with_table(server_factory("--drain-seconds", 86400, database=database))
    with Wire(server.uri) as wire:
        reader = wire.get("EXECUTE_SQL", sql=SCAN)
        first = reader.read_chunk().data.num_rows
        signalled(server, number)
        assert refused_as_ending(server.uri) == "SERVER_UNAVAILABLE"
        # The scan under way gets every row.
        rows = first + sum(chunk.data.num_rows for chunk in reader)
        assert rows == SCAN_ROWS
    assert server.wait() == 0
    assert not database.with_suffix(".db.wal").exists()


def test_a_scan_nobody_reads_ends_with_the_patience(server_factory):
    server = server_factory("--drain-seconds", 1)
    with Wire(server.uri) as wire:
        reader = wire.get("EXECUTE_SQL", sql=SCAN)
        rows = reader.read_chunk().data.num_rows
        signalled(server, signal.SIGTERM)
        assert server.wait() == 0
        server.wait_for_line('event="interrupting what still runs" active_statements=1')
        with pytest.raises(pa.ArrowException):
            while True:
                rows += reader.read_chunk().data.num_rows
        assert rows < SCAN_ROWS


def in_the_background(call):
    """Runs the call in a thread; the list gets its outcome or its failure."""
    outcome = []

    def run():
        try:
            outcome.append(call())
        except Exception as failure:
            outcome.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


WITHOUT_END = {
    "rows": lambda wire: wire.query(ENDLESS),
    "no rows": lambda wire: wire.execute(f"INSERT INTO t {ENDLESS}"),
    "deletion": lambda wire: wire.action("DELETE_DATA", table_name="t", filter=f"i = ({ENDLESS})"),
}


@pytest.mark.parametrize("call", WITHOUT_END)
def test_a_statement_without_end_is_interrupted(server_factory, database, call):
    server = with_table(server_factory("--drain-seconds", 1, database=database))
    with Wire(server.uri) as wire, Wire(server.uri) as watcher:
        wire.execute("INSERT INTO t VALUES (1)")
        thread, outcome = in_the_background(lambda: WITHOUT_END[call](wire))
        wait_until(lambda: watcher.statistics().active_statements == 1)
        # By then it is bound, and where nothing can interrupt it.
        before = cpu_seconds(server.pid)
        wait_until(lambda: cpu_seconds(server.pid) > before + 1)
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        thread.join()
        assert category_of(outcome[0]) == "SERVER_UNAVAILABLE", outcome[0]
    assert "calls did not return" not in server.log
    assert not database.with_suffix(".db.wal").exists()
    assert rows_in(database) == 1


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_call_that_cannot_be_interrupted_does_not_keep_the_process(server_factory, database):
    server = with_table(server_factory("--drain-seconds", 0, database=database))
    with Wire(server.uri) as wire, Wire(server.uri) as watcher:
        wire.execute("INSERT INTO t VALUES (1)")
        thread, outcome = in_the_background(lambda: wire.query(STUBBORN))
        wait_until(lambda: watcher.statistics().active_statements == 1)
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        thread.join()
        assert isinstance(outcome[0], flight.FlightError), outcome[0]
    server.wait_for_line("calls did not return")
    assert not database.with_suffix(".db.wal").exists(), "not checkpointed"
    assert rows_in(database) == 1


@pytest.mark.parametrize("number", SIGNALS)
def test_an_upload_that_ends_is_kept_whole(server_factory, database, number):
    server = with_table(server_factory("--drain-seconds", 86400, database=database))
    with Wire(server.uri) as wire:
        upload = wire.put(BATCH.schema, table_name="t")
        upload[0].write_batch(BATCH)
        wait_until(lambda: wire.statistics().rows_received == BATCH.num_rows)
        signalled(server, number)
        assert refused_as_ending(server.uri) == "SERVER_UNAVAILABLE"
        for _ in range(9):
            upload[0].write_batch(BATCH)
        assert wire.finish(upload).rows_affected == 10 * BATCH.num_rows
    assert server.wait() == 0
    assert not database.with_suffix(".db.wal").exists()
    assert rows_in(database) == 10 * BATCH.num_rows


def test_an_upload_that_stalls_leaves_no_row(server_factory, database):
    server = with_table(server_factory("--drain-seconds", 1, database=database))
    with Wire(server.uri) as wire:
        writer, reader = wire.put(BATCH.schema, table_name="t")
        for _ in range(10):
            writer.write_batch(BATCH)
        wait_until(lambda: wire.statistics().rows_received == 10 * BATCH.num_rows)
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        with pytest.raises(pa.ArrowException):
            wire.finish((writer, reader))
    assert not database.with_suffix(".db.wal").exists()
    assert rows_in(database) == 0


def in_transaction(server):
    """A session of its own with an open transaction that has written one row."""
    with Wire(server.uri) as wire:
        session = wire.action("OPEN_SESSION").session_id
    wire = Wire(server.uri, session=session)
    transaction = wire.action("BEGIN_TRANSACTION").transaction_id
    wire.execute("INSERT INTO t VALUES (1)", transaction_id=transaction)
    return wire, transaction


def test_a_transaction_may_still_commit(server_factory, database):
    server = with_table(server_factory("--drain-seconds", 86400, database=database))
    wire, transaction = in_transaction(server)
    with wire:
        signalled(server, signal.SIGTERM)
        assert refused_as_ending(server.uri) == "SERVER_UNAVAILABLE"
        wire.execute("INSERT INTO t VALUES (2)", transaction_id=transaction)
        wire.action("COMMIT_TRANSACTION", transaction_id=transaction)
    assert server.wait() == 0
    assert not database.with_suffix(".db.wal").exists()
    assert rows_in(database) == 2


def test_a_transaction_nobody_ends_is_rolled_back(server_factory, database):
    server = with_table(server_factory("--drain-seconds", 1, database=database))
    wire, _ = in_transaction(server)
    with wire:
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
    assert not database.with_suffix(".db.wal").exists()
    assert rows_in(database) == 0


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", SIGNALS)
def test_a_second_signal_ends_it_at_once(server_factory, database, first, second):
    server = with_table(server_factory("--drain-seconds", 86400, database=database))
    with Wire(server.uri) as wire:
        wire.execute("INSERT INTO t VALUES (1)")
        writer, _ = wire.put(BATCH.schema, table_name="t")
        writer.write_batch(BATCH)
        reader = wire.get("EXECUTE_SQL", sql=SCAN)
        reader.read_chunk()
        signalled(server, first)
        assert server.process.poll() is None
        server.signal(second)
        assert server.wait() == 128 + second
        with pytest.raises(pa.ArrowException):
            writer.write_batch(BATCH)
            writer.close()
    again = server_factory(database=database)
    with Wire(again.uri) as wire:
        assert wire.value("SELECT count(*) FROM t") == 1


def test_a_signal_before_it_serves_ends_it_at_once(tmp_path):
    # Nobody writes to the pipe, so that the server waits in the middle of its start.
    blocked = sum(1 << (number - 1) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM))
    pipe = tmp_path / "token"
    os.mkfifo(pipe)
    process = subprocess.Popen([skein_server.build_dir() / "distributed_server", "127.0.0.1", "0", "--token-file", pipe],
                               env=skein_server.clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        status = pathlib.Path(f"/proc/{process.pid}/status")
        # It takes signals once its first thread lets them to another one. Until then libraries start, also with threads.
        wait_until(lambda: int(re.search(r"^SigBlk:\s*(\w+)", status.read_text(), re.MULTILINE)[1], 16) == blocked)
        process.send_signal(signal.SIGTERM)
        assert process.wait(skein_server.HANG_SECONDS) == 128 + signal.SIGTERM
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("greeting", [b"", b"PRI * HTTP/2.0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"], ids=["silent", "half", "http"])
def test_connections_that_say_nothing_do_not_keep_it(server_factory, greeting):
    server = server_factory("--drain-seconds", 86400)
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            connection.sendall(greeting)
        with Wire(server.uri) as wire:
            assert wire.value("SELECT 42") == 42
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
    server.wait_for_line("event=ended checkpointed=yes")
    assert "calls did not return" not in server.log


def test_signals_reach_one_thread_only(server):
    """Both are blocked but where they are awaited, so that no call is cut short by one."""
    mask = (1 << (signal.SIGINT - 1)) | (1 << (signal.SIGTERM - 1))
    with Wire(server.uri) as wire:
        wire.query("SELECT 1")
        taking = []
        for task in pathlib.Path(f"/proc/{server.pid}/task").iterdir():
            status = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines())
            if int(status["SigBlk"], 16) & mask != mask:
                taking.append(task.name)
    assert len(taking) == 1
