"""The counters on both sides: alike, exact, and never more than was done."""

import threading

import pytest

from twin import COUNTERS, statistics


@pytest.fixture
def filled(twin):
    twin.table("t", "i INTEGER, s VARCHAR", "SELECT range, 's' || range FROM range(5000)")
    twin.table("u", "i INTEGER", "FROM range(10)")
    return twin


#: Statement, then what it costs: statements, round trips, rows received, rows sent.
COSTS = [
    ("FROM t", 1, 1, 5000, 0),
    ("SELECT count(*) FROM t", 1, 1, 5000, 0),
    ("SELECT i FROM t WHERE i = 7", 1, 1, 1, 0),
    ("SELECT i FROM t WHERE false", 0, 0, 0, 0),
    # Two scans of one server see one snapshot: a transaction that begins and ends.
    ("SELECT * FROM t JOIN u USING (i)", 2, 4, None, 0),
    ("INSERT INTO u VALUES (1), (2)", 1, 1, 0, 2),
    ("INSERT INTO u SELECT range FROM range(3000)", 1, 1, 0, 3000),
    ("SELECT 1", 0, 0, 0, 0),
    ("FROM remote_tables()", 0, 0, 0, 0),
    ("FROM skein_statistics()", 0, 0, 0, 0),
    ("EXPLAIN FROM t", 0, 0, 0, 0),
    ("DESCRIBE t", 0, 0, 0, 0),
]


@pytest.mark.parametrize("sql, statements, round_trips, received, sent", COSTS, ids=[cost[0] for cost in COSTS])
def test_what_a_statement_costs(filled, sql, statements, round_trips, received, sent):
    with filled.travelled() as moved:
        filled.client.execute(sql).fetchall()
    assert (moved.statements, moved.round_trips, moved.rows_sent) == (statements, round_trips, sent)
    if received is not None:
        assert moved.rows_received == received
    assert (moved.bytes_received > 0) == (moved.rows_received > 0)
    assert (moved.bytes_sent > 0) == (moved.rows_sent > 0)


def test_a_delete_reads_row_ids_and_sends_them_back(filled):
    with filled.travelled() as moved:
        filled.client.execute("DELETE FROM t WHERE i < 100")
    assert (moved.statements, moved.rows_received, moved.rows_sent) == (2, 100, 100)
    # The beginning of a transaction, a scan, an upload, and its end.
    assert moved.round_trips == 4


def test_registering_costs_one_round_trip(filled):
    with filled.travelled() as moved:
        filled.register("again", "t")
    assert (moved.statements, moved.round_trips, moved.rows_received) == (0, 1, 0)


def test_bytes_follow_the_data(twin):
    twin.table("short", "s VARCHAR", "SELECT 'x' FROM range(2000)")
    # All different: texts that recur are sent once.
    twin.table("long", "s VARCHAR", "SELECT left(repeat(md5(range::VARCHAR), 32), 1001) FROM range(2000)")
    moved = {}
    for name in ("short", "long"):
        with twin.travelled() as moved[name]:
            twin.client.execute(f"FROM {name}").fetchall()
    difference = moved["long"].bytes_received - moved["short"].bytes_received
    assert 2000 * 1000 <= difference < 2000 * 1000 * 1.01


def test_the_same_bytes_there_and_back(twin):
    twin.table("t", "i BIGINT", "FROM range(16384)")
    twin.table("u", "i BIGINT")
    with twin.travelled() as moved:
        twin.client.execute("INSERT INTO u FROM t")
    assert moved.rows_sent == moved.rows_received == 16384
    assert abs(moved.bytes_sent - moved.bytes_received) < 0.01 * moved.bytes_received


def test_failures_are_counted_alike(filled):
    for sql in ("SELECT error('stop') FROM t", "INSERT INTO u SELECT 'x'::INTEGER FROM t", "SELECT s::INTEGER FROM t"):
        with filled.travelled():
            try:
                filled.client.execute(sql).fetchall()
            except Exception as failure:
                assert "INTERNAL" not in str(failure)


def test_several_threads_are_counted_alike(filled):
    def work(number):
        cursor = filled.client.cursor()
        for _ in range(5):
            assert cursor.execute("SELECT count(*) FROM t").fetchall() == [(5000,)]
            cursor.execute(f"INSERT INTO u VALUES ({number})")

    with filled.travelled() as moved:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (moved.statements, moved.rows_received, moved.rows_sent) == (60, 6 * 5 * 5000, 30)


def test_both_sides_are_shown_for_each_server(filled, server_factory, connect):
    second = server_factory()
    client = connect()
    assert client.execute("FROM skein_statistics()").fetchall() == []
    for uri in (filled.uri, second.uri):
        client.execute("FROM skein_query(?, 'SELECT 1')", [uri]).fetchall()
    rows = client.execute("SELECT server, side FROM skein_statistics()").fetchall()
    assert sorted(rows) == sorted((uri, side) for uri in (filled.uri, second.uri) for side in ("client", "server"))
    assert list(statistics(client, second.uri)["client"]) == list(COUNTERS)
