"""Every case by name: what is done, by which client, against which server."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    #: The client: local, skein, flight or json.
    side: str
    #: What the client does: scan, insert, statements or attach.
    work: str
    #: "every value", or the SELECT list.
    select: str = "every value"
    where: str = ""
    #: Runs that are not measured: a first one reads the file.
    warm_ups: int = 1
    #: Of the database that is attached.
    tables: int = 0


STATEMENTS = 500
CLIENTS = (1, 2, 4, 8)

SIDES = ("local", "skein", "flight", "json")

CASES = [
    *(Case(f"json-scan-{side}", side, "scan") for side in SIDES),
    *(Case(f"json-insert-{side}", side, "insert", warm_ups=0) for side in SIDES),
    *(Case(f"columns-{side}", side, "scan", select="sum(l_quantity), max(l_shipdate)") for side in ("local", "skein")),
    *(
        Case(f"filter-{side}", side, "scan", where="WHERE l_orderkey % 1000 = 7")
        for side in ("local", "skein")
    ),
    Case("statement-skein", "skein", "statements"),
    *(Case(f"attach-{tables}", "skein", "attach", tables=tables) for tables in (10, 1000, 10_000)),
]
