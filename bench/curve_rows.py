"""How throughput grows: with a table's rows, and with the streams of one scan."""

import contextlib
import time

import bulk_rows
import context as contexts
import duckdb
import figures
import sides
import source_data

SIZES = (1_000, 10_000, 100_000, 1_000_000, 6_000_000)
#: Small tables are scanned again and again within a run, so that the clock has something to measure.
SCANNED_ROWS = 200_000
STREAMS = (1, 2, 4)
STREAMS_SETTING = "skein_streams_count"


def tables_of_sizes(stack, context):
    """A database file with a table rows_N for each size that the source has rows for."""
    path = bulk_rows.fresh_file(stack, context.place, "sizes")
    sizes = [size for size in SIZES if size <= source_data.count(context.source)]
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"ATTACH '{context.source}' AS source (READ_ONLY)")
        for size in sizes:
            connection.execute(f"CREATE TABLE rows_{size} AS FROM source.lineitem LIMIT {size}")
    return path, sizes


def attached(stack, context, side, database):
    served = stack.enter_context(side.serve(database, sides.Hosting(read_only=True)))
    client = stack.enter_context(context.place.session())
    for statement in [*side.load(), side.attach(served)]:
        client.run(statement)
    client.prepare_to_discard()
    return client


def rows(context):
    """Million rows a second of one client, by the number of rows."""
    with contextlib.ExitStack() as stack:
        path, sizes = tables_of_sizes(stack, context)
        clients = {side.name: attached(stack, context, side, path) for side in sides.of(context.place)}
        found = {size: {name: [] for name in clients} for size in sizes}
        for number in range(1 + context.runs):
            for size in sizes:
                times = max(1, SCANNED_ROWS // size)
                for name, client in clients.items():
                    started = time.monotonic()
                    for _ in range(times):
                        client.discard(f"FROM r.rows_{size}")
                    if number:
                        found[size][name].append(times * size / (time.monotonic() - started) / 1e6)
    return [figures.Figure("rows", f"scan of {size:,} rows", "M rows/s", by_side, x=size) for size, by_side in found.items()]


def streams(context):
    """Million rows a second of Skein's scan and ordered copy, by the number of streams."""
    works = {"scan": bulk_rows.SCAN, "copy": bulk_rows.COPY}
    count = source_data.count(context.source)
    with contextlib.ExitStack() as stack:
        (side,) = sides.of(context.place, ("skein",))
        under_work = {}
        for name, work in works.items():
            under_work[name] = bulk_rows.SideUnderWork(stack, context.place, side, work, context.source)
            if not contexts.has_setting(under_work[name].client, STREAMS_SETTING):
                raise contexts.Skipped(f"this build's extension has no setting {STREAMS_SETTING}")
        found = {(name, number): [] for name in works for number in STREAMS}
        for run in range(1 + context.runs):
            for (name, number), rates in found.items():
                under_work[name].client.run(f"SET {STREAMS_SETTING} = {number}")
                seconds = under_work[name].once(count)["seconds"]
                if run:
                    rates.append(count / seconds / 1e6)
    return [
        figures.Figure(f"streams-{name}", f"{name}, streams: {number}", "M rows/s", {"skein": rates}, x=number)
        for (name, number), rates in found.items()
    ]
