"""The same statements on a remote table and on a local one. Answers must be alike; counters say what travelled."""

import contextlib
import re
import time

import duckdb

import skein_server
from client_database import open_client

SENT_AND_RECEIVED = {"statements": "statements", "round_trips": "round_trips", "bytes_sent": "bytes_received",
                     "bytes_received": "bytes_sent", "rows_sent": "rows_received", "rows_received": "rows_sent"}
COUNTERS = (*SENT_AND_RECEIVED, "active_statements")


def quoted(text):
    """A SQL text constant."""
    return "'" + str(text).replace("'", "''") + "'"


def statistics(client, uri):
    """{"client": {counter: value}, "server": {...}} of one server."""
    rows = client.execute(f"SELECT side, {', '.join(COUNTERS)} FROM skein_statistics() WHERE server = ?", [uri]).fetchall()
    return {side: dict(zip(COUNTERS, values)) for side, *values in rows}


def wait_until(condition, what="it"):
    deadline = time.monotonic() + skein_server.HANG_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited too long for {what}"
        time.sleep(0.02)


def wait_until_idle(client, uri):
    """Waits until neither side has a statement under way."""

    def is_idle():
        return {side["active_statements"] for side in statistics(client, uri).values()} == {0}

    wait_until(is_idle, "active statements to be 0")


@contextlib.contextmanager
def open_twin(server):
    """A twin for several tests."""
    with contextlib.closing(open_client()) as client, contextlib.closing(duckdb.connect()) as oracle:
        yield Twin(client, oracle, server)


class Travelled:
    """What moved inside a `with twin.travelled()` block, as the client counts it; set when the block ends."""


class Twin:
    """A client of a server and a plain local DuckDB, with tables of the same names in both."""

    def __init__(self, client, oracle, server):
        self.client = client
        self.oracle = oracle
        self.server = server
        self.uri = server.uri
        # Counters of a server are shown once it was reached.
        self.from_server("SELECT 1")

    def on_server(self, sql):
        """Runs statements without rows on the server itself."""
        return self.client.execute(f"CALL skein_execute({quoted(self.uri)}, {quoted(sql)})").fetchall()[0][0]

    def from_server(self, sql):
        """Rows of a statement on the server itself."""
        return self.client.execute(f"FROM skein_query({quoted(self.uri)}, {quoted(sql)})").fetchall()

    def register(self, local, remote=None, uri=None, extra=""):
        arguments = ", ".join(map(quoted, (local, uri or self.uri, remote or local)))
        return self.client.execute(f"CALL register_remote_table({arguments}{extra})").fetchall()

    def table(self, name, columns, rows=None):
        """Makes the table on the server, filled there by a query, and here; registers it under its name."""
        if self.client.execute("FROM remote_tables() WHERE table_name = ?", [name]).fetchall():
            self.client.execute(f"CALL unregister_remote_table({quoted(name)})")
        for run in (self.on_server, self.oracle.execute):
            run(f"CREATE OR REPLACE TABLE {name} ({columns})")
            if rows:
                run(f"INSERT INTO {name} {rows}")
        self.register(name)

    def local(self, sql):
        """A statement on tables that exist only locally, in both databases."""
        for connection in (self.client, self.oracle):
            connection.execute(sql)

    def same(self, sql, parameters=None, ordered=False):
        """Runs the statement on both sides; names, types and rows must be alike. Returns the rows."""
        seen = answer(self.client, sql, parameters, ordered)
        expected = answer(self.oracle, sql, parameters, ordered)
        assert seen["columns"] == expected["columns"], sql
        assert seen["rows"] == expected["rows"], sql
        return seen["values"]

    def same_table(self, name="t"):
        """The whole table on the server and here, asked for without the registered name."""
        sql = f"SELECT * FROM {name}"
        seen = sorted(map(repr, self.from_server(sql)))
        assert seen == sorted(map(repr, self.oracle.execute(sql).fetchall()))

    def fails_alike(self, sql):
        """The statement fails on both sides, with the same type of error."""
        expected = failure_of(self.oracle, sql)
        seen = failure_of(self.client, sql)
        assert type(seen) is type(expected), f"{type(seen)}: {seen}, expected {type(expected)}: {expected}"
        return seen

    @contextlib.contextmanager
    def travelled(self):
        """Counts what moves; both sides must agree."""
        wait_until_idle(self.client, self.uri)
        before = statistics(self.client, self.uri)
        result = Travelled()
        yield result
        wait_until_idle(self.client, self.uri)
        after = statistics(self.client, self.uri)
        moved = {side: {name: after[side][name] - before[side][name] for name in COUNTERS} for side in after}
        for name, mirror in SENT_AND_RECEIVED.items():
            assert moved["client"][name] == moved["server"][mirror], f"{name}: {moved}"
        for name in COUNTERS:
            setattr(result, name, moved["client"][name])


def answer(connection, sql, parameters=None, ordered=False):
    cursor = connection.execute(sql, parameters) if parameters is not None else connection.execute(sql)
    columns = [(entry[0], str(entry[1])) for entry in cursor.description]
    values = cursor.fetchall()
    rows = list(map(repr, values))
    return {"columns": columns, "rows": rows if ordered else sorted(rows), "values": values}


def failure_of(connection, sql):
    try:
        connection.execute(sql).fetchall()
    except duckdb.Error as error:
        return error
    raise AssertionError(f"did not fail: {sql}")


def explained(client, sql):
    """The plan's text on one line, without the boxes' frames."""
    text = client.execute("EXPLAIN " + sql).fetchall()[0][1]
    return re.sub(r"\s+", " ", re.sub(r"[│┌┐└┘─┬┴├┤]", " ", text))
