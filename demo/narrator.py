"""Runs statements on the client, prints each with its result, rows and time, and compares with a local DuckDB."""

import textwrap
import time

ROWS_SHOWN = 8


class DemoFailure(Exception):
    """A number is off, or the server is gone."""


def table_lines(names, rows):
    cells = [[("NULL" if value is None else str(value)) for value in row] for row in rows[:ROWS_SHOWN]]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(names)]
    yield "  ".join(name.ljust(width) for name, width in zip(names, widths)).rstrip()
    yield "  ".join("-" * width for width in widths)
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
    if len(rows) > ROWS_SHOWN:
        yield f"... {len(rows) - ROWS_SHOWN} more"


def execute(connection, sql):
    """Names and rows of a statement; none of either for one without a result."""
    result = connection.execute(sql)
    names = [column[0] for column in result.description or []]
    return names, result.fetchall() if names else []


class Narrator:
    def __init__(self, client, oracle, server):
        self.client = client
        self.oracle = oracle
        self.server = server
        self.checks = 0

    def say(self, text):
        print(f"\n\033[1m{text}\033[0m", flush=True)

    def run(self, sql, compare=False):
        """Runs `sql` on the client and returns its rows. To compare, the oracle runs it on tables of the same names."""
        sql = textwrap.dedent(sql).strip()
        print("\n" + textwrap.indent(sql + ";", "    "), flush=True)
        started = time.monotonic()
        try:
            names, rows = execute(self.client, sql)
        except Exception as error:
            self.require_server()
            raise DemoFailure(f"the statement failed: {error}") from error
        seconds = time.monotonic() - started
        for line in table_lines(names, rows) if rows else []:
            print("      " + line)
        print(f"      ({len(rows)} row{'' if len(rows) == 1 else 's'}, {seconds * 1000:.0f} ms)", flush=True)
        self.require_server()
        if compare:
            self.check("the same in a local DuckDB", rows, execute(self.oracle, sql)[1])
        return rows

    def check(self, what, found, expected):
        if found != expected:
            raise DemoFailure(f"{what}: found {str(found)[:300]}, expected {str(expected)[:300]}")
        self.checks += 1
        print(f"      \033[32mok\033[0m {what}", flush=True)

    def require_server(self):
        code = self.server.process.poll()
        if code is not None:
            raise DemoFailure(f"the server died with {code}; its log:\n{self.server.log}")
