"""Whole tables: a scan whose output is discarded, a copy into a local table, an insert from one."""

import contextlib
import dataclasses
import statistics
import time

import figures
import process_meter
import sides
import source_data


@dataclasses.dataclass(frozen=True)
class Work:
    """What is done in each run; only `statement` is measured."""

    statement: str
    discarded: bool = False
    #: Once for each client, before all runs.
    before_all: tuple = ()
    before: tuple = ()
    after: tuple = ()
    #: The number of rows that are there afterwards: as many as the source has, or it is no measurement.
    count: str | None = None
    #: Whether the source is served, or a new database that the client fills from it.
    serves_source: bool = True
    #: Whether the client has a database file of its own, as `here`.
    has_file: bool = False


SCAN = Work("FROM r.lineitem", discarded=True)
COPY = Work("CREATE TABLE copy AS FROM r.lineitem", after=("DROP TABLE copy",), count="SELECT count(*) FROM copy")
INSERT = Work(
    "INSERT INTO r.filled FROM rows_here",
    before_all=("CREATE TEMP TABLE rows_here AS FROM source.lineitem", "DETACH source"),
    before=("CREATE TABLE r.filled AS FROM rows_here LIMIT 0",),
    after=("DROP TABLE r.filled",),
    count="SELECT count(*) FROM r.filled",
    serves_source=False,
)
#: Tables larger than memory: the client's are in files, too.
LARGE_COPY = dataclasses.replace(
    COPY,
    statement="CREATE TABLE here.copy AS FROM r.lineitem",
    after=("DROP TABLE here.copy", "CHECKPOINT here"),
    count="SELECT count(*) FROM here.copy",
    has_file=True,
)
LARGE_INSERT = dataclasses.replace(
    INSERT,
    statement="INSERT INTO r.filled FROM source.lineitem",
    before_all=(),
    before=("CREATE TABLE r.filled AS FROM source.lineitem LIMIT 0",),
)


class SideUnderWork:
    """One side's server and one client, ready to do the work again and again."""

    def __init__(self, stack, place, side, work, source, hosting=None, settings=()):
        self.side = side
        self.work = work
        database = source if work.serves_source else fresh_file(stack, place, f"filled-{side.name}")
        hosting = hosting or sides.Hosting(read_only=work.serves_source)
        served = stack.enter_context(side.serve(database, hosting))
        self.client = connected(stack, place, side, served, work, source, settings)
        self.meters = {"client": process_meter.ProcessMeter(self.client.pid)}
        if served.pid:
            self.meters["server"] = process_meter.ProcessMeter(served.pid)
        self.idle = {name: meter.resident_bytes() for name, meter in self.meters.items()}

    def once(self, expected_rows):
        work = self.work
        for statement in work.before:
            self.client.run(statement)
        if work.discarded:
            self.client.prepare_to_discard()
        for meter in self.meters.values():
            meter.start()
        started = time.monotonic()
        (self.client.discard if work.discarded else self.client.run)(work.statement)
        seconds = time.monotonic() - started
        measured = {name: meter.stop() for name, meter in self.meters.items()}
        if work.count:
            ((count,),) = self.client.run(work.count)
            if int(count) != expected_rows:
                raise RuntimeError(f"{self.side.name}: {count} rows instead of {expected_rows}")
        for statement in work.after:
            self.client.run(statement)
        return {"seconds": seconds, **measured}


def connected(stack, place, side, served, work, source, settings=()):
    """A client with everything that the work needs before its first run."""
    client = stack.enter_context(place.session())
    statements = [*side.load(), *settings, side.attach(served)]
    if not work.serves_source:
        statements.append(f"ATTACH '{place.inside(source)}' AS source (READ_ONLY)")
    if work.has_file:
        statements.append(f"ATTACH '{place.inside(fresh_file(stack, place, f'copy-{side.name}'))}' AS here")
    for statement in [*statements, *work.before_all]:
        client.run(statement)
    return client


def fresh_file(stack, place, name):
    """A database file that is not there yet, and goes with the comparison."""
    path = place.folder / f"{name}.duckdb"

    def remove():
        for suffix in ("", ".wal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)

    remove()
    stack.callback(remove)
    return path


def processes(measured):
    """Medians of CPU seconds and the largest peak, of each process."""
    return {
        f"{process}_{name}": round(choose(run[process][name] for run in measured), 3)
        for process in ("server", "client")
        if process in measured[0]
        for name, choose in (("cpu_seconds", statistics.median), ("peak_bytes", max))
    }


def alternate(name, what, work, context, aims, warm_ups=1):
    """All sides in turns, so that whatever else the machine does meets all of them."""
    expected = source_data.count(context.source)
    with contextlib.ExitStack() as stack:
        under_work = [SideUnderWork(stack, context.place, side, work, context.source) for side in sides.of(context.place)]
        measured = {one.side.name: [] for one in under_work}
        for number in range(warm_ups + context.runs):
            for one in under_work:
                result = one.once(expected)
                if number >= warm_ups:
                    measured[one.side.name].append(result)
    seconds = {side: [run["seconds"] for run in results] for side, results in measured.items()}
    beside = {side: processes(results) for side, results in measured.items()}
    return [figures.Figure(name, f"{what}, {context.scale}", "s", seconds, aims, beside)]
