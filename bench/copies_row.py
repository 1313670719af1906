"""What is copied on the way of a row: bytes that memcpy and memmove moved, by who called them, beside the bytes on the wire."""

import contextlib
import dataclasses
import shutil
import tempfile

import duckdb

import bulk_rows
import context as contexts
import copy_counts
import places
import sides
import source_data

COUNTER = "bench_copy_counter.so"
#: Places shown of each process; and the share of the wire's bytes from which on one is shown.
SITES = 6
SHARE_MIN = 0.05

#: Statements run in pieces: rows travel, and little else happens with them.
BY_PIECES = "SET disabled_optimizers = 'remote_pushdown'"
ENCODINGS = {"scan": (), "scan, native": ("SET skein_encoding = 'native'",), "scan, arrow": ("SET skein_encoding = 'arrow'",)}
IN_TRANSACTION = dataclasses.replace(
    bulk_rows.INSERT,
    before=(*bulk_rows.INSERT.before, "BEGIN"),
    after=("COMMIT", *bulk_rows.INSERT.after),
)


class CountedPlace(places.Host):
    """This machine, its programs with the library that counts, and the extension with its functions' names."""

    def __init__(self, folder, counts):
        super().__init__(folder)
        built = places.skein_server.build_dir() / "bench"
        self.extension = str(built / "skein.duckdb_extension")
        self.server_prefix = ("env", f"LD_PRELOAD={built / COUNTER}", f"COPY_COUNTS={counts}")
        for path in (built / COUNTER, built / "skein.duckdb_extension"):
            if not path.exists():
                raise SystemExit(f"no {path}; run `make bench`, or build the target bench_programs")

    def session(self, prefix=()):
        return super().session((*prefix, *self.server_prefix))


def check():
    """Skips where addresses cannot be told to be functions."""
    for program in ("nm", "c++filt"):
        if not shutil.which(program):
            raise contexts.Skipped(f"{program} is not installed (Debian's binutils)")


def paths(source):
    """(name, work, statements before ATTACH) of each path."""
    select = source_data.read_every_value(source_data.columns(source))
    scan = bulk_rows.Work(f"SELECT {select} FROM r.lineitem")
    found = [(name, scan, (BY_PIECES, *settings)) for name, settings in ENCODINGS.items()]
    return [*found, ("insert", bulk_rows.INSERT, (BY_PIECES,)), ("insert, in a transaction", IN_TRANSACTION, (BY_PIECES,))]


def travelled(client):
    """Bytes and rows of record batches, in both directions, since the client began."""
    sums = "sum(bytes_sent + bytes_received)::BIGINT, sum(rows_sent + rows_received)::BIGINT"
    ((moved, rows),) = client.run(f"SELECT {sums} FROM skein_statistics() WHERE side = 'client'")
    return int(moved), int(rows)


def local_answer(source):
    """What every scan has to yield."""
    select = source_data.read_every_value(source_data.columns(source))
    with duckdb.connect(str(source), read_only=True) as connection:
        return [[str(value) for value in row] for row in connection.execute(f"SELECT {select} FROM lineitem").fetchall()]


def one_statement(client, processes, work, expected):
    """Counts of the work's statement alone."""
    for statement in work.before:
        client.run(statement)
    moved_before, rows_before = travelled(client)
    before = {name: process.read() for name, process in processes.items()}
    answer = client.run(work.statement)
    sites = {name: process.since(before[name]) for name, process in processes.items()}
    moved_after, rows_after = travelled(client)
    rows = rows_after - rows_before
    if rows != expected["rows"] or (work.serves_source and answer != expected["answer"]):
        raise RuntimeError(f"{rows} rows travelled, {answer} instead of {expected}")
    for statement in work.after:
        client.run(statement)
    return {"wire_bytes": moved_after - moved_before, "rows": rows, "sites": sites}


def measure_path(context, place, counts, expected, work, settings):
    (side,) = sides.of(place, ("skein",))
    with contextlib.ExitStack() as stack:
        database = context.source if work.serves_source else bulk_rows.fresh_file(stack, place, "filled-copies")
        served = stack.enter_context(side.serve(database, sides.Hosting(read_only=work.serves_source)))
        client = bulk_rows.connected(stack, place, side, served, work, context.source, settings)
        pids = {"server": served.pid, "client": client.pid}
        processes = {name: copy_counts.CopyCounts(counts, pid) for name, pid in pids.items()}
        # The first is not counted: it loads, and learns about the table.
        one_statement(client, processes, work, expected)
        return one_statement(client, processes, work, expected)


def measure(context):
    """{path: {"wire_bytes", "rows", "sites": {process: sites}}}. One run each: counts hardly vary."""
    check()
    expected = {"rows": source_data.count(context.source), "answer": local_answer(context.source)}
    with tempfile.TemporaryDirectory(prefix="copies-") as counts:
        place = CountedPlace(context.place.folder, counts)
        return {name: measure_path(context, place, counts, expected, *rest) for name, *rest in paths(context.source)}


def as_json(measured):
    """Without the functions of which nothing is shown: there are thousands."""
    found = {}
    for path, one in measured.items():
        shown = {name: [dataclasses.asdict(site) for site in largest(sites, one)] for name, sites in one["sites"].items()}
        found[path] = {**one, "sites": shown, "copied_bytes": {name: by_owner(sites) for name, sites in one["sites"].items()}}
    return found


def by_owner(sites):
    found = dict.fromkeys(copy_counts.OWNERS, 0)
    for site in sites:
        found[site.owner] += site.bytes
    return found


def largest(sites, one):
    return [site for site in sites[:SITES] if site.bytes >= SHARE_MIN * one["wire_bytes"]]


def markdown(measured):
    return ["\n".join(owner_table(measured)), "The functions that call for most of it:", "\n".join(site_table(measured))]


def owner_table(measured):
    lines = [
        "| path | wire B a row | in | copied / wire | " + " | ".join(copy_counts.OWNERS) + " |",
        "|---|--:|---|--:|" + "--:|" * len(copy_counts.OWNERS),
    ]
    for path, one in measured.items():
        for process, sites in one["sites"].items():
            owned = by_owner(sites)
            shares = [f"{value / one['wire_bytes']:.2f}" for value in (sum(owned.values()), *owned.values())]
            lines.append(f"| {path} | {one['wire_bytes'] / one['rows']:.1f} | {process} | " + " | ".join(shares) + " |")
    return lines


def site_table(measured):
    lines = ["| path | in | copied / wire | bytes a call | who | function |", "|---|---|--:|--:|---|---|"]
    for path, one in measured.items():
        for process, sites in one["sites"].items():
            shown = largest(sites, one)
            for site, function in zip(shown, copy_counts.demangled([site.function for site in shown])):
                name = f"`{shortened(function)}`" if function else f"in {site.module}"
                share, size = site.bytes / one["wire_bytes"], site.bytes / site.calls
                lines.append(f"| {path} | {process} | {share:.2f} | {size:,.0f} | {site.owner} | {name} |")
    return lines


def shortened(function, most=90):
    """Without what a table has no room for."""
    function = function.replace("|", "\\|").replace("`", "'")
    return function if len(function) <= most else function[: most - 1] + "…"
