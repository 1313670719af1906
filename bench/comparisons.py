"""The comparisons by name: each measures Skein beside the same work by others, in turns within one run."""

import dataclasses
import typing

import arrow_row
import bulk_rows
import client_rows
import context as contexts
import copies_row
import curve_rows
import figures
import link_row
import memory_row
import profile_row
import statement_rows
import wire_row


@dataclasses.dataclass
class Outcome:
    figures: list = dataclasses.field(default_factory=list)
    #: {what: reason} of what could not be measured here.
    skipped: dict = dataclasses.field(default_factory=dict)
    profiles: dict = dataclasses.field(default_factory=dict)
    copies: dict = dataclasses.field(default_factory=dict)


def aims(quack=None, local=None):
    bounds = (("quack", quack), ("local", local))
    return tuple(figures.Aim(side, bound) for side, bound in bounds if bound is not None)


def scan(context):
    return bulk_rows.alternate("scan", "scan, output discarded", bulk_rows.SCAN, context, aims(0.45, 1.1))


def copy(context):
    work = bulk_rows.COPY if context.scale_factor <= 1 else bulk_rows.LARGE_COPY
    return bulk_rows.alternate("copy", "CREATE TABLE here AS FROM remote, in order", work, context, aims(0.6))


def insert(context):
    work = bulk_rows.INSERT if context.scale_factor <= 1 else bulk_rows.LARGE_INSERT
    return bulk_rows.alternate("insert", "INSERT INTO remote FROM here, in order", work, context, aims(0.65, 1.15))


@dataclasses.dataclass(frozen=True)
class Comparison:
    name: str
    #: From a Context to figures; or to (figures, {what was skipped: why}).
    measure: typing.Callable
    #: None: as the command line says.
    scale_factor: float | None = None
    runs_max: int | None = None


#: Runs of what takes long: at scale factor 10, or over slow links.
FEW = 3

COMPARISONS = [
    Comparison("scan", scan),
    Comparison("copy", copy),
    Comparison("insert", insert),
    Comparison("wire", wire_row.measure),
    Comparison("transactions", statement_rows.transactions),
    Comparison("latency", statement_rows.latency),
    Comparison("clients", client_rows.measure),
    Comparison("arrow", arrow_row.measure),
    Comparison("rows", curve_rows.rows),
    Comparison("streams", curve_rows.streams),
    Comparison("memory", memory_row.measure, scale_factor=10, runs_max=FEW),
    Comparison("link", link_row.measure, runs_max=FEW),
    Comparison("profile", profile_row.measure, runs_max=FEW),
    Comparison("copies", copies_row.measure),
]

#: What finds something else than figures, and where of an Outcome that goes.
WITHOUT_FIGURES = {"profile": "profiles", "copies": "copies"}


def run(comparison, context, outcome):
    """Adds what it finds, or why it finds nothing."""
    scale_factor = comparison.scale_factor or context.scale_factor
    most = FEW if scale_factor >= 10 else comparison.runs_max
    context = context.at_scale(scale_factor).with_runs(min(context.runs, most or context.runs))
    try:
        found = comparison.measure(context)
    except contexts.Skipped as reason:
        outcome.skipped[comparison.name] = str(reason)
        return
    if comparison.name in WITHOUT_FIGURES:
        setattr(outcome, WITHOUT_FIGURES[comparison.name], found)
        return
    found, skipped = found if isinstance(found, tuple) else (found, {})
    outcome.figures += found
    outcome.skipped |= skipped
