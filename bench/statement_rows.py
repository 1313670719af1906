"""Small statements on all sides, in turns: the smallest, a row by its key, and one-row transactions by several clients."""

import contextlib

import cases
import client_process
import figures
import sides
import small_cases
import small_client

WORDS = {"smallest": "smallest query", "point": "row by its primary key", "insert": "one-row INSERT"}


class SideOfStatements:
    """One side's server with a file of its own, and its client in Python."""

    def __init__(self, stack, place, side):
        self.name = side.name
        path = small_cases.make_database(place.folder / f"statements-{side.name}.duckdb", small_client.MAKE)
        stack.callback(path.unlink)
        served = stack.enter_context(side.serve(path, sides.Hosting()))
        where = place.inside(path) if side.name == "local" else side.address(served)
        client = client_process.ClientProcess(f"small-{side.name}", **place.python, place=where, extension=place.extension)
        self.client = stack.enter_context(client)


@contextlib.contextmanager
def all_sides(context):
    with contextlib.ExitStack() as stack:
        yield [SideOfStatements(stack, context.place, side) for side in sides.of(context.place)]


def latency(context):
    """p50 and p99 of statements one after the other."""
    found = {}
    with all_sides(context) as under_work:
        for _ in range(context.runs):
            for work in WORDS:
                for one in under_work:
                    for part, seconds in one.client.ask("latency", work=work, count=context.statements).items():
                        found.setdefault((work, part), {}).setdefault(one.name, []).append(seconds * 1000)
    return [
        figures.Figure("latency", f"{WORDS[work]}, {part}", "ms", by_side, aims_of_latency(work, part))
        for (work, part), by_side in found.items()
    ]


def aims_of_latency(work, part):
    return (figures.Aim("quack", 0.35),) if part == "p50" and work != "insert" else ()


def transactions(context):
    """One-row INSERTs a second, each a transaction, by several clients at once."""
    found = {clients: {} for clients in cases.CLIENTS}
    with all_sides(context) as under_work:
        for _ in range(context.runs):
            for clients in cases.CLIENTS:
                for one in under_work:
                    rate = one.client.ask("throughput", clients=clients, count=context.statements)
                    found[clients].setdefault(one.name, []).append(rate)
    aims = (figures.Aim("quack", 4, at_most=False),)
    return [
        figures.Figure("transactions", f"one-row INSERTs, {clients} at once", "1/s", by_side, aims)
        for clients, by_side in found.items()
    ]
