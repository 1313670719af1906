"""Interrupts and Ctrl-C: the statement ends, the server has nothing left to do, the connection stays usable."""

import contextlib
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time

import duckdb
import pytest

import skein_server
from twin import quoted, statistics, wait_until, wait_until_idle

ENDLESS = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = -1"
#: More rows than all buffers between server and client hold.
MANY = 20_000_000


@contextlib.contextmanager
def interrupted(connection, ready):
    """Interrupts the connection once ready() holds, and again until the block has ended: an interrupt that comes between
    two of a statement's steps is not lost for it."""
    done = threading.Event()

    def run():
        wait_until(ready, "the statement to be under way")
        while not done.wait(0.05):
            connection.interrupt()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        with pytest.raises(duckdb.InterruptException):
            yield
    finally:
        done.set()
        thread.join()


def usable(twin):
    """The server has nothing left to do, and the client goes on."""
    wait_until_idle(twin.client, twin.uri)
    twin.client.execute("SELECT 1")
    twin.table("after", "i INTEGER", "VALUES (1)")
    assert twin.client.execute("INSERT INTO after VALUES (2)").fetchall() == [(1,)]
    assert sorted(twin.client.execute("FROM after").fetchall()) == [(1,), (2,)]


def is_active(twin, observer):
    """A condition: a statement is under way on the server, as another client sees it."""
    observer.execute(f"FROM skein_table_exists({quoted(twin.uri)}, 'x')").fetchall()
    return lambda: statistics(observer, twin.uri)["server"]["active_statements"] > 0


@pytest.fixture
def many(twin):
    """A view of the server with more rows than fit any buffer."""
    twin.on_server(f"CREATE OR REPLACE VIEW many AS SELECT range AS i, repeat('x', 20) AS s FROM range({MANY})")
    twin.register("many")
    return twin


@pytest.mark.parametrize("sql", [
    "SELECT sum(length(s)) FROM many WHERE random() >= 0",
    "CREATE TABLE copied AS SELECT * FROM many a POSITIONAL JOIN many b",
    "SELECT count(*) FROM many a JOIN many b ON a.s = b.s",
])
def test_a_long_scan(many, connect, sql):
    with interrupted(many.client, is_active(many, connect())):
        many.client.execute(sql).fetchall()
    usable(many)


def test_a_scan_whose_first_row_is_far(twin, connect):
    twin.on_server(f"CREATE OR REPLACE VIEW endless AS {ENDLESS.replace('count(*)', 'count(*) AS c')}")
    twin.register("endless")
    with interrupted(twin.client, is_active(twin, connect())):
        twin.client.execute("FROM endless").fetchall()
    usable(twin)


def test_a_result_read_row_by_row(many):
    result = many.client.execute("FROM many")
    assert len(result.fetchmany(1000)) == 1000
    many.client.interrupt()
    try:
        while result.fetchmany(100000):
            pass
        raise AssertionError("all rows came")
    except duckdb.Error:
        pass
    usable(many)


@pytest.mark.parametrize("begin", [False, True])
def test_a_long_insert(twin, connect, begin):
    twin.table("t", "i BIGINT, s VARCHAR")
    if begin:
        twin.client.execute("BEGIN")
    with interrupted(twin.client, is_active(twin, connect())):
        twin.client.execute(f"INSERT INTO t SELECT range, repeat('x', 20) FROM range({MANY * 10})")
    if begin:
        twin.client.execute("ROLLBACK")
    usable(twin)
    assert twin.from_server("SELECT count(*) FROM t") == [(0,)]


def test_an_insert_whose_rows_are_far(twin, connect):
    twin.table("t", "i BIGINT")
    with interrupted(twin.client, is_active(twin, connect())):
        twin.client.execute(f"INSERT INTO t {ENDLESS}")
    usable(twin)
    twin.same_table()


@pytest.mark.parametrize("function", ["skein_query", "skein_execute"])
def test_a_long_statement_of_the_server(twin, connect, function):
    sql = ENDLESS if function == "skein_query" else f"CREATE TABLE made AS {ENDLESS}"
    with interrupted(twin.client, is_active(twin, connect())):
        twin.client.execute(f"FROM {function}({quoted(twin.uri)}, {quoted(sql)})").fetchall()
    usable(twin)
    assert twin.from_server("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'made'") == [(0,)]


def test_a_long_delete(many, connect):
    many.table("t", "i BIGINT", "FROM range(1000)")
    with interrupted(many.client, is_active(many, connect())):
        many.client.execute("DELETE FROM t WHERE i IN (SELECT i + length(s) FROM many WHERE random() >= 0)")
    usable(many)
    many.same_table()


def test_in_a_transaction_nothing_stays_behind(many, connect):
    many.table("t", "i BIGINT", "FROM range(10)")
    many.client.execute("BEGIN; DELETE FROM t WHERE i < 5")
    with interrupted(many.client, is_active(many, connect())):
        many.client.execute("SELECT sum(length(s)) FROM many WHERE random() >= 0").fetchall()
    many.client.execute("ROLLBACK")
    usable(many)
    many.same_table()
    many.client.execute("UPDATE t SET i = i + 1")


def test_another_connection_of_the_client_goes_on(many):
    other = many.client.cursor()
    many.table("t", "i BIGINT", "FROM range(10)")
    with interrupted(many.client, lambda: statistics(other, many.uri)["server"]["active_statements"] > 0):
        many.client.execute("SELECT sum(length(s)) FROM many WHERE random() >= 0").fetchall()
    assert other.execute("SELECT count(*) FROM t").fetchall() == [(10,)]
    usable(many)


# ---------------------------------------------------------------------------------------------------------------------
# Connecting
# ---------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def silent_uri():
    """An address that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"grpc://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("sql", [
    "FROM skein_query('{uri}', 'SELECT 1')", "CALL skein_execute('{uri}', 'CREATE TABLE t (i INTEGER)')",
    "CALL register_remote_table('t', '{uri}', 't')", "FROM skein_table_exists('{uri}', 't')",
])
def test_while_connecting(client, silent_uri, sql):
    started = threading.Event()

    def ready():
        started.set()
        time.sleep(0.2)
        return True

    with interrupted(client, ready):
        client.execute(sql.format(uri=silent_uri)).fetchall()
    assert started.is_set()
    assert client.execute("SELECT 1").fetchall() == [(1,)]


# ---------------------------------------------------------------------------------------------------------------------
# Ctrl-C
# ---------------------------------------------------------------------------------------------------------------------
CTRL_C = """
    import signal, sys, duckdb
    # A shell ignores it for what it starts in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    extension, uri, sql = sys.argv[1:]
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"})
    connection.execute(f"LOAD '{extension}'")
    for name in ("many", "t"):
        connection.execute(f"CALL register_remote_table('{name}', '{uri}', '{name}')")
    print("ready", flush=True)
    try:
        connection.execute(sql).fetchall()
        print("ended", flush=True)
    except (KeyboardInterrupt, RuntimeError) as failure:
        # What DuckDB's Python library makes of Ctrl-C.
        assert isinstance(failure, KeyboardInterrupt) or str(failure) == "Query interrupted", failure
        print("interrupted", flush=True)
    print(connection.execute("SELECT count(*) FROM t").fetchall()[0][0], flush=True)
"""


@pytest.mark.parametrize("sql", [
    "SELECT sum(length(s)) FROM many WHERE random() >= 0",
    f"INSERT INTO t SELECT range, 'x' FROM range({MANY * 10})",
    "FROM skein_query('{uri}', '" + ENDLESS + "')",
    "CALL skein_execute('{uri}', 'CREATE TABLE made AS " + ENDLESS + "')",
])
def test_ctrl_c(many, sql):
    many.table("t", "i BIGINT, s VARCHAR", "VALUES (1, 'a')")
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(CTRL_C), skein_server.extension_path(), many.uri, sql.format(uri=many.uri)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n", process.communicate()
        wait_until(lambda: statistics(many.client, many.uri)["server"]["active_statements"] > 0, "the statement to be under way")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=skein_server.HANG_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert output == "interrupted\n1\n", output + errors
    usable(many)
