"""The server of an attached database dies, in the middle of a statement or between two: an error that names it, never a
shorter result, nothing by halves; and when it is back, so is the database."""

import contextlib
import threading

import duckdb
import pyarrow as pa
import pyarrow.flight as flight
import pytest

from refusals import Commands, Refused, refused_by_sql
from twin import Twin, quoted, statistics, wait_until
from wire import Wire

#: Of eight bytes each, also as frames: more than all buffers between server and client hold.
ROWS = 10_000_000
#: More than any test waits for.
ENDLESS = "range(100000000000)"


@pytest.fixture(params=["whole", "pieces"])
def attached(request, connect, oracle, server_factory, tmp_path):
    twin = Twin(connect(), oracle, server_factory(database=tmp_path / "server.db"))
    twin.start_again = lambda: server_factory(database=tmp_path / "server.db", port=twin.server.port)
    twin.on_server(f"CREATE VIEW many AS SELECT (hash(range) >> 2)::BIGINT AS i FROM range({ROWS}); CREATE TABLE t (i BIGINT); INSERT INTO t VALUES (-1)")
    twin.client.execute(f"ATTACH {quoted(twin.uri)} AS r (TYPE skein)")
    twin.client.execute(f"CREATE VIEW endless AS SELECT range AS i FROM {ENDLESS}")
    if request.param == "pieces":
        twin.client.execute("SET disabled_optimizers = 'remote_pushdown'")
    return twin


def check_back(twin):
    """After another start of the server everything works, with what was there."""
    twin.start_again()
    assert twin.client.execute("FROM r.t").fetchall() == [(-1,)]
    assert twin.client.execute("SELECT count(*) FROM r.many").fetchall() == [(ROWS,)]
    assert twin.client.execute("INSERT INTO r.t VALUES (2)").fetchall() == [(1,)]
    assert twin.from_server("SELECT table_name FROM duckdb_tables()") == [("t",)]
    assert twin.from_server("FROM t ORDER BY i") == [(-1,), (2,)]


@pytest.mark.parametrize("sql", ["FROM r.many", "SELECT i + 1 FROM r.many WHERE i >= 0", "FROM skein_query('r', 'FROM many')"])
def test_in_the_middle_of_a_scan(attached, sql):
    result = attached.client.execute(sql)
    assert len(result.fetchmany(5000)) == 5000
    attached.server.kill()
    with pytest.raises(duckdb.IOException, match=f"localhost:{attached.server.port}"):
        while result.fetchmany(1_000_000):
            pass
    check_back(attached)


@pytest.mark.parametrize("sql", [
    f"INSERT INTO r.t FROM {ENDLESS}",
    "INSERT INTO r.t FROM endless",
    "INSERT INTO r.t SELECT a.i FROM r.many a, r.many b",
    f"CREATE TABLE r.x AS FROM {ENDLESS}",
    "CREATE TABLE r.x AS FROM endless",
    "UPDATE r.t SET i = (SELECT sum(a.i * b.i) FROM r.many a, r.many b)",
    "DELETE FROM r.t WHERE i < (SELECT sum(a.i * b.i) FROM r.many a, r.many b)",
    f"CALL skein_execute('r', 'INSERT INTO t FROM {ENDLESS}')",
])
@pytest.mark.parametrize("begin", [False, True], ids=["alone", "in-a-transaction"])
def test_in_the_middle_of_a_change(attached, sql, begin):
    watcher = attached.client.cursor()

    def kill():
        wait_until(lambda: statistics(watcher, attached.uri)["client"]["active_statements"] > 0, "the statement to run")
        attached.server.kill()

    if begin:
        attached.client.execute("BEGIN; INSERT INTO r.t VALUES (-2)")
    killer = threading.Thread(target=kill)
    killer.start()
    refused = refused_by_sql(attached.client, sql)
    killer.join()
    assert refused.name == "IOException" and f"localhost:{attached.server.port}" in refused.text, refused
    if begin:
        with contextlib.suppress(duckdb.TransactionException):
            attached.client.execute("ROLLBACK")
    check_back(attached)


@pytest.mark.parametrize("sql", ["FROM r.t", "INSERT INTO r.t VALUES (1)", "UPDATE r.t SET i = 1", "DELETE FROM r.t", "CREATE TABLE r.x (i INTEGER)",
                                 "CREATE TABLE r.x AS SELECT 1", "DROP TABLE r.t", "ALTER TABLE r.t ADD COLUMN j INTEGER", "FROM r.no_such",
                                 "FROM skein_query('r', 'FROM t')", "CALL skein_execute('r', 'DELETE FROM t')"])
def test_while_it_is_down(attached, sql):
    attached.server.kill()
    for _ in range(2):
        refused = refused_by_sql(attached.client, sql)
        assert refused.name == "IOException" and f"localhost:{attached.server.port}" in refused.text, refused
        assert attached.client.execute("SELECT 42").fetchall() == [(42,)]
    check_back(attached)


def test_by_the_cpp_client_and_by_flight(server_factory, tmp_path):
    server = server_factory(database=tmp_path / "server.db")
    port = server.port
    batch = pa.record_batch({"id": pa.array(range(10000), pa.int64())})
    with Wire(server.uri) as wire, contextlib.closing(Commands(server.uri)) as commands:
        wire.execute("CREATE TABLE t (id BIGINT)")
        scan = wire.get("EXECUTE_SQL", sql=f"FROM {ENDLESS}")
        assert scan.read_chunk().data.num_rows > 0
        upload = wire.put(batch.schema, table_name="t")
        upload[0].write_batch(batch)
        answers = []
        thread = threading.Thread(target=lambda: answers.append(commands.run("query", f"SELECT range FROM {ENDLESS} WHERE range % 7 = 8")))
        thread.start()
        wait_until(lambda: wire.statistics().active_statements == 3, "all of them to run")
        server.kill()
        with pytest.raises((flight.FlightError, pa.ArrowException)):
            while True:
                scan.read_chunk()
        with pytest.raises((flight.FlightError, pa.ArrowException)):
            wire.finish(upload)
        thread.join()
        assert isinstance(answers[0], Refused) and answers[0].name == "SERVER_UNAVAILABLE", answers
        server_factory(database=tmp_path / "server.db", port=port)
        assert commands.run("scan", "t") == 0
        assert commands.run("insert", "t", "id", 5, -1) == 5
