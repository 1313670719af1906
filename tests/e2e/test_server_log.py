"""What the server's log holds, and what it never does."""

import os
import re
import subprocess

import pyarrow as pa
import pyarrow.flight as flight
import pytest

import skein_server
from wire import Wire

PLANTED = "planted-4711"


def use(uri):
    """Calls of every kind, with the planted word wherever data, SQL or a name can be; some fail."""
    with Wire(uri) as wire:
        session = wire.action("OPEN_SESSION").session_id
        with Wire(uri, session=session) as own:
            own.execute(f"CREATE TABLE \"{PLANTED}\" AS SELECT '{PLANTED}' AS s")
            own.value(f"SELECT s FROM \"{PLANTED}\"")
            own.insert(PLANTED, pa.table({"s": [PLANTED]}))
            own.action("DELETE_DATA", table_name=PLANTED, filter=f"s = '{PLANTED}' AND false")
            for call in (lambda: own.execute(f"SELEC '{PLANTED}'"), lambda: own.query(f"SELECT '{PLANTED}'::INTEGER"),
                         lambda: own.query(f"SELECT * FROM \"{PLANTED}-absent\""),
                         lambda: own.get("SCAN_TABLE", table_name=PLANTED, filter=f"'{PLANTED}'").read_all(),
                         lambda: list(own.client.do_action(flight.Action(PLANTED, PLANTED.encode()))),
                         lambda: own.insert(PLANTED, pa.table({PLANTED: [1]}))):
                with pytest.raises((pa.ArrowException, flight.FlightError)):
                    call()
            own.action("CLOSE_SESSION")
    return session


def test_it_holds_no_data_and_no_secret(server_factory, tmp_path):
    server = server_factory("--log-level", "debug", database=tmp_path / "skein.db")
    session = use(server.uri)
    assert server.stop() == 0
    for kind in ("EXECUTE_SQL", "INSERT_DATA", "DELETE_DATA", "SCAN_TABLE", "OPEN_SESSION", "CLOSE_SESSION"):
        assert f"type={kind} " in server.log
    assert re.search(r"level=info event=\"request failed\" type=EXECUTE_SQL method=DoGet peer=ipv4:127\.0\.0\.1:\d+ session=1 "
                     r"error=Conversion category=1 ", server.log)
    assert PLANTED not in server.log
    assert session not in server.log and session[:16] not in server.log


def test_levels(server_factory):
    for level, expected in (("info", {"info"}), ("error", set()), ("off", set())):
        server = server_factory("--log-level", level)
        use(server.uri)
        assert server.stop() == 0
        assert set(re.findall(r" level=(\w+) ", server.log)) == expected


def test_a_reader_of_the_log_that_is_gone_is_no_reason_to_end():
    reading, writing = os.pipe()
    process = subprocess.Popen([skein_server.build_dir() / "distributed_server", "127.0.0.1", "0", "--log-level", "debug"],
                               stdout=subprocess.PIPE, stderr=writing, text=True, env=skein_server.clean_environment())
    os.close(writing)
    try:
        uri = skein_server.START_LINE.search(process.stdout.readline())["uri"]
        os.close(reading)
        process.stdout.close()
        use(uri)
        with Wire(uri) as wire:
            assert wire.value("SELECT 42") == 42
        process.terminate()
        assert process.wait(skein_server.HANG_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
