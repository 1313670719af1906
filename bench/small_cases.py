"""Runs the cases of small statements and of attaching: starts their processes and returns what was measured."""

import contextlib
import os
import pathlib
import shutil
import socket
import statistics
import subprocess

import duckdb

import cases
import client_process
import server_processes
import small_client

HERE = pathlib.Path(__file__).resolve().parent


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
        self.runs = case.runs or runs
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


class LatencyCase:
    """The smallest statements one after the other, and INSERTs by several clients at once."""

    def __init__(self, case, folder, runs):
        self.case = case
        self.runs = case.runs or runs
        self.folder = folder

    def run(self):
        with contextlib.ExitStack() as stack:
            lab = os.environ[cases.QUACK_VARIABLE] if self.case.side == "quack" else None
            folder = pathlib.Path(lab) / "lab" if lab else self.folder
            path = make_database(folder / "latency.duckdb", small_client.MAKE)
            stack.callback(path.unlink)
            prefix = ()
            if self.case.side == "skein":
                place = stack.enter_context(server_processes.SkeinServer(path, read_only=False)).uri
            elif lab:
                prefix = in_lab(lab)
                place = stack.enter_context(quack_server(prefix, path.name))
            else:
                place = str(path)
            client = stack.enter_context(client_process.ClientProcess(f"small-{self.case.side}", prefix=prefix, place=place))
            measured = [self._one_run(client) for _ in range(self.runs)]
        return {"case": self.case.name, "work": "latency", **medians(measured), "runs": measured}

    @staticmethod
    def _one_run(client):
        figures = {}
        for work in small_client.WORK:
            for name, seconds in client.ask("latency", work=work, count=cases.SMALL_STATEMENTS).items():
                figures[f"{work}_{name}"] = seconds
        for clients in cases.CLIENTS:
            figures[f"inserts_{clients}"] = client.ask("throughput", clients=clients, count=cases.SMALL_STATEMENTS)
        return figures


def in_lab(lab):
    """How to run Python in the folder of another system that holds Quack and its DuckDB."""
    for name in ("client_process.py", "small_client.py"):
        shutil.copy(HERE / name, pathlib.Path(lab) / "lab" / name)
    return ("chroot", lab, "env", "PYTHONPATH=/opt/py", "python3")


@contextlib.contextmanager
def quack_server(prefix, database):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*prefix, "/lab/small_client.py", f"/lab/{database}", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"Quack's server ended with {process.wait()}")
        yield f"quack:localhost:{port}"
    finally:
        process.stdin.close()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
