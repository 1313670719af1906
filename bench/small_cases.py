"""Runs the cases of attaching: starts their processes and returns what was measured."""

import statistics

import duckdb

import client_process
import server_processes


def medians(runs):
    """The median of each figure over the runs."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def make_database(path, sql):
    for suffix in ("", ".wal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)
    return path


class AttachCase:
    """ATTACH, and what comes after it, of a database with a number of tables."""

    def __init__(self, case, folder, runs):
        self.case = case
        self.runs = runs
        self.folder = folder

    def run(self):
        tables = self.case.tables
        columns = "(id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, amount DECIMAL(18, 2), changed TIMESTAMP)"
        statements = (f"CREATE TABLE table_{number:05} {columns}" for number in range(tables))
        path = make_database(self.folder / "attach.duckdb", f"BEGIN; {'; '.join(statements)}; COMMIT")
        try:
            with server_processes.SkeinServer(path, read_only=True) as server:
                with client_process.ClientProcess("small-skein", place=server.uri, attach=False) as client:
                    query = f"FROM r.table_{tables // 2:05}"
                    runs = [client.ask("attach", query=query, tables=tables) for _ in range(self.case.warm_ups + self.runs)]
        finally:
            path.unlink()
        measured = runs[self.case.warm_ups :]
        return {"case": self.case.name, "work": "attach", "tables": tables, **medians(measured), "runs": measured}
