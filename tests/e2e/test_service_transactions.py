"""Sessions and transactions over the wire, with pyarrow alone."""

import time

import pyarrow as pa
import pytest
from skein_server import HANG_SECONDS
from wire import Wire, category_of, error_of

ROWS = 2_000_000
SUM = ROWS * (ROWS - 1) // 2


@pytest.fixture
def wire(server):
    with Wire(server.uri) as connection:
        connection.execute(f"CREATE TABLE big AS SELECT range AS i FROM range({ROWS})")
        connection.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, s VARCHAR DEFAULT 'none')")
        yield connection


@pytest.fixture
def open_session(server, wire):
    connections = []

    def make():
        session = Wire(server.uri, session=wire.action("OPEN_SESSION").session_id)
        connections.append(session)
        return session

    yield make
    for connection in connections:
        connection.close()


@pytest.fixture
def session(open_session):
    return open_session()


def begin(session):
    return session.action("BEGIN_TRANSACTION").transaction_id


def commit(session, transaction):
    session.action("COMMIT_TRANSACTION", transaction_id=transaction)


def rollback(session, transaction):
    session.action("ROLLBACK_TRANSACTION", transaction_id=transaction)


def category(call, *args, **fields):
    with pytest.raises(Exception) as failure:
        result = call(*args, **fields)
        if hasattr(result, "read_all"):
            result.read_all()
    return category_of(failure.value)


def read_on(reader, first):
    """Rows and sum of column i of a scan whose first batch was read."""
    batches = [first]
    batches.extend(chunk.data for chunk in reader)
    return sum(batch.num_rows for batch in batches), sum(sum(batch.column("i").to_pylist()) for batch in batches)


def upload(session, kind, rows, **fields):
    put = session.put(rows.schema, kind=kind, **fields)
    put[0].write_table(rows)
    return session.finish(put).rows_affected


def test_commit_and_rollback(wire, session):
    transaction = begin(session)
    session.execute("INSERT INTO t VALUES (1, 'a')", transaction_id=transaction)
    session.insert("t", {"i": pa.array([2, 3], pa.int32())}, transaction_id=transaction)
    assert session.value("SELECT count(*) FROM t", transaction_id=transaction) == 3
    assert wire.value("SELECT count(*) FROM t") == 0
    rollback(session, transaction)
    assert wire.value("SELECT count(*) FROM t") == 0

    again = begin(session)
    assert again > transaction
    session.execute("INSERT INTO t VALUES (1, 'a')", transaction_id=again)
    commit(session, again)
    assert wire.query("SELECT * FROM t") == [(1, "a")]
    assert category(session.action, "COMMIT_TRANSACTION", transaction_id=again) == "SESSION_NOT_FOUND"


def test_a_transaction_belongs_to_its_session(wire, session, open_session):
    transaction = begin(session)
    assert category(open_session().query, "SELECT 1", transaction_id=transaction) == "SESSION_NOT_FOUND"
    assert category(wire.query, "SELECT 1", transaction_id=transaction) == "SESSION_NOT_FOUND"
    assert category(session.action, "BEGIN_TRANSACTION") == "INVALID_REQUEST"
    assert category(wire.action, "BEGIN_TRANSACTION") == "INVALID_REQUEST"


def test_closing_a_session_rolls_back(wire, session):
    transaction = begin(session)
    session.execute("INSERT INTO t VALUES (1, 'a')", transaction_id=transaction)
    session.action("CLOSE_SESSION")
    assert category(session.query, "SELECT 1") == "SESSION_NOT_FOUND"
    assert wire.value("SELECT count(*) FROM t") == 0
    # Nothing of it is left that could conflict.
    wire.execute("INSERT INTO t VALUES (1, 'b')")


def test_several_scans_and_statements_at_once(session):
    transaction = begin(session)
    first = session.get("SCAN_TABLE", table_name="big", transaction_id=transaction)
    first_batch = first.read_chunk().data
    second = session.get("SCAN_TABLE", table_name="big", transaction_id=transaction)
    second_batch = second.read_chunk().data
    session.execute("DELETE FROM big", transaction_id=transaction)
    assert session.value("SELECT count(*) FROM big", transaction_id=transaction) == 0
    assert read_on(second, second_batch) == (ROWS, SUM)
    assert read_on(first, first_batch) == (ROWS, SUM)
    rollback(session, transaction)


def test_a_scan_that_is_given_up_leaves_the_transaction_whole(session):
    transaction = begin(session)
    session.execute("INSERT INTO t VALUES (1, 'a')", transaction_id=transaction)
    for _ in range(5):
        reader = session.get("SCAN_TABLE", table_name="big", transaction_id=transaction)
        reader.read_chunk()
        reader.cancel()
    commit(session, transaction)
    assert session.value("SELECT count(*) FROM t") == 1


def test_half_read_scans_at_the_end_of_a_transaction(session):
    transaction = begin(session)
    reader = session.get("SCAN_TABLE", table_name="big", transaction_id=transaction)
    first = reader.read_chunk().data
    commit(session, transaction)
    assert read_on(reader, first) == (ROWS, SUM)

    transaction = begin(session)
    reader = session.get("SCAN_TABLE", table_name="big", transaction_id=transaction)
    first = reader.read_chunk().data
    rollback(session, transaction)
    with pytest.raises(Exception, match="rolled back"):
        read_on(reader, first)


def test_a_table_is_inserted_into_itself(session):
    transaction = begin(session)
    reader = session.get("SCAN_TABLE", table_name="big", transaction_id=transaction)
    put = session.put(reader.schema, table_name="big", transaction_id=transaction)
    for chunk in reader:
        put[0].write_batch(chunk.data)
    assert session.finish(put).rows_affected == ROWS
    assert session.value("SELECT count(*) FROM big", transaction_id=transaction) == 2 * ROWS
    rollback(session, transaction)
    assert session.value("SELECT count(*) FROM big") == ROWS


def test_rows_are_changed_by_their_ids(session):
    session.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')")
    transaction = begin(session)
    scan = session.get("SCAN_TABLE", table_name="t", columns=["i"], with_row_id=True, transaction_id=transaction)
    ids = {row["i"]: row["rowid"] for row in scan.read_all().to_pylist()}
    fields = {"table_name": "t", "transaction_id": transaction}

    changes = pa.table({"rowid": pa.array([ids[1], ids[2]], pa.int64()), "any": ["A", "B"]})
    assert upload(session, "UPDATE_DATA", changes, columns=["s"], **fields) == 2
    row_id = pa.table({"rowid": pa.array([ids[3]], pa.int64())})
    assert upload(session, "UPDATE_DATA", row_id, default_columns=["s"], **fields) == 1
    # Without a column nothing changes, and the row counts.
    assert upload(session, "UPDATE_DATA", row_id, **fields) == 1
    # A row that is named several times goes once, one that is not there not at all.
    doomed = pa.table({"rowid": pa.array([ids[4]] * 3 + [10**9], pa.int64())})
    assert upload(session, "DELETE_DATA", doomed, **fields) == 1
    assert upload(session, "DELETE_DATA", row_id.slice(0, 0), **fields) == 0
    commit(session, transaction)
    assert session.query("SELECT * FROM t ORDER BY i") == [(1, "A"), (2, "B"), (3, "none")]


def test_changes_by_row_ids_are_checked(wire, session):
    ids = pa.table({"rowid": pa.array([0], pa.int64())})
    assert category(upload, wire, "DELETE_DATA", ids, table_name="t") == "INVALID_REQUEST"
    transaction = begin(session)
    fields = {"table_name": "t", "transaction_id": transaction}
    for kind, rows, more in (
        ("DELETE_DATA", pa.table({"id": pa.array([0], pa.int64())}), {}),
        ("DELETE_DATA", pa.table({"rowid": ["0"]}), {}),
        ("DELETE_DATA", ids, {"filter": "i = 1"}),
        ("UPDATE_DATA", ids, {"columns": ["s"]}),
        ("UPDATE_DATA", ids, {"default_columns": ["nosuch"]}),
        ("UPDATE_DATA", ids, {"default_columns": ["s", "S"]}),
    ):
        assert category(upload, session, kind, rows, **fields, **more) == "INVALID_REQUEST", (kind, more)
    # Refusals of the server's own leave the transaction as it was.
    assert session.value("SELECT 42", transaction_id=transaction) == 42


def test_an_aborted_transaction_says_so_to_the_end(wire, session):
    wire.execute("INSERT INTO t VALUES (1, 'a')")
    transaction = begin(session)
    session.execute("INSERT INTO t VALUES (2, 'b')", transaction_id=transaction)
    assert category(session.execute, "INSERT INTO t VALUES (1, 'x')", transaction_id=transaction) == "ENGINE_ERROR"
    with pytest.raises(Exception) as failure:
        session.query("SELECT 1", transaction_id=transaction)
    assert "aborted" in error_of(failure.value).message
    with pytest.raises(Exception) as failure:
        commit(session, transaction)
    assert error_of(failure.value).exception_type == "TransactionContext"
    assert wire.query("SELECT i FROM t") == [(1,)]


def test_conflicts_are_the_engines(wire, session, open_session):
    wire.execute("INSERT INTO t VALUES (1, 'a')")
    other = open_session()
    mine, theirs = begin(session), begin(other)
    session.execute("UPDATE t SET s = 'mine'", transaction_id=mine)
    with pytest.raises(Exception) as failure:
        other.execute("UPDATE t SET s = 'theirs'", transaction_id=theirs)
    assert error_of(failure.value).exception_type == "TransactionContext"
    commit(session, mine)
    rollback(other, theirs)
    assert wire.value("SELECT s FROM t") == "mine"


def test_a_statement_whose_client_gave_up_ends(wire):
    with pytest.raises(Exception):
        wire.action("EXECUTE_SQL", timeout=0.5, sql="CREATE TABLE x AS SELECT count(*) FROM range(10000000) a, range(100000)")
    deadline = time.monotonic() + HANG_SECONDS
    while wire.statistics().active_statements:
        assert time.monotonic() < deadline, "the statement goes on"
        time.sleep(0.05)
    assert not wire.action("TABLE_EXISTS", table_name="x").exists


def test_statistics_are_per_session_and_server(server, wire, session):
    before = wire.statistics()
    session.query("SELECT * FROM range(1000)")
    session.insert("t", {"i": pa.array([1, 2], pa.int32())})
    session.action("HEARTBEAT")
    answer = session.action("STATISTICS")
    mine, all_ = answer.session_statistics, answer.server_statistics
    assert (mine.statements, mine.round_trips, mine.rows_sent, mine.rows_received) == (2, 2, 1000, 2)
    assert mine.bytes_sent > 8000 and mine.bytes_received > 8 and mine.active_statements == 0
    for counter in ("statements", "round_trips", "rows_sent", "rows_received", "bytes_sent", "bytes_received"):
        assert getattr(all_, counter) - getattr(before, counter) == getattr(mine, counter)
    assert all_.sessions == 1
