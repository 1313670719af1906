"""Tables of every size: rows around a vector's 2,048, a million, a thousand columns, and values of many megabytes."""

import pathlib

import duckdb
import pytest

from twin import quoted, statistics
from ways import digests_differ, there_and_back


@pytest.fixture(scope="module")
def twin(place):
    return place.twin


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
    return [(name, COLUMNS[name][0]) for name in names]


def rows_of(names, count):
    return f"SELECT {', '.join(COLUMNS[name][1] for name in names)} FROM range({count})"


def names_of(way):
    """Without the columns whose values Arrow's types do not hold."""
    return "".join(COLUMNS) if way.lossless else "bihsael"


@pytest.mark.parametrize("rows", [0, 1, 2047, 2048, 2049])
def test_rows(place, way, rows):
    there_and_back(place, way, columns_of(names_of(way)), rows_of(names_of(way), rows))


def test_a_million_rows(place, way):
    # Lists and variants of a million rows are grouped for long by the tables' comparison.
    names = "bihsate" if way.lossless else "bihsae"
    there_and_back(place, way, columns_of(names), rows_of(names, 1_000_000))


def test_a_thousand_columns(place, way):
    types = ["INTEGER", "VARCHAR", "INTERVAL" if way.lossless else "DATE", "DOUBLE[]"]
    values = ["range + {0}", "'v' || range + {0}", "to_days(range::INTEGER)" if way.lossless else "DATE '2000-01-01' + range::INTEGER", "[range / 2, NULL]"]
    columns = [(f"c{number}", types[number % 4]) for number in range(1000)]
    rows = ", ".join(values[number % 4].format(number) for number in range(1000))
    there_and_back(place, way, columns, f"SELECT {rows} FROM range(100)")


def test_a_text_of_100_megabytes(place, way):
    rows = "SELECT 1, repeat('abcdefghij', 10000000), repeat('z', 33000000)::BLOB UNION ALL SELECT 2, 'short', NULL"
    there_and_back(place, way, [("i", "INTEGER"), ("s", "VARCHAR"), ("b", "BLOB")], rows, digests_differ)
    expected = [(1, 100_000_000, 33_000_000, "abcdefghij"), (2, 5, None, "short")]
    assert place.twin.from_server("SELECT i, length(s), octet_length(b), right(s, 10) FROM u ORDER BY i") == expected
    place.twin.on_server("DROP TABLE t; DROP TABLE u")


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


@pytest.mark.parametrize("encoding", ["frames", "native", "arrow"])
def test_2500_texts_of_a_megabyte_are_uploaded(server, client, encoding):
    client.execute(f"ATTACH {quoted(server.uri)} AS r (TYPE skein); SET skein_encoding = {quoted(encoding)}")
    client.execute("CREATE TABLE numbers AS FROM range(2500) t(i); CREATE TABLE r.texts (i BIGINT, s VARCHAR)")
    inserted = client.execute("INSERT INTO r.texts SELECT i, repeat(chr(97 + i::INTEGER % 26), 1000000) FROM numbers").fetchall()
    assert inserted == [(2500,)]
    sent = statistics(client, server.uri)
    assert sent["client"]["bytes_sent"] == sent["server"]["bytes_received"] > 2_500_000_000
    summed = "SELECT count(*), sum(length(s)), count(DISTINCT left(s, 1) || right(s, 1)) FROM r.texts"
    assert client.execute(summed).fetchall() == [(2500, 2_500_000_000, 26)]
    assert peak_bytes(server.pid) < 10 << 30


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
