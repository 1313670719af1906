"""Memory of both processes while a table far larger than the limit passes through."""

import contextlib

import bulk_rows
import figures
import sides
import source_data

SERVER_LIMIT = "1GB"
#: A quarter above the server's limit; and a client's growth over its idle size.
SERVER_AIM = (figures.Aim(None, 1250),)
CLIENT_AIM = (figures.Aim(None, 300),)
#: The client's own DuckDB caches the file that it inserts from: that is no memory of the protocol's, and has its own limit.
CLIENT_SETTINGS = ("SET memory_limit = '128MB'",)

WORK = {"scan": (bulk_rows.SCAN, ()), "insert": (bulk_rows.LARGE_INSERT, CLIENT_SETTINGS)}


def measure_side(context, side, work, settings):
    """Megabytes of each run: the server's peak, the client's growth, and the seconds."""
    hosting = sides.Hosting(read_only=work.serves_source, memory_limit=SERVER_LIMIT)
    rows = source_data.count(context.source)
    with contextlib.ExitStack() as stack:
        one = bulk_rows.SideUnderWork(stack, context.place, side, work, context.source, hosting, settings)
        runs = [one.once(rows) for _ in range(context.runs)]
        idle = one.idle["client"]
    return {
        "server": [run["server"]["peak_bytes"] / 1e6 for run in runs],
        "client": [(run["client"]["peak_bytes"] - idle) / 1e6 for run in runs],
        "seconds": [run["seconds"] for run in runs],
    }


def measure(context):
    found = []
    for name, (work, settings) in WORK.items():
        by_side = {}
        for side in sides.of(context.place, ("skein", "quack")):
            try:
                by_side[side.name] = measure_side(context, side, work, settings)
            except RuntimeError as failure:
                # A peer that does not hold out in this memory is a finding.
                if side.name == "skein":
                    raise
                print(f"memory, {name}, {side.name}: {str(failure).strip()[:300]}", flush=True)
        for part, unit, aims in (("server", "MB", SERVER_AIM), ("client", "MB", CLIENT_AIM), ("seconds", "s", ())):
            what = {"server": "server's peak", "client": "client's growth over idle", "seconds": "time"}[part]
            runs = {side: measured[part] for side, measured in by_side.items()}
            # Memory is held against the largest run.
            runs = runs if part == "seconds" else {side: [max(values)] for side, values in runs.items()}
            found.append(figures.Figure("memory", f"{name}, {context.scale}, {SERVER_LIMIT}: {what}", unit, runs, aims))
    return found
