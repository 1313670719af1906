"""The extension's settings: shown, refused outside their range, and each with an effect that a counter sees."""

import contextlib
import os
import re
import signal

import pytest

from refusals import bytes_at_rest, refused_by_sql
from twin import explained, quoted, statistics, wait_until, wait_until_idle

DAY_MS = 86_400_000
MIB = 1 << 20
SETTINGS = {
    "skein_connect_timeout_ms": (1, 3_600_000, 5000),
    "skein_idle_timeout_ms": (100, DAY_MS, 30_000),
    "skein_read_ahead_bytes": (1, 16 << 30, 32 * MIB),
    "skein_insert_reorder_bytes": (1, 16 << 30, 64 * MIB),
    "skein_filter_bytes": (0, 32 * MIB, 8 * MIB),
    "skein_pool_connections_count": (0, 1024, 16),
    "skein_streams_count": (0, 64, 0),
}
ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"


def value_of(client, setting):
    return client.execute("SELECT current_setting(?)", [setting]).fetchall()[0][0]


def test_they_are_listed_with_a_description(client):
    listed = client.execute("SELECT name, value, input_type FROM duckdb_settings() WHERE name LIKE 'skein%' AND length(description) > 20 AND input_type = 'UBIGINT'").fetchall()
    assert sorted(listed) == sorted((name, str(default), "UBIGINT") for name, (_, _, default) in SETTINGS.items())


@pytest.mark.parametrize("setting", SETTINGS)
def test_what_a_setting_takes(client, setting):
    least, most, default = SETTINGS[setting]
    for right in (least, most):
        client.execute(f"SET {setting} = {right}")
        assert value_of(client, setting) == right
    for wrong in ([] if least == 0 else [least - 1]) + [most + 1, "NULL"]:
        refused = refused_by_sql(client, f"SET {setting} = {wrong}")
        assert refused.name == "InvalidInputException" and setting in refused.text and f"from {least} to {most}" in refused.text
    for wrong in (-1, "'many'"):
        assert refused_by_sql(client, f"SET {setting} = {wrong}").name in ("ConversionException", "InvalidInputException", "OutOfRangeException")
    assert value_of(client, setting) == most
    client.execute(f"RESET {setting}")
    assert value_of(client, setting) == default


def test_idle_timeout(connect, server):
    """A server that is stopped in the middle shows no sign of life."""
    client = connect()
    client.execute(f"FROM skein_query({quoted(server.uri)}, 'SELECT 1')").fetchall()
    client.execute("SET skein_idle_timeout_ms = 400")
    os.kill(server.pid, signal.SIGSTOP)
    try:
        refused = refused_by_sql(client, f"FROM skein_query({quoted(server.uri)}, 'SELECT 1')")
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert refused.name == "IOException" and f"localhost:{server.port}" in refused.text
    assert client.execute(f"FROM skein_query({quoted(server.uri)}, 'SELECT 2')").fetchall() == [(2,)]


@pytest.fixture
def many(own_twin):
    own_twin.on_server("CREATE VIEW many AS SELECT range AS i FROM range(50000000)")
    own_twin.register("many")
    return own_twin


@pytest.mark.parametrize("size, least, most", [(1, 0, 24 * MIB), (64 * MIB, 48 * MIB, 88 * MIB)])
def test_read_ahead_bytes(many, size, least, most):
    """So many bytes are read ahead of a reader that stops, and no more. The transport and the engine hold some MiB besides."""
    reader, watcher = many.client.cursor(), many.client.cursor()

    def received():
        return statistics(watcher, many.uri)["client"]["rows_received"]

    # Numbers in a row are a byte each as frames: too few rows would be too many.
    reader.execute(f"SET skein_encoding = 'native'; SET skein_read_ahead_bytes = {size}")
    before = received()
    reader.execute("SELECT i FROM many")
    assert reader.fetchone() == (0,)
    assert bytes_at_rest(lambda: received() - before, least) <= most
    reader.close()
    wait_until_idle(watcher, many.uri)


@pytest.mark.parametrize("size", [1, 64 * MIB])
def test_insert_reorder_bytes_keep_the_order(own_twin, tmp_path, size):
    """However little may wait for its turn, all rows come, in their order."""
    source = tmp_path / "rows.parquet"
    own_twin.oracle.execute(f"COPY (SELECT range AS i FROM range(600000)) TO '{source}' (ROW_GROUP_SIZE 20000)")
    own_twin.table("t", "i BIGINT")
    own_twin.client.execute(f"SET skein_insert_reorder_bytes = {size}; SET threads = 4")
    with own_twin.travelled() as moved:
        assert own_twin.client.execute(f"INSERT INTO t FROM '{source}'").fetchall() == [(600_000,)]
    assert moved.rows_sent == 600_000
    assert own_twin.from_server("SELECT count(*) FROM t WHERE i <> rowid") == [(0,)]


def test_filter_bytes(own_twin):
    own_twin.table("t", "i BIGINT", "FROM range(1000)")
    sql = "SELECT i FROM t WHERE i = 7"
    condition = re.search(r"WHERE (\(.*?\)+)", explained(own_twin.client, sql))[1]
    for size, travelled in ((len(condition), 1), (len(condition) - 1, 1000), (0, 1000)):
        own_twin.client.execute(f"SET skein_filter_bytes = {size}")
        with own_twin.travelled() as moved:
            assert own_twin.client.execute(sql).fetchall() == [(7,)]
        assert moved.rows_received == travelled, (condition, size)


def connections_to(port):
    """This process' established TCP connections to a port."""
    inodes = set()
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            inodes.add(os.readlink(f"/proc/self/fd/{name}"))
    count = 0
    for path in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
        with open(path, encoding="ascii") as table:
            rows = [line.split() for line in table][1:]
        count += sum(row[3] == "01" and int(row[2].rsplit(":", 1)[1], 16) == port and f"socket:[{row[9]}]" in inodes for row in rows)
    return count


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_pool_connections_count(many, kept):
    many.client.execute("SET GLOBAL skein_pool_connections_count = 64")
    readers = [many.client.cursor() for _ in range(4)]
    for reader in readers:
        reader.execute(f"SET skein_pool_connections_count = {kept}")
        reader.execute("SELECT i FROM many")
        assert reader.fetchone() == (0,)
    port = many.server.port
    assert connections_to(port) >= 4
    for reader in readers:
        reader.close()
    # The twin's own connection was pooled before the scans began, and one of them took it.
    wait_until(lambda: connections_to(port) <= max(kept, 0), "connections to be closed")
    assert connections_to(port) == kept


@pytest.mark.parametrize("sql", [
    "FROM skein_query({uri}, '" + ENDLESS + "')",
    "CALL skein_execute({uri}, 'INSERT INTO t " + ENDLESS + "')",
    "SELECT count(*) FROM t, skein_query({uri}, '" + ENDLESS + "')",
    "INSERT INTO t SELECT a.range FROM range(10000000000) a",
])
def test_max_execution_time_of_the_engine_ends_what_the_server_does(own_twin, sql):
    """DuckDB's own limit of a statement's time holds where the time is the server's."""
    own_twin.table("t", "i BIGINT", "VALUES (1)")
    own_twin.client.execute("SET max_execution_time = 500")
    refused = refused_by_sql(own_twin.client, sql.replace("{uri}", quoted(own_twin.uri)))
    own_twin.client.execute("RESET max_execution_time")
    assert refused.name == "InterruptException" and "maximum execution time" in refused.text, refused
    wait_until_idle(own_twin.client, own_twin.uri)
    assert own_twin.from_server("FROM t") == [(1,)]
