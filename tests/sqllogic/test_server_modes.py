"""Modes with a server: what is remote is counted, and a server that dies is one file's failure."""

import contextlib
import os
import pathlib
import signal
import time

import pytest

from tests.sqllogic import modes
from tests.sqllogic.pool import Pool

SECONDS = 60
MODE = {
    "server": [],
    "on_init": "LOAD '{SKEIN_EXTENSION}'",
    "remote_statements": modes.load("attached").remote_statements,
}
REMOTE = "query I\nFROM skein_query('grpc://127.0.0.1:{SERVER_PORT}', 'SELECT 42')\n----\n42\n"


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    pool = Pool(modes.Mode("own", MODE), tmp_path_factory.mktemp("root"), 1)
    yield pool
    pool.close()


@pytest.fixture
def run_text(pool, tmp_path):
    def run(text, name="one.test"):
        path = tmp_path / name
        path.write_text(text)
        return pool.submit(path, name, SECONDS).result()

    return run


def server_pid(pool):
    worker = pool.processes[-1].process.pid
    for child in pathlib.Path(f"/proc/{worker}/task/{worker}/children").read_text().split():
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{child}/exe").endswith("/distributed_server"):
                return int(child)
    return None


def test_remote_statements_are_counted(run_text):
    record = run_text(REMOTE + "\n" + REMOTE)
    assert record["status"] == "passed", record
    assert record["remote_statements"] >= 2
    # Counters end with a database; the sum does not.
    assert run_text(REMOTE + "\nrestart\n\nquery I\nSELECT 1\n----\n1\n")["remote_statements"] >= 1


def test_a_local_file_fails(run_text):
    record = run_text("query I\nSELECT 42\n----\n42\n")
    assert (record["status"], record["reason"]) == ("failed", "no statement was remote")


def test_a_server_that_dies_fails_its_file_and_no_other(pool, run_text, tmp_path):
    path = tmp_path / "dies.test"
    path.write_text(REMOTE + f"\nstatement ok\nCOPY (SELECT 1) TO '{tmp_path}/started.csv'\n\nsleep 1 second\n\n" + REMOTE)
    future = pool.submit(path, "dies.test", SECONDS)
    while not (tmp_path / "started.csv").exists() and not future.done():
        time.sleep(0.01)
    os.kill(server_pid(pool), signal.SIGKILL)
    record = future.result()
    assert record["status"] == "failed"
    assert record["reason"] == "the server died with -9", record
    assert run_text(REMOTE)["status"] == "passed"
