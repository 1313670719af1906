"""Transactions on attached databases: whose client dies, or that want to write in two places."""

import contextlib
import subprocess
import sys
import time

import duckdb
import pytest

import skein_server

# Opens a transaction, changes the row, says so, and then does nothing more but live.
CLIENT = """
import sys, time
sys.path.insert(0, sys.argv[1])
from client_database import open_client
client = open_client()
client.execute(f"ATTACH '{sys.argv[2]}' AS r (TYPE skein)")
client.execute(f"SET disabled_optimizers = '{sys.argv[3]}'")
client.execute("BEGIN")
for sql in sys.argv[4:]:
    print(client.execute(sql).fetchall()[0][0], flush=True)
while True:
    time.sleep(60)
"""
LEASE_SECONDS = 2


@pytest.fixture(params=["whole", "pieces"])
def disabled(request):
    return "remote_pushdown" if request.param == "pieces" else ""


@contextlib.contextmanager
def client_process(uri, disabled, *statements):
    process = subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(skein_server.ROOT / "tests"), uri, disabled, *statements], stdout=subprocess.PIPE, text=True
    )
    try:
        # Each changed one row.
        assert [process.stdout.readline() for _ in statements] == ["1\n"] * len(statements)
        yield process
    finally:
        process.kill()
        process.wait()


def test_what_a_killed_client_held_is_free_within_the_lease(server_factory, connect, disabled):
    server = server_factory("--session-lease-seconds", LEASE_SECONDS)
    client = connect()
    client.execute(f"ATTACH '{server.uri}' AS r (TYPE skein)")
    client.execute("CREATE TABLE r.t AS SELECT 1 AS k, 'before' AS v")
    change = "UPDATE r.t SET v = 'mine' WHERE k = 1"
    with client_process(server.uri, disabled, "UPDATE r.t SET v = 'killed' WHERE k = 1", "INSERT INTO r.t VALUES (2, 'killed')") as killed:
        with pytest.raises(duckdb.TransactionException):
            client.execute(change)
        # Longer than the lease: a client that lives keeps what it holds.
        time.sleep(2 * LEASE_SECONDS)
        with pytest.raises(duckdb.TransactionException):
            client.execute(change)
        killed.kill()
        killed.wait()
        deadline = time.monotonic() + skein_server.HANG_SECONDS
        while True:
            try:
                assert client.execute(change).fetchall() == [(1,)]
                break
            except duckdb.TransactionException:
                assert time.monotonic() < deadline, "the transaction of a client that is gone holds its row for ever"
                time.sleep(0.05)
    assert client.execute("FROM r.t").fetchall() == [(1, "mine")]


WRITES = ["INSERT INTO {}.t VALUES (2)", "UPDATE {}.t SET i = 3", "DELETE FROM {}.t", "CREATE TABLE {}.u (i INTEGER)"]


@pytest.mark.parametrize("sql", WRITES)
@pytest.mark.parametrize("first, second", [("r", "memory"), ("memory", "r"), ("r", "other")])
def test_one_transaction_writes_in_one_place(shared_server, server_factory, connect, disabled, first, second, sql):
    client = connect()
    places = {"r": shared_server.uri}
    if second == "other":
        places["other"] = server_factory().uri
    for name, uri in places.items():
        client.execute(f"ATTACH '{uri}' AS {name} (TYPE skein)")
    for name in ("memory", *places):
        client.execute(f"CREATE OR REPLACE TABLE {name}.t AS SELECT 1 AS i")
    client.execute(f"SET disabled_optimizers = '{disabled}'")
    client.execute("BEGIN")
    client.execute(f"INSERT INTO {first}.t VALUES (7)")
    with pytest.raises(duckdb.TransactionException, match="a single transaction can only write to a single attached database") as refused:
        client.execute(sql.format(second))
    assert f'"{first}"' in str(refused.value) and f'"{second}"' in str(refused.value)
    client.execute("ROLLBACK")
    for name in ("memory", *places):
        assert client.execute(f"FROM {name}.t").fetchall() == [(1,)]
        assert client.execute(f"SELECT count(*) FROM duckdb_tables() WHERE database_name = '{name}' AND table_name = 'u'").fetchall() == [(0,)]
