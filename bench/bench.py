#!/usr/bin/env python3
"""Measures inserts and scans of TPC-H lineitem over a real server on this machine, beside the same work locally.

Prints the median of several runs: rows a second, bytes on the wire per row as the client's counters saw them.
"""

import argparse
import contextlib
import os
import pathlib
import statistics
import sys
import time

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import skein_server  # noqa: E402


def tpch_extension() -> pathlib.Path:
    """The tpch extension that bootstrap built beside DuckDB."""
    prefix = os.environ.get("SKEIN_DUCKDB_PREFIX")
    if not prefix:
        cache = pathlib.Path(os.environ.get("SKEIN_CACHE", pathlib.Path.home() / ".cache" / "skein"))
        prefix = next(iter(sorted(cache.glob("duckdb-2.0.0-linux_*"))), cache)
    path = pathlib.Path(prefix) / "lib" / "duckdb" / "extensions" / "tpch.duckdb_extension"
    if not path.exists():
        raise SystemExit(f"no tpch extension at {path}; run `make bootstrap`")
    return path


def median_seconds(runs, work, before=lambda: None):
    seconds = []
    for _ in range(runs):
        before()
        started = time.monotonic()
        work()
        seconds.append(time.monotonic() - started)
    return statistics.median(seconds)


class Bench:
    def __init__(self, client, uri, runs):
        self.client = client
        self.uri = uri
        self.runs = runs
        self.rows = client.execute("SELECT count(*) FROM source").fetchone()[0]

    def wire_bytes(self):
        sums = "SELECT sum(bytes_sent + bytes_received)::BIGINT FROM skein_statistics() WHERE side = 'client'"
        return self.client.execute(sums).fetchone()[0] or 0

    def row(self, what, sql, before=None, rows=None):
        rows = rows or self.rows
        bytes_before = self.wire_bytes()
        seconds = median_seconds(
            self.runs, lambda: self.client.execute(sql).fetchall(), lambda: before and self.client.execute(before)
        )
        each = (self.wire_bytes() - bytes_before) / self.runs / rows
        print(f"{what:<44} {seconds:8.3f} s {rows / seconds / 1e6:8.2f} M rows/s {each:8.1f} B/row", flush=True)

    def run(self):
        self.row("local: INSERT INTO t FROM source", "INSERT INTO here FROM source", "TRUNCATE here")
        self.row("remote: INSERT INTO t FROM source", "INSERT INTO lineitem FROM source", "DELETE FROM lineitem")
        # A sum of hashes reads every value; no statistics can answer it.
        names = [name for name, *_ in self.client.execute("DESCRIBE source").fetchall()]
        sums = "SELECT " + ", ".join(f"bit_xor(hash({name}))" for name in names)
        self.row("local: scan of all columns", sums + " FROM here")
        self.row("remote: scan of all columns", sums + " FROM lineitem")
        self.row("remote: scan of two columns", "SELECT sum(l_quantity), count(l_shipdate) FROM lineitem")
        self.row("remote: a filter that keeps 1 row in 1000", "SELECT * FROM lineitem WHERE l_orderkey % 1000 = 7")
        self.row("remote: a statement of one row", f"FROM skein_query('{self.uri}', 'SELECT 42')", rows=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sf", type=float, default=0.1, help="TPC-H scale factor; 1 is 6 million rows (default 0.1)")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    settings = {"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"}
    with skein_server.Server() as server, contextlib.closing(duckdb.connect(config=settings)) as client:
        print(f"lineitem at scale factor {args.sf}, median of {args.runs} runs, {os.cpu_count()} cores for client and server")
        client.execute(f"LOAD '{skein_server.extension_path()}'")
        client.execute(f"LOAD '{tpch_extension()}'")
        client.execute(f"CALL dbgen(sf = {args.sf})")
        client.execute("ALTER TABLE lineitem RENAME TO source")
        client.execute("CREATE TABLE here AS FROM source LIMIT 0")
        columns = ", ".join(f"{name} {kind}" for name, kind, *_ in client.execute("DESCRIBE source").fetchall())
        client.execute(f"CALL skein_create_table('{server.uri}', 'lineitem', '{columns}')")
        client.execute(f"CALL register_remote_table('lineitem', '{server.uri}', 'lineitem')")
        Bench(client, server.uri, args.runs).run()


if __name__ == "__main__":
    main()
