"""TPC-H's lineitem at scale factor 1 in a database file."""

import os
import pathlib

import duckdb

ROWS = 6_001_215


def extension():
    """DuckDB's tpch extension of the engine the server is built from; None where that was built without it."""
    cache = os.environ.get("SKEIN_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "skein"
    prefixes = [os.environ.get("SKEIN_DUCKDB_PREFIX"), *sorted(pathlib.Path(cache).glob("duckdb-2.0.0-*"))]
    for prefix in filter(None, prefixes):
        path = pathlib.Path(prefix) / "lib" / "duckdb" / "extensions" / "tpch.duckdb_extension"
        if path.exists():
            return path
    return None


def generate(path):
    """Makes a database file with the table; real data where the extension is there, else rows of the same shape."""
    with duckdb.connect(str(path), config={"allow_unsigned_extensions": "true"}) as connection:
        if extension():
            connection.execute(f"LOAD '{extension()}'; CALL dbgen(sf = 1)")
        else:
            connection.execute(f"""CREATE TABLE lineitem AS SELECT
                range // 4 AS l_orderkey, hash(range) % 200000 AS l_partkey, hash(range + 1) % 10000 AS l_suppkey,
                range % 7 AS l_linenumber, (hash(range + 2) % 50)::DECIMAL(15, 2) AS l_quantity,
                (hash(range + 3) % 9000000)::DECIMAL(15, 2) AS l_extendedprice, 0.05::DECIMAL(15, 2) AS l_discount,
                0.02::DECIMAL(15, 2) AS l_tax, 'N' AS l_returnflag, 'O' AS l_linestatus,
                DATE '1992-01-01' + (range % 2500)::INTEGER AS l_shipdate, DATE '1992-02-01' + (range % 2500)::INTEGER AS
                l_commitdate, DATE '1992-03-01' + (range % 2500)::INTEGER AS l_receiptdate, 'DELIVER IN PERSON' AS
                l_shipinstruct, 'TRUCK' AS l_shipmode, 'comment ' || hash(range + 4) AS l_comment
                FROM range({ROWS})""")
        assert connection.execute("SELECT count(*) FROM lineitem").fetchone()[0] == ROWS
