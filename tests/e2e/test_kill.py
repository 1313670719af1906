"""The server dies under a statement of the extension: an error that says what is known, never a shorter result."""

import contextlib
import signal
import threading

import duckdb
import pytest

from byte_proxy import ByteProxy
from twin import Twin, quoted, wait_until

ROWS = 5_000_000


@pytest.fixture
def file_twin(connect, oracle, server_factory, tmp_path):
    """A client of a server with a database file, which can be started again."""
    twin = Twin(connect(), oracle, server_factory(database=tmp_path / "server.db"))
    twin.start_again = lambda: server_factory(database=tmp_path / "server.db", port=twin.server.port)
    return twin


class AnswerProxy(ByteProxy):
    """Forwards what clients send, and what servers answer as long as `swallow` is not set."""

    swallow = False

    def _downstream(self, server, client):
        with self._ending(client), contextlib.suppress(OSError):
            while data := server.recv(65536):
                if not self.swallow:
                    client.sendall(data)


def view_of_many(twin):
    """More than all buffers between server and client hold, however it is encoded."""
    twin.on_server(f"CREATE OR REPLACE VIEW many AS SELECT range AS i, hash(range)::VARCHAR AS s FROM range({ROWS})")
    twin.register("many")


def test_in_the_middle_of_a_scan(file_twin):
    view_of_many(file_twin)
    result = file_twin.client.execute("FROM many")
    assert len(result.fetchmany(5000)) == 5000
    file_twin.server.kill()
    with pytest.raises(duckdb.IOException, match=f"localhost:{file_twin.server.port}"):
        while result.fetchmany(100_000):
            pass
    file_twin.start_again()
    assert file_twin.client.execute("SELECT count(*) FROM many").fetchall() == [(ROWS,)]


@pytest.mark.parametrize("seed", range(5))
def test_no_shorter_result_wherever_it_dies(file_twin, seed):
    """Kills the server after a number of rows, while one statement counts them."""
    view_of_many(file_twin)
    observer = file_twin.client.cursor()
    sent = f"SELECT rows_received FROM skein_statistics() WHERE side = 'client' AND server = {quoted(file_twin.uri)}"
    before = observer.execute(sent).fetchall()[0][0]
    outcome = []

    def count():
        try:
            outcome.append(file_twin.client.execute("SELECT count(*) FROM many WHERE random() >= 0").fetchall()[0][0])
        except duckdb.Error as failure:
            outcome.append(failure)

    thread = threading.Thread(target=count)
    thread.start()
    wait_until(lambda: observer.execute(sent).fetchall()[0][0] - before > seed * 200_000 or not thread.is_alive(), "the scan to run")
    file_twin.server.kill()
    thread.join()
    if isinstance(outcome[0], int):
        assert outcome[0] == ROWS
    else:
        assert isinstance(outcome[0], duckdb.IOException), outcome[0]


@pytest.mark.parametrize("begin", [False, True])
def test_in_the_middle_of_an_insert(file_twin, begin):
    file_twin.on_server("CREATE TABLE t (i BIGINT, s VARCHAR); INSERT INTO t VALUES (-1, 'before')")
    file_twin.register("t")

    def kill():
        wait_until_rows(file_twin)
        file_twin.server.kill()

    killer = threading.Thread(target=kill)
    if begin:
        file_twin.client.execute("BEGIN")
    killer.start()
    with pytest.raises(duckdb.Error) as failure:
        file_twin.client.execute(f"INSERT INTO t SELECT range, repeat('x', 20) FROM range({ROWS * 40})")
    killer.join()
    assert not isinstance(failure.value, duckdb.InternalException)
    assert f"localhost:{file_twin.server.port}" in str(failure.value), failure.value
    if begin:
        file_twin.client.execute("ROLLBACK")
    file_twin.start_again()
    assert file_twin.client.execute("FROM t").fetchall() == [(-1, "before")]
    assert file_twin.client.execute("INSERT INTO t VALUES (-2, 'after')").fetchall() == [(1,)]


def wait_until_rows(twin):
    observer = twin.client.cursor()
    sent = f"SELECT rows_sent FROM skein_statistics() WHERE side = 'client' AND server = {quoted(twin.uri)}"
    wait_until(lambda: observer.execute(sent).fetchall()[0][0] > 100_000, "the upload to run")


def test_a_lost_answer_is_an_unknown_outcome(file_twin):
    """The server commits, but its answer never arrives."""
    file_twin.on_server("CREATE TABLE t (i BIGINT)")
    with AnswerProxy(file_twin.server.port) as proxy:
        file_twin.register("t", uri=proxy.uri)
        file_twin.client.execute("INSERT INTO t VALUES (1)")
        proxy.swallow = True
        outcome = []

        def insert():
            try:
                outcome.append(file_twin.client.execute("INSERT INTO t VALUES (2)").fetchall())
            except duckdb.Error as failure:
                outcome.append(failure)

        thread = threading.Thread(target=insert)
        thread.start()
        observer = Twin(file_twin.client.cursor(), file_twin.oracle, file_twin.server)
        wait_until(lambda: observer.from_server("SELECT count(*) FROM t") == [(2,)], "the server to commit")
        proxy.close()
        thread.join()
    assert isinstance(outcome[0], duckdb.Error), outcome
    assert "unknown" in str(outcome[0]).lower() or "may have" in str(outcome[0]).lower(), outcome[0]


def test_between_two_statements_of_a_transaction(file_twin):
    file_twin.on_server("CREATE TABLE t (i BIGINT)")
    file_twin.register("t")
    file_twin.client.execute("BEGIN; INSERT INTO t VALUES (1)")
    file_twin.server.kill()
    with pytest.raises(duckdb.Error) as failure:
        file_twin.client.execute("COMMIT")
    assert f"localhost:{file_twin.server.port}" in str(failure.value), failure.value
    file_twin.start_again()
    with pytest.raises(duckdb.TransactionException):
        file_twin.client.execute("ROLLBACK")
    assert file_twin.client.execute("FROM t").fetchall() == []


def test_a_transaction_does_not_outlive_its_server(file_twin):
    """The server was started again in the middle: the transaction is gone, and that is said."""
    file_twin.on_server("CREATE TABLE t (i BIGINT)")
    file_twin.register("t")
    file_twin.client.execute("BEGIN; INSERT INTO t VALUES (1)")
    file_twin.server.kill()
    file_twin.start_again()
    with pytest.raises(duckdb.Error):
        file_twin.client.execute("INSERT INTO t VALUES (2)")
    file_twin.client.execute("ROLLBACK")
    assert file_twin.client.execute("FROM t").fetchall() == []
    file_twin.client.execute("BEGIN; INSERT INTO t VALUES (3); COMMIT")
    assert file_twin.client.execute("FROM t").fetchall() == [(3,)]


def test_what_was_acknowledged_is_there_after_a_stop(file_twin):
    file_twin.on_server("CREATE TABLE t (i BIGINT)")
    file_twin.register("t")
    file_twin.client.execute("INSERT INTO t FROM range(100000)")
    file_twin.server.signal(signal.SIGTERM)
    assert file_twin.server.wait() == 0
    file_twin.start_again()
    assert file_twin.client.execute("SELECT count(*), sum(i) FROM t").fetchall() == [(100000, 4999950000)]
