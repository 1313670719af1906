"""Transactions over registered tables."""

import duckdb
import pytest

from twin import Twin, failure_of, quoted, wait_until_idle


def everywhere(twin, sql):
    """Runs the statement on both sides, without comparing."""
    for connection in (twin.client, twin.oracle):
        connection.execute(sql).fetchall()


@pytest.fixture
def other(connect, twin):
    """A second client of the same server."""
    client = connect()

    def register(*names):
        for name in names:
            client.execute(f"CALL register_remote_table({quoted(name)}, {quoted(twin.uri)}, {quoted(name)})")
        return client

    return register


CHANGES = [
    "INSERT INTO t VALUES (100), (101)",
    "INSERT INTO t SELECT range FROM range(5000)",
    "UPDATE t SET i = i + 1000",
    "DELETE FROM t WHERE i < 5",
    "INSERT INTO t SELECT i * 2 FROM t",
]


@pytest.mark.parametrize("end", ["ROLLBACK", "COMMIT"])
@pytest.mark.parametrize("sql", CHANGES)
def test_one_change(twin, sql, end):
    twin.table("t", "i INTEGER", "FROM range(10)")
    everywhere(twin, "BEGIN")
    twin.same(sql)
    twin.same("SELECT count(*), sum(i) FROM t")
    everywhere(twin, end)
    twin.same("FROM t")
    twin.same_table()


@pytest.mark.parametrize("end", ["ROLLBACK", "COMMIT"])
def test_all_changes(twin, end):
    twin.table("t", "i INTEGER", "FROM range(10)")
    twin.table("u", "j INTEGER", "FROM range(5)")
    everywhere(twin, "BEGIN")
    for sql in (*CHANGES, "INSERT INTO u FROM t", "DELETE FROM t WHERE i IN (SELECT j FROM u)", "UPDATE u SET j = 0 WHERE j > 2000"):
        twin.same(sql)
        twin.same("SELECT count(*), sum(i) FROM t")
        twin.same("SELECT count(*), sum(j) FROM u")
    everywhere(twin, end)
    for name in ("t", "u"):
        twin.same_table(name)


def test_a_rollback_is_seen_by_the_counters(twin):
    twin.table("t", "i INTEGER", "FROM range(10)")
    with twin.travelled() as moved:
        for sql in ("BEGIN", "INSERT INTO t VALUES (1)", "DELETE FROM t WHERE i < 3", "SELECT count(*) FROM t", "ROLLBACK"):
            twin.client.execute(sql).fetchall()
    # The insert; the scan and the upload of the delete; the count.
    assert moved.statements == 4
    twin.same_table()


def test_nobody_sees_a_change_before_commit(twin, other):
    twin.table("t", "i INTEGER", "VALUES (1)")
    second = other("t")
    twin.client.execute("BEGIN")
    twin.client.execute("INSERT INTO t VALUES (2)")
    twin.client.execute("UPDATE t SET i = i * 10")
    assert sorted(twin.client.execute("FROM t").fetchall()) == [(10,), (20,)]
    assert second.execute("FROM t").fetchall() == [(1,)]
    assert twin.client.cursor().execute("FROM t").fetchall() == [(1,)]
    twin.client.execute("COMMIT")
    assert sorted(second.execute("FROM t").fetchall()) == [(10,), (20,)]


def test_a_transaction_reads_one_snapshot(twin, other):
    twin.table("t", "i INTEGER", "VALUES (1)")
    second = other("t")
    twin.client.execute("BEGIN")
    assert twin.client.execute("FROM t").fetchall() == [(1,)]
    second.execute("INSERT INTO t VALUES (2)")
    assert twin.client.execute("FROM t").fetchall() == [(1,)]
    twin.client.execute("COMMIT")
    assert sorted(twin.client.execute("FROM t").fetchall()) == [(1,), (2,)]


@pytest.mark.parametrize("bad", [
    "INSERT INTO t VALUES (NULL)",
    "INSERT INTO t SELECT CASE WHEN range = 50000 THEN NULL ELSE range END FROM range(60000)",
    "UPDATE t SET i = NULL",
])
def test_an_error_aborts_as_it_does_locally(twin, bad):
    twin.table("t", "i INTEGER NOT NULL", "FROM range(10)")
    everywhere(twin, "BEGIN")
    twin.same("INSERT INTO t VALUES (77)")
    assert isinstance(twin.fails_alike(bad), duckdb.ConstraintException)
    # What may still be said in the transaction is as it is locally.
    for sql in ("SELECT count(*) FROM t", "COMMIT"):
        outcome = []
        for connection in (twin.client, twin.oracle):
            try:
                outcome.append(connection.execute(sql).fetchall())
            except duckdb.Error as failure:
                outcome.append(type(failure))
        assert outcome[0] == outcome[1], sql
    for connection in (twin.client, twin.oracle):
        try:
            connection.execute("ROLLBACK")
        except duckdb.TransactionException:
            pass
    twin.same_table()
    twin.same("INSERT INTO t VALUES (88)")
    twin.same_table()


def test_a_local_error_aborts_the_remote_change_too(twin):
    twin.table("t", "i INTEGER", "FROM range(10)")
    twin.client.execute("CREATE TABLE here (i INTEGER PRIMARY KEY)")
    twin.client.execute("BEGIN")
    twin.client.execute("INSERT INTO t VALUES (77)")
    failure_of(twin.client, "SELECT error('stop')")
    twin.client.execute("ROLLBACK")
    twin.same_table()


@pytest.mark.parametrize("first, second", [
    ("INSERT INTO t VALUES (1)", "INSERT INTO here VALUES (1)"),
    ("INSERT INTO here VALUES (1)", "INSERT INTO t VALUES (1)"),
    ("DELETE FROM t", "CREATE TABLE here2 (i INTEGER)"),
])
def test_remote_and_local_writes_in_one_transaction_are_refused(twin, first, second):
    twin.table("t", "i INTEGER", "FROM range(10)")
    twin.client.execute("CREATE TABLE here (i INTEGER)")
    twin.client.execute("BEGIN")
    twin.client.execute(first)
    failure = failure_of(twin.client, second)
    assert isinstance(failure, duckdb.TransactionException)
    assert "a single transaction can only write to a single attached database" in str(failure).lower(), failure
    twin.client.execute("ROLLBACK")
    twin.same_table()
    assert twin.client.execute("FROM here").fetchall() == []


def test_writes_on_two_servers_in_one_transaction_are_refused(twin, server_factory):
    second = Twin(twin.client, twin.oracle, server_factory())
    twin.table("t", "i INTEGER")
    second.table("u", "i INTEGER")
    twin.client.execute("BEGIN; INSERT INTO t VALUES (1)")
    assert isinstance(failure_of(twin.client, "INSERT INTO u VALUES (1)"), duckdb.TransactionException)
    twin.client.execute("ROLLBACK")
    twin.same_table("t")
    second.same_table("u")


def test_reading_anywhere_and_writing_here(twin, server_factory):
    second = Twin(twin.client, twin.oracle, server_factory())
    twin.table("t", "i INTEGER")
    second.table("u", "i INTEGER", "FROM range(100)")
    twin.local("CREATE TABLE here AS FROM range(50) r(i)")
    everywhere(twin, "BEGIN")
    twin.same("INSERT INTO t SELECT u.i FROM u JOIN here USING (i)")
    twin.same("SELECT count(*) FROM t JOIN u USING (i) JOIN here USING (i)")
    everywhere(twin, "COMMIT")
    twin.same_table()


@pytest.mark.parametrize("first, then", [
    ("UPDATE t SET i = i + 100", "UPDATE t SET i = i + 1"),
    ("DELETE FROM t WHERE i = -1", "DELETE FROM t WHERE i < 3"),
])
def test_two_clients_in_conflict(twin, other, first, then):
    twin.table("t", "i INTEGER", "SELECT range FROM range(10) UNION ALL SELECT -1")
    second = other("t")
    for connection in (twin.client, second):
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM t").fetchall()
    twin.client.execute(first)
    expected = [connection.cursor() for connection in (twin.oracle, twin.oracle)]
    for connection in expected:
        connection.execute("BEGIN")
    expected[0].execute(first)
    assert type(failure_of(second, then)) is type(failure_of(expected[1], then)) is duckdb.TransactionException
    second.execute("ROLLBACK")
    twin.client.execute("COMMIT")
    expected[0].execute("COMMIT")
    twin.same_table()
    # The one that lost may try again.
    assert second.execute("UPDATE t SET i = i + 5").fetchall() == twin.oracle.execute("UPDATE t SET i = i + 5").fetchall()
    twin.same_table()


def test_two_inserts_of_one_key_conflict_at_commit(twin, other):
    twin.table("t", "i INTEGER PRIMARY KEY")
    second = other("t")
    for client in (twin.client, second):
        client.execute("BEGIN")
        client.execute("INSERT INTO t VALUES (1)")
    twin.client.execute("COMMIT")
    with pytest.raises((duckdb.TransactionException, duckdb.ConstraintException)):
        second.execute("COMMIT")
    assert twin.from_server("FROM t") == [(1,)]
    second.execute("INSERT INTO t VALUES (2)")
    assert twin.from_server("SELECT count(*) FROM t") == [(2,)]


@pytest.mark.parametrize("begin", [False, True])
@pytest.mark.parametrize("written", [False, True])
def test_several_scans_at_once(twin, begin, written):
    twin.table("t", "i BIGINT, s VARCHAR", "SELECT range, repeat('x', 100) FROM range(60000)")
    twin.table("u", "i BIGINT", "FROM range(60000)")
    if begin:
        everywhere(twin, "BEGIN")
    if written:
        twin.same("INSERT INTO u VALUES (-1)")
    twin.same("SELECT count(*), sum(length(a.s)) FROM t a JOIN t b ON a.i = b.i + 1 JOIN u ON u.i = a.i JOIN u v ON v.i = b.i")
    twin.same("SELECT count(*) FROM (FROM t UNION ALL FROM t UNION ALL SELECT i, '' FROM u)")
    if begin:
        everywhere(twin, "COMMIT")


@pytest.mark.parametrize("begin", [False, True])
def test_from_a_table_into_itself(twin, begin):
    twin.table("t", "i BIGINT, s VARCHAR", "SELECT range, repeat('x', 100) FROM range(100000)")
    twin.table("u", "i BIGINT, s VARCHAR", "SELECT range, 'u' FROM range(1000)")
    if begin:
        everywhere(twin, "BEGIN")
    twin.same("INSERT INTO t SELECT * FROM t")
    twin.same("INSERT INTO t SELECT * FROM t WHERE i < 100 UNION ALL SELECT * FROM u")
    twin.same("SELECT count(*), sum(i), sum(length(s)) FROM t")
    if begin:
        everywhere(twin, "COMMIT")
    assert twin.from_server("SELECT count(*) FROM t") == [(201200,)]


def test_a_result_half_read_when_the_next_statement_comes(twin):
    twin.table("t", "i BIGINT, s VARCHAR", "SELECT range, repeat('x', 200) FROM range(100000)")
    reader = twin.client.cursor()
    reader.execute("BEGIN")
    reader.execute("INSERT INTO t VALUES (-1, '')")
    relation = reader.execute("FROM t")
    assert relation.fetchone() == (0, "x" * 200)
    # A cursor has one result: the next statement ends it, as it does locally.
    assert reader.execute("SELECT count(*) FROM t").fetchall() == [(100001,)]
    reader.execute("UPDATE t SET i = -2 WHERE i = -1")
    reader.execute("COMMIT")
    assert twin.from_server("SELECT min(i) FROM t") == [(-2,)]


def test_many_transactions_one_after_the_other(twin):
    twin.table("t", "i INTEGER", "VALUES (0)")
    for number in range(30):
        twin.client.execute("BEGIN")
        twin.client.execute("UPDATE t SET i = i + 1")
        twin.client.execute("ROLLBACK" if number % 3 == 0 else "COMMIT")
    assert twin.from_server("FROM t") == [(20,)]
    wait_until_idle(twin.client, twin.uri)


def test_closing_the_client_rolls_back(twin, connect):
    twin.table("t", "i INTEGER", "VALUES (1)")
    client = connect()
    client.execute(f"CALL register_remote_table('t', {quoted(twin.uri)}, 't')")
    client.execute("BEGIN; DELETE FROM t")
    client.close()
    assert twin.from_server("FROM t") == [(1,)]
    # The rows are free again: nothing of that transaction is left to conflict with.
    twin.client.execute("UPDATE t SET i = 2")
    assert twin.from_server("FROM t") == [(2,)]


def test_a_transaction_that_changes_nothing(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    for end in ("COMMIT", "ROLLBACK"):
        everywhere(twin, "BEGIN")
        everywhere(twin, end)
        everywhere(twin, "BEGIN")
        twin.same("FROM t")
        everywhere(twin, end)
