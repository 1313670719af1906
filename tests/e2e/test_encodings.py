"""How rows travel is a setting, and what arrives is the same whatever it says."""

import duckdb
import pytest

ROWS = """SELECT range AS id, 'kind ' || range % 5 AS kind, 'text ' || range AS text, [range, NULL] AS list, {'a': range % 3, 'b': NULL::VARCHAR} AS pair,
          CASE WHEN range % 3 > 0 THEN range / 7 END AS share, (range * 1000000007)::HUGEINT AS wide FROM range(150000)"""

WAYS = [
    ("frames", "none"),
    ("frames", "auto"),
    ("frames", "lz4"),
    ("frames", "zstd"),
    ("native", "none"),
    ("arrow", "none"),
]


@pytest.fixture
def travelling(twin):
    twin.table("t", "id BIGINT, kind VARCHAR, text VARCHAR, list BIGINT[], pair STRUCT(a BIGINT, b VARCHAR), share DOUBLE, wide HUGEINT", ROWS)
    return twin


def set_way(client, encoding, compression):
    client.execute(f"SET skein_encoding = '{encoding}'")
    client.execute(f"SET skein_compression = '{compression}'")


@pytest.mark.parametrize("encoding, compression", WAYS)
def test_rows_arrive_and_leave_the_same(travelling, encoding, compression):
    client = travelling.client
    set_way(client, encoding, compression)
    with travelling.travelled() as moved:
        client.execute("CREATE TEMP TABLE arrived AS FROM t")
    assert moved.rows_received == 150000
    assert client.execute("SELECT count(*) FROM (FROM arrived EXCEPT ALL (" + ROWS + "))").fetchone() == (0,)
    assert client.execute("SELECT count(*) FROM arrived WHERE rowid != id").fetchone() == (0,)
    with travelling.travelled() as moved:
        client.execute("INSERT INTO t FROM arrived")
    assert moved.rows_sent == 150000
    assert client.execute("SELECT count(*), sum(id), count(DISTINCT text) FROM t").fetchone() == (300000, 2 * sum(range(150000)), 150000)


def test_frames_are_smaller_and_compressed_ones_smaller_still(travelling):
    sizes = {}
    for encoding, compression in WAYS:
        set_way(travelling.client, encoding, compression)
        with travelling.travelled() as moved:
            travelling.client.execute("CREATE OR REPLACE TEMP TABLE arrived AS FROM t")
        sizes[encoding, compression] = moved.bytes_received
    assert sizes["frames", "none"] < 0.7 * sizes["native", "none"]
    assert sizes["frames", "zstd"] < sizes["frames", "lz4"] < sizes["frames", "none"]
    # On one host nothing is gained.
    assert sizes["frames", "auto"] == sizes["frames", "none"]


def test_attach_says_how_rows_are_compressed(travelling):
    client, uri = travelling.client, travelling.uri
    client.execute(f"ATTACH '{uri}' AS plain (TYPE skein); ATTACH '{uri}' AS small (TYPE skein, COMPRESSION 'ZSTD')")
    sizes = {}
    for name in ("plain", "small"):
        before = received(client)
        client.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS FROM {name}.t")
        sizes[name] = received(client) - before
    assert sizes["small"] < sizes["plain"]
    with pytest.raises(duckdb.InvalidInputException, match="COMPRESSION is one of 'auto', 'none', 'lz4', 'zstd', not 'best'"):
        client.execute(f"ATTACH '{uri}' AS other (TYPE skein, COMPRESSION 'best')")


def received(client):
    """By all servers: one that is spoken to in two ways counts as two."""
    return client.execute("SELECT sum(bytes_received) FROM skein_statistics() WHERE side = 'client'").fetchone()[0]


@pytest.mark.parametrize("setting", ["skein_encoding", "skein_compression"])
def test_an_unknown_way_is_refused_by_name(twin, setting):
    for value in ("'gzip'", "''", "NULL"):
        with pytest.raises(duckdb.InvalidInputException, match=f"{setting} is one of '"):
            twin.client.execute(f"SET {setting} = {value}")
    before = twin.client.execute(f"SELECT current_setting('{setting}')").fetchone()
    twin.client.execute(f"SET {setting} = 'NONE'" if setting == "skein_compression" else f"SET {setting} = 'Native'")
    twin.client.execute(f"RESET {setting}")
    assert twin.client.execute(f"SELECT current_setting('{setting}')").fetchone() == before
