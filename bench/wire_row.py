"""Bytes on the wire: whatever TCP carries in either direction, counted by a proxy between client and server."""

import contextlib
import sys

import bulk_rows
import figures
import places
import sides
import source_data

sys.path.insert(0, str(places.HERE.parent / "tests" / "e2e"))

import byte_proxy  # noqa: E402

WORK = {"scan": bulk_rows.SCAN, "insert": bulk_rows.INSERT}
AIMS = (figures.Aim(None, 60),)


def bytes_a_row(context, side, work):
    """Both directions together, of one statement; connecting and learning about the table are not counted."""
    rows = source_data.count(context.source)
    with contextlib.ExitStack() as stack:
        database = context.source if work.serves_source else bulk_rows.fresh_file(stack, context.place, f"filled-{side.name}")
        served = stack.enter_context(side.serve(database, sides.Hosting(read_only=work.serves_source)))
        proxy = stack.enter_context(byte_proxy.ByteProxy(served.port))
        through = served.through(int(proxy.uri.rsplit(":", 1)[1]))
        client = bulk_rows.connected(stack, context.place, side, through, work, context.source)
        for statement in work.before:
            client.run(statement)
        before = proxy.sent + proxy.answered
        (client.discard if work.discarded else client.run)(work.statement)
        return (proxy.sent + proxy.answered - before) / rows


def measure(context):
    """One run: counts do not vary by more than the frames of HTTP."""
    remote = sides.of(context.place, ("skein", "quack"))
    return [
        figures.Figure("wire", f"{name}, bytes a row", "B", {side.name: [bytes_a_row(context, side, work)] for side in remote}, AIMS)
        for name, work in WORK.items()
    ]
