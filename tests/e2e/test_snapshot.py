"""One statement sees one snapshot of a server, however many of its tables it reads."""

import threading

from wire import Wire

TRANSFERS = 200
READS = 60


def test_sum_over_two_tables_never_changes(server, connect):
    """A writer moves one unit at a time between two tables; no reader may see it in both or in neither."""
    client = connect()
    client.execute("FROM skein_query(?, 'SELECT 1')", [server.uri])
    client.execute(
        f"""CALL skein_execute('{server.uri}', 'CREATE TABLE left_side AS SELECT 1000 AS units;
            CREATE TABLE right_side AS SELECT 1000 AS units')"""
    )
    for name in ("left_side", "right_side"):
        client.execute(f"CALL register_remote_table('{name}', '{server.uri}', '{name}')")
    writer = connect()
    failures = []

    def move():
        try:
            for _ in range(TRANSFERS):
                writer.execute(
                    f"""CALL skein_execute('{server.uri}', 'UPDATE left_side SET units = units - 1;
                        UPDATE right_side SET units = units + 1')"""
                )
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    thread = threading.Thread(target=move)
    thread.start()
    sums = set()
    for _ in range(READS):
        sums.add(client.execute("SELECT l.units + r.units FROM left_side l, right_side r").fetchone()[0])
    thread.join()
    assert not failures, failures
    assert sums == {2000}
    moved = client.execute("SELECT units FROM right_side").fetchone()[0]
    assert moved == 1000 + TRANSFERS


def test_self_join_reads_one_snapshot_in_one_transaction(server, client):
    client.execute(f"CALL skein_execute('{server.uri}', 'CREATE TABLE numbers AS SELECT i FROM range(50000) r(i)')")
    client.execute(f"CALL register_remote_table('numbers', '{server.uri}', 'numbers')")
    union = "SELECT count(*), sum(i) FROM (FROM numbers UNION ALL FROM numbers UNION ALL FROM numbers)"
    assert client.execute(union).fetchall() == [(150000, 3 * sum(range(50000)))]
    counts = client.execute(
        "SELECT rows_received, active_statements FROM skein_statistics() WHERE side = 'client'"
    ).fetchone()
    assert counts == (150000, 0)


def test_committers_never_split_a_snapshot_that_several_connections_read(server):
    """A transaction with readers reads each table on a connection of its own, while others commit as fast as they can."""
    with Wire(server.uri) as wire:
        # More than a server sends as one small result, which would not need a connection of its own.
        rows = "SELECT 1000 AS units, repeat('x', 100000) AS rest"
        wire.execute(f"CREATE TABLE left_side AS {rows}; CREATE TABLE right_side AS {rows}")
        session = wire.action("OPEN_SESSION").session_id
    done = threading.Event()
    failures = []

    def move():
        try:
            with Wire(server.uri) as writer:
                while not done.is_set():
                    writer.execute("UPDATE left_side SET units = units - 1; UPDATE right_side SET units = units + 1")
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    thread = threading.Thread(target=move)
    thread.start()
    on_readers = 0
    moved = set()
    try:
        with Wire(server.uri, session=session) as wire:
            for _ in range(READS):
                transaction = wire.action("BEGIN_TRANSACTION", readers_count=2).transaction_id
                fields = {"transaction_id": transaction, "shares_result": True}
                readers = [wire.get("SCAN_TABLE", table_name=name, **fields) for name in ("left_side", "right_side")]
                on_readers += all(b"skein:result" in (reader.schema.metadata or {}) for reader in readers)
                left, right = (reader.read_all().column("units")[0].as_py() for reader in readers)
                own = wire.query("SELECT l.units, r.units FROM left_side l, right_side r", transaction_id=transaction)
                wire.action("COMMIT_TRANSACTION", transaction_id=transaction)
                assert left + right == 2000 and own == [(left, right)]
                moved.add(right)
    finally:
        done.set()
        thread.join()
    assert not failures, failures
    assert len(moved) > 1, "nobody committed meanwhile"
    assert on_readers > 0, "no read had connections of its own"


def test_a_transaction_that_has_written_sees_its_own_rows(server):
    # More than a server sends as one small result, which nobody could join.
    first = (1, "x" * 100_000)
    with Wire(server.uri) as wire:
        wire.execute(f"CREATE TABLE t AS SELECT 1 AS i, repeat('x', {len(first[1])}) AS s")
        session = wire.action("OPEN_SESSION").session_id
    with Wire(server.uri, session=session) as wire:
        for write in ("INSERT INTO t VALUES (2, 'y')", "DELETE FROM t", "UPDATE t SET i = 3", "ALTER TABLE t ADD COLUMN j INTEGER"):
            transaction = wire.action("BEGIN_TRANSACTION", readers_count=2).transaction_id
            fields = {"transaction_id": transaction, "shares_result": True}
            before = wire.get("SCAN_TABLE", table_name="t", **fields)
            assert b"skein:result" in before.schema.metadata
            assert before.read_all().num_rows == 1
            wire.execute(write, transaction_id=transaction)
            after = wire.get("SCAN_TABLE", table_name="t", **fields)
            assert b"skein:result" not in (after.schema.metadata or {})
            rows = list(zip(*(column.to_pylist() for column in after.read_all().columns)))
            assert rows == wire.query("FROM t", transaction_id=transaction) and rows != [first]
            wire.action("ROLLBACK_TRANSACTION", transaction_id=transaction)
        assert wire.query("FROM t") == [first]


def test_readers_are_used_again_and_are_not_needed(server):
    """More scans than readers, one after another and at once."""
    with Wire(server.uri) as wire:
        wire.execute("CREATE TABLE t AS SELECT range AS i FROM range(100000)")
        session = wire.action("OPEN_SESSION").session_id
    with Wire(server.uri, session=session) as wire:
        transaction = wire.action("BEGIN_TRANSACTION", readers_count=1).transaction_id
        fields = {"table_name": "t", "transaction_id": transaction, "shares_result": True}
        for _ in range(5):
            reader = wire.get("SCAN_TABLE", **fields)
            assert b"skein:result" in reader.schema.metadata
            assert reader.read_all().num_rows == 100_000
        readers = [wire.get("SCAN_TABLE", **fields) for _ in range(3)]
        assert [reader.read_all().num_rows for reader in readers] == [100_000] * 3
        # One that was given up is not given to anybody else.
        gone = wire.get("SCAN_TABLE", **fields)
        gone.cancel()
        assert wire.get("SCAN_TABLE", **fields).read_all().num_rows == 100_000
        wire.action("COMMIT_TRANSACTION", transaction_id=transaction)
