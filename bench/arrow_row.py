"""A foreign Arrow client: pyarrow.flight from the server, against the engine's own Arrow export within one process."""

import time

import client_process
import figures
import places
import server_processes
import source_data


def measure(context):
    """Both in Python on this machine, in turns; batches are received and counted."""
    # Both sides read the same file, so both open it for reading only.
    source = str(context.source)
    rows = source_data.count(source)
    found = {"skein": [], "local": []}
    options = {"source": source, "target": None, "columns": []}
    with (
        server_processes.SkeinServer(source, read_only=True) as server,
        client_process.ClientProcess("flight", uri=server.uri, **options) as foreign,
        places.WheelSession() as export,
    ):
        export.run(f"ATTACH '{source}' AS r (READ_ONLY)")
        for number in range(1 + context.runs):
            for side, scan in (("skein", lambda: foreign.ask("scan", select="")), ("local", lambda: export.discard("FROM r.lineitem"))):
                started = time.monotonic()
                answer = scan()
                seconds = time.monotonic() - started
                if answer["wire_rows"] != rows:
                    raise RuntimeError(f"{answer['wire_rows']} rows instead of {rows}")
                if number:
                    found[side].append(rows / seconds / 1e6)
    what = f"pyarrow.flight; local: the engine's own export, {context.scale}"
    return [figures.Figure("arrow", what, "M rows/s", found, (figures.Aim("local", 0.6, at_most=False),))]
