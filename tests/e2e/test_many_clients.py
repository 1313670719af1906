"""Many client processes on one server, some of them stopped in the middle: nobody waits for those, every sum is exact."""

import contextlib
import json
import pathlib
import signal
import subprocess
import sys
import time

import duckdb
import pytest

import skein_server
from ledger_client import UPLOAD_ROWS

WORKER = pathlib.Path(__file__).resolve().parent / "ledger_client.py"
MIXED = 56
READERS = 4
WRITERS = 4
SECONDS = 60
# More than a reader gets through before it is stopped.
BIG_ROWS = 1_000_000_000_000
# A hang, not a speed.
ALL_SECONDS = 900


class Worker:
    def __init__(self, kind, uri, number):
        self.number = number
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), kind, uri, str(number), str(SECONDS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def next_record(self):
        line = self.process.stdout.readline()
        assert line, f"client {self.number} ended: {self.process.stderr.read()}"
        return json.loads(line)

    def wait_until_ready(self):
        assert self.next_record() == {"ready": True}

    def go(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self, deadline):
        out, err = self.process.communicate(timeout=max(1, deadline - time.monotonic()))
        assert self.process.returncode == 0, f"client {self.number}: {err}"
        return json.loads(out.splitlines()[-1])

    def end(self):
        # SIGKILL also ends a stopped process.
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def active_statements(control):
    return control.execute("SELECT active_statements FROM skein_statistics() WHERE side = 'server'").fetchone()[0]


def wait_until(condition, what):
    deadline = time.monotonic() + skein_server.HANG_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited too long: {what}"
        time.sleep(0.05)


def stop_in_the_middle(workers, control):
    """Stops all of them at once, at a moment when the server has a statement of each under way. All within one breath: the
    server gives a client up that was silent for long."""
    for worker in workers:
        worker.go()
    deadline = time.monotonic() + skein_server.HANG_SECONDS
    while True:
        time.sleep(0.3)
        for worker in workers:
            worker.process.send_signal(signal.SIGSTOP)
        # What ended just then has been counted after a moment; what stays belongs to the stopped ones.
        time.sleep(0.2)
        if active_statements(control) == len(workers):
            return
        assert time.monotonic() < deadline, "never all of them in the middle of a statement"
        for worker in workers:
            worker.process.send_signal(signal.SIGCONT)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_clients_stopped_in_the_middle_hold_up_nobody(server_factory, connect, tmp_path):
    database = tmp_path / "ledger.duckdb"
    server = server_factory(database=database)
    control = connect()
    control.execute(f"CALL skein_create_table('{server.uri}', 'ledger', 'client INTEGER, entry BIGINT')")
    control.execute(f"CALL skein_create_table('{server.uri}', 'uploads', 'client INTEGER, entry BIGINT, words VARCHAR')")
    control.execute(f"CALL skein_execute('{server.uri}', 'CREATE VIEW big AS SELECT range a, hash(range) b FROM range({BIG_ROWS})')")
    with contextlib.ExitStack() as stack:

        def start(kind, first, count):
            workers = [Worker(kind, server.uri, number) for number in range(first, first + count)]
            for worker in workers:
                stack.callback(worker.end)
            return workers

        mixed = start("mixed", 1, MIXED)
        stopped = start("reader", 101, READERS) + start("writer", 201, WRITERS)
        for worker in mixed + stopped:
            worker.wait_until_ready()
        stop_in_the_middle(stopped, control)
        for worker in mixed:
            worker.go()
        deadline = time.monotonic() + ALL_SECONDS
        results = [worker.result(deadline) for worker in mixed]
        # All through, and the eight still stand still.
        for worker in stopped:
            assert pathlib.Path(f"/proc/{worker.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
        acknowledged = {worker.number: promised_by(worker) for worker in stopped[READERS:]}
    wait_until(lambda: active_statements(control) == 0, "the server to give up the clients that are gone")
    control.close()
    assert server.stop() == 0
    check_rows(database, results, acknowledged)


def promised_by(writer):
    """Uploads a stopped writer was told are in the table."""
    writer.end()
    records = [json.loads(line) for line in writer.process.stdout.read().splitlines()]
    return max((record["acknowledged"] for record in records), default=0)


def check_rows(database, results, acknowledged):
    with contextlib.closing(duckdb.connect(str(database), read_only=True)) as file:
        found = file.execute("SELECT client, count(*), sum(entry)::BIGINT FROM ledger GROUP BY client ORDER BY client").fetchall()
        expected = sorted((row["client"], row["count"], row["total"]) for row in results if row["count"])
        assert found == expected
        uploads = dict(file.execute("SELECT client, count(*) FROM uploads GROUP BY client").fetchall())
        for number, promised in acknowledged.items():
            # What was acknowledged is there; the upload under way is there as a whole or not at all.
            assert uploads.get(number, 0) in (promised * UPLOAD_ROWS, (promised + 1) * UPLOAD_ROWS)
