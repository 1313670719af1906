"""One statement sees one snapshot of a server, however many of its tables it reads."""

import threading

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
