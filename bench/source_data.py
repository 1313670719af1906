"""TPC-H's lineitem in a database file, made once by the tpch extension that is built from DuckDB's sources."""

import os
import pathlib

import duckdb

SETTINGS = {"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"}


def tpch_extension() -> pathlib.Path:
    prefix = os.environ.get("SKEIN_DUCKDB_PREFIX")
    if not prefix:
        cache = os.environ.get("SKEIN_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "skein"
        prefix = next(iter(sorted(pathlib.Path(cache).glob("duckdb-2.0.0-linux_*"))), cache)
    path = pathlib.Path(prefix) / "lib" / "duckdb" / "extensions" / "tpch.duckdb_extension"
    if not path.exists():
        raise SystemExit(f"no tpch extension at {path}; run `make bootstrap`")
    return path


def _generate(path, scale_factor):
    # One part for each factor: dbgen holds a part in memory.
    parts = max(1, int(scale_factor))
    with duckdb.connect(str(path), config=SETTINGS) as connection:
        connection.execute(f"LOAD '{tpch_extension()}'")
        for part in range(parts):
            split = f", children = {parts}, step = {part}" if parts > 1 else ""
            connection.execute(f"CALL dbgen(sf = {scale_factor}{split})")
            for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                if table != "lineitem":
                    connection.execute(f"{'TRUNCATE' if part + 1 < parts else 'DROP TABLE'} {table}")
        connection.execute("CHECKPOINT")


def lineitem_file(folder, scale_factor) -> pathlib.Path:
    """A database file with the one table lineitem; made in `folder` where it is not there yet."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"lineitem-sf{scale_factor:g}.duckdb"
    if not path.exists():
        print(f"making lineitem at scale factor {scale_factor:g}: {path}", flush=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        _generate(unfinished, scale_factor)
        unfinished.rename(path)
    return path


def columns(path):
    """(name, type) of each column."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return [(name, kind) for name, kind, *_ in connection.execute("DESCRIBE lineitem").fetchall()]


def count(path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("SELECT count(*) FROM lineitem").fetchone()[0]


def read_every_value(described) -> str:
    """The SELECT list of one row that needs every value of every column, and costs little beyond reading them.

    As text: Arrow has no type for every sum.
    """
    expressions = []
    for name, kind in described:
        if kind == "VARCHAR":
            expressions.append(f"sum(strlen({name}))::VARCHAR")
        elif kind == "DATE":
            expressions.append(f"max({name})::VARCHAR")
        else:
            expressions.append(f"sum({name})::VARCHAR")
    return ", ".join(expressions)
