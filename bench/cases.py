"""Every case by name: what is done, by which client, against which server."""

import dataclasses
import os

MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    #: The client: local, skein, flight, json or quack.
    side: str
    #: What the client does: scan, insert, statements, attach or latency.
    work: str
    #: "every value", or the SELECT list.
    select: str = "every value"
    where: str = ""
    #: None: as the command line says.
    scale_factor: float | None = None
    #: Memory limits of the two engines; the server's also is what its bound is made of.
    server_memory: str | None = None
    client_memory: str | None = None
    #: Runs that are not measured: a first one reads the file.
    warm_ups: int = 1
    #: None: as the command line says.
    runs: int | None = None
    #: Of the database that is attached.
    tables: int = 0

    @property
    def measures_memory(self) -> bool:
        return self.name.startswith("memory-")


#: Bounds of the memory cases: a quarter above the server's limit, and the client's growth over its idle size.
SERVER_LIMIT = "1GB"
SERVER_BYTES_MAX = 1_250_000_000
CLIENT_GROWTH_BYTES_MAX = 300_000_000
#: The client's own DuckDB caches the file that it inserts from: that is no memory of Skein's, and has its own limit.
INSERTING_CLIENT_LIMIT = "128MB"

STATEMENTS = 500
#: Of each kind, for percentiles; and of all clients together.
SMALL_STATEMENTS = 1000
CLIENTS = (1, 2, 4, 8)

#: Names the folder of a system with Quack and its DuckDB, to measure beside it.
QUACK_VARIABLE = "SKEIN_BENCH_QUACK"

SIDES = ("local", "skein", "flight", "json")


def _memory_cases():
    for scale_factor in (1, 10):
        common = {"side": "skein", "scale_factor": scale_factor, "server_memory": SERVER_LIMIT, "warm_ups": 0, "runs": 1}
        yield Case(f"memory-scan-sf{scale_factor}", work="scan", **common)
        yield Case(f"memory-insert-sf{scale_factor}", work="insert", client_memory=INSERTING_CLIENT_LIMIT, **common)


CASES = [
    *(Case(f"scan-{side}", side, "scan") for side in SIDES),
    *(Case(f"insert-{side}", side, "insert", warm_ups=0) for side in SIDES),
    *(Case(f"columns-{side}", side, "scan", select="sum(l_quantity), max(l_shipdate)") for side in ("local", "skein")),
    *(
        Case(f"filter-{side}", side, "scan", where="WHERE l_orderkey % 1000 = 7")
        for side in ("local", "skein")
    ),
    Case("statement-skein", "skein", "statements"),
    *(Case(f"attach-{tables}", "skein", "attach", tables=tables) for tables in (10, 1000, 10_000)),
    *(Case(f"latency-{side}", side, "latency") for side in ("local", "skein", *(["quack"] if QUACK_VARIABLE in os.environ else []))),
    *_memory_cases(),
]


def chosen(only):
    """The cases that `only` names: a name, its beginning up to a dash, or several of them with commas; all where empty."""
    if not only:
        return CASES
    parts = [part.strip() for part in only.split(",")]
    found = [case for case in CASES if any(case.name == part or case.name.startswith(part + "-") for part in parts)]
    for part in parts:
        if not any(case.name == part or case.name.startswith(part + "-") for case in CASES):
            raise SystemExit(f"no case {part!r}; there are: {', '.join(case.name for case in CASES)}")
    return found
