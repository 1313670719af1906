"""An INSERT that keeps its order while one thread lags behind the others."""

ROW_GROUP = 122880


def test_the_last_thread_to_wait_is_woken(server, connect):
    """The first row group is slow and is its thread's last; the other thread waits for it, with more ready than may be held.

    Whoever moves the order on has to wake who waits, also when it has nothing more to do itself.
    """
    client = connect(threads=2)
    wide = "repeat(chr((97 + i % 26)::INTEGER), 700)"
    client.execute(f"CREATE TABLE source AS SELECT i, {wide} AS s FROM range({3 * ROW_GROUP}) r(i)")
    client.execute(f"CALL skein_create_table('{server.uri}', 't', 'i BIGINT, s VARCHAR')")
    client.execute(f"CALL register_remote_table('t', '{server.uri}', 't')")
    slow = f"CASE WHEN i < {ROW_GROUP} THEN sha256(sha256(sha256(repeat(s, 8)))) ELSE s END"
    inserted = client.execute(f"INSERT INTO t SELECT i, {slow} FROM source").fetchall()
    assert inserted == [(3 * ROW_GROUP,)]
    misplaced = "SELECT count(*) FROM (SELECT i, row_number() OVER () - 1 AS place FROM t) WHERE i <> place"
    assert client.execute(misplaced).fetchall() == [(0,)]
