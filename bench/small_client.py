"""Small statements on a database that is attached as `r`: by its file, through the extension, or through Quack."""

import contextlib
import glob
import pathlib
import statistics
import sys
import threading
import time

import duckdb

SETTINGS = {"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"}
POINTS = 100_000
#: Statements before those that are measured, at most.
WARM_UPS = 50

MAKE = f"""
    CREATE TABLE one AS SELECT 1 AS i;
    CREATE TABLE points (k BIGINT PRIMARY KEY, v VARCHAR);
    INSERT INTO points SELECT range, 'value of ' || range FROM range({POINTS});
    CREATE TABLE events (i BIGINT);
"""
#: What is measured: the statement with this number, and its answer.
WORK = {
    "smallest": lambda number: ("SELECT i FROM r.one", [(1,)]),
    "point": lambda number: (f"SELECT v FROM r.points WHERE k = {number * 7919 % POINTS}", [(f"value of {number * 7919 % POINTS}",)]),
    "insert": lambda number: (f"INSERT INTO r.events VALUES ({number})", [(1,)]),
}


class SmallClient:
    def __init__(self, side):
        self.side = side

    def open(self, place, attach=True, extension=None):
        """`place`: the file's path, or the server's address. `extension`: the file to load; None: the build's own."""
        self.place = place
        self.extension = extension
        if attach:
            self.connection = self._attached()

    def _attached(self):
        connection = self._connect()
        connection.execute(self._attach_statement())
        return connection

    def _another(self):
        """A client more: a database object of its own, but for a file, which only one can have."""
        return self.connection.cursor() if self.side == "local" else self._attached()

    def _connect(self):
        connection = duckdb.connect(config=SETTINGS)
        if self.side == "skein":
            connection.execute(f"LOAD '{self.extension or built_extension()}'")
        elif self.side == "quack":
            load_quack(connection)
            connection.execute(f"CREATE SECRET (TYPE quack, TOKEN '{QUACK_TOKEN}')")
        return connection

    def _attach_statement(self):
        options = {"local": "", "skein": "(TYPE skein)", "quack": "(disable_ssl true)"}[self.side]
        return f"ATTACH '{self.place}' AS r {options}"

    def attach(self, query, tables):
        """Seconds of ATTACH, of a table's first query and its next, and of a list of all tables, in a new database."""
        with contextlib.closing(self._connect()) as connection:
            listing = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'r'"
            seconds = {}
            for name, sql, expected in (
                ("attach", self._attach_statement(), []),
                ("first_query", query, []),
                ("next_query", query, []),
                ("listing", listing, [(tables,)]),
            ):
                rows, seconds[name] = timed(connection, sql)
                assert rows == expected, f"{sql}: {rows}"
            return seconds

    def latency(self, work, count):
        """p50 and p99 of statements one after the other, in seconds."""
        warm_ups = min(WARM_UPS, count)
        seconds = [self._one(self.connection, work, number) for number in range(warm_ups + count)][warm_ups:]
        percentiles = statistics.quantiles(seconds, n=100, method="inclusive")
        return {"p50": percentiles[49], "p99": percentiles[98]}

    @staticmethod
    def _one(connection, work, number):
        sql, expected = WORK[work](number)
        rows, seconds = timed(connection, sql)
        assert rows == expected, f"{sql}: {rows}"
        return seconds

    def throughput(self, clients, count):
        """One-row INSERTs a second, by that many clients at once that make `count` together."""
        together = threading.Barrier(clients + 1)
        failures = []

        def insert(client):
            try:
                self._one(client, "insert", 0)
                together.wait()
                for number in range(count // clients):
                    self._one(client, "insert", number)
            except BaseException as failure:
                failures.append(failure)
                together.abort()

        before = self._events()
        connections = [self._another() for _ in range(clients)]
        threads = [threading.Thread(target=insert, args=(connection,)) for connection in connections]
        for thread in threads:
            thread.start()
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait()
        started = time.perf_counter()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - started
        for connection in connections:
            connection.close()
        if failures:
            raise failures[0]
        inserted = count // clients * clients
        assert self._events() == before + inserted + clients
        return inserted / seconds

    def _events(self):
        return self.connection.execute("SELECT count(*) FROM r.events").fetchone()[0]


def timed(connection, sql):
    started = time.perf_counter()
    rows = connection.execute(sql).fetchall()
    return rows, time.perf_counter() - started


def built_extension():
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
    import skein_server

    return skein_server.extension_path()


QUACK_TOKEN = "secret-token-0123456789"


def load_quack(connection):
    for name in ("httpfs", "quack"):
        (path,) = glob.glob(f"/usr/lib/duckdb/extensions/**/{name}.duckdb_extension", recursive=True)[:1]
        connection.execute(f"LOAD '{path}'")
