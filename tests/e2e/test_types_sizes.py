"""Tables of every size: rows around a vector's 2,048, a million, a thousand columns, and values of many megabytes."""

import pathlib

import duckdb
import pytest

from twin import open_twin, quoted, statistics


@pytest.fixture(scope="module")
def twin(shared_server):
    with open_twin(shared_server) as twin:
        yield twin


#: One column of each way values are stored, and what row `range` has in it.
COLUMNS = {
    "b": ("BOOLEAN", "range % 2 = 0"),
    "i": ("INTEGER", "range"),
    "h": ("HUGEINT", "-range::HUGEINT"),
    "s": ("VARCHAR", "'text ' || range"),
    "a": ("BOOLEAN[3]", "[true, NULL, range % 3 = 0]"),
    "t": ("INTERVAL", "to_microseconds(range * 9000000000000)"),
    "e": ("ENUM('x', 'y')", "['x', 'y'][range % 2 + 1]"),
    "l": ("VARCHAR[]", "['a', NULL, range::VARCHAR]"),
    "u": ("UNION(n INTEGER, s VARCHAR)", "CASE range % 2 WHEN 0 THEN range::INTEGER::UNION(n INTEGER, s VARCHAR) END"),
    "v": ("VARIANT", "range"),
}


def columns_of(names):
    return ", ".join(f"{name} {COLUMNS[name][0]}" for name in names)


def rows_of(names, count):
    return f"SELECT {', '.join(COLUMNS[name][1] for name in names)} FROM range({count})"


def difference(run, one, other):
    return [run(f"SELECT count(*) FROM (FROM {left} EXCEPT ALL FROM {right})") for left, right in ((one, other), (other, one))]


def same_there_and_here(twin, local):
    """The registered table t and a local one; then back into u, which the server compares with t."""

    def rows(sql):
        return twin.client.execute(sql).fetchall()

    assert difference(rows, "t", local) == [[(0,)], [(0,)]]
    rows(f"INSERT INTO u FROM {local}")
    assert difference(twin.from_server, "t", "u") == [[(0,)], [(0,)]]


def make(twin, columns, rows):
    twin.on_server(f"CREATE OR REPLACE TABLE t ({columns}); CREATE OR REPLACE TABLE u ({columns}); INSERT INTO t {rows}")
    twin.client.execute(f"CREATE OR REPLACE TABLE kept ({columns}); INSERT INTO kept {rows}")
    for name in ("t", "u"):
        twin.register(name, extra=", replace := true")


@pytest.mark.parametrize("rows", [0, 1, 2047, 2048, 2049])
def test_rows(twin, rows):
    make(twin, columns_of(COLUMNS), rows_of(COLUMNS, rows))
    same_there_and_here(twin, "kept")


def test_a_million_rows(twin):
    names = "bihsate"
    make(twin, columns_of(names), rows_of(names, 1_000_000))
    same_there_and_here(twin, "kept")


def test_a_thousand_columns(twin):
    types = ["INTEGER", "VARCHAR", "INTERVAL", "DOUBLE[]"]
    columns = ", ".join(f"c{number} {types[number % 4]}" for number in range(1000))
    values = ", ".join(["range", "'v' || range", "to_days(range::INTEGER)", "[range / 2]"][number % 4] for number in range(1000))
    rows = f"SELECT {values} FROM range(100)"
    twin.on_server(f"CREATE OR REPLACE TABLE wide ({columns}); INSERT INTO wide {rows}")
    twin.register("wide")
    expected = duckdb.sql(rows).fetchall()
    assert twin.client.execute("FROM wide").fetchall() == expected
    assert twin.client.execute("INSERT INTO wide FROM wide").fetchall() == [(100,)]
    assert sorted(map(repr, twin.from_server("FROM wide"))) == sorted(map(repr, expected * 2))


def test_a_text_of_100_megabytes(twin):
    twin.on_server("CREATE OR REPLACE TABLE long (i INTEGER, s VARCHAR, b BLOB)")
    twin.register("long")
    rows = "SELECT 1, repeat('abcdefghij', 10000000), repeat('z', 33000000)::BLOB UNION ALL SELECT 2, 'short', NULL"
    assert twin.client.execute(f"INSERT INTO long {rows}").fetchall() == [(2,)]
    expected = [(1, 100_000_000, 33_000_000, "abcdefghij"), (2, 5, None, "short")]
    assert twin.from_server("SELECT i, length(s), octet_length(b), right(s, 10) FROM long ORDER BY i") == expected
    seen = twin.client.execute("SELECT i, s, b FROM long ORDER BY i").fetchall()
    assert seen == [(1, "abcdefghij" * 10_000_000, b"z" * 33_000_000), (2, "short", None)]
    twin.on_server("DROP TABLE long")


def peak_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the server is gone")


def test_2500_texts_of_a_megabyte(server, client):
    """More than 32-bit offsets reach. The engine's own vectors take 2 GiB of it at once, our batches as much again."""
    rows = quoted("SELECT range AS i, repeat(chr(97 + range::INTEGER % 26), 1000000) AS s FROM range(2500)")
    sql = f"SELECT count(*), sum(length(s)), count(DISTINCT left(s, 1) || right(s, 1)) FROM skein_query({quoted(server.uri)}, {rows})"
    assert client.execute(sql).fetchall() == [(2500, 2_500_000_000, 26)]
    received = statistics(client, server.uri)
    assert received["client"]["bytes_received"] == received["server"]["bytes_sent"] > 2_500_000_000
    assert peak_bytes(server.pid) < 8 << 30


def test_a_row_too_large_is_refused_by_name(twin):
    twin.on_server("CREATE OR REPLACE TABLE huge (s VARCHAR[])")
    row = "SELECT [s, s, s, s, s] FROM (SELECT repeat('x', 100000000) AS s)"
    twin.register("huge")
    with pytest.raises(duckdb.InvalidInputException, match="row_bytes_max"):
        twin.client.execute(f"INSERT INTO huge {row}")
    twin.on_server(f"INSERT INTO huge {row}")
    with pytest.raises(duckdb.InvalidInputException, match="row_bytes_max"):
        twin.client.execute("SELECT len(s[1] || s[2]) FROM huge").fetchall()
    assert twin.from_server("SELECT count(*) FROM huge") == [(1,)]
    twin.on_server("DROP TABLE huge")
