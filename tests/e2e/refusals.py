"""What a refused request must leave behind: nothing. And the doors a request can come in by."""

import dataclasses
import subprocess
import time
import typing

import pyarrow as pa
import pyarrow.flight as flight

import duckdb
import skein_server
from twin import quoted, wait_until
from wire import Wire, category_of, error_of, messages


@dataclasses.dataclass
class Refused:
    """An error by name: DuckDB's exception class, or the protocol's category."""

    name: str
    text: str


class Commands:
    """The C++ client, by examples/client_command.cpp: one process, one connection."""

    def __init__(self, uri, token=None):
        program = skein_server.build_dir() / "examples" / "example_client_command"
        self.process = subprocess.Popen([program, uri, *([token] if token else [])], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *command):
        """The count of a command that works, or the Refused of one that does not."""
        self.process.stdin.write("\t".join(map(str, command)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, self.process.stderr.read()
        outcome, value = answer.rstrip("\n").split(" ", 1)
        if outcome == "ok":
            return int(value)
        category, text = value.split(" ", 1)
        return Refused(messages().ErrorCategory.Name(int(category)), text)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(skein_server.HANG_SECONDS) == 0
        self.process.stdout.close()
        self.process.stderr.close()


def refused_by_sql(connection, sql):
    try:
        connection.execute(sql).fetchall()
    except duckdb.Error as error:
        return Refused(type(error).__name__, str(error))
    raise AssertionError(f"not refused: {sql[:200]}")


def refused_by_flight(call):
    try:
        result = call()
        if hasattr(result, "read_all"):
            result.read_all()
    except OSError as error:
        # pyarrow alone loses the class and the Error of GetSchema's failures; the text has both.
        return Refused(category_of(error) or "in the text", str(error))
    except (flight.FlightError, pa.ArrowException) as error:
        assert not isinstance(error, flight.FlightInternalError), error
        assert category_of(error), f"no Error in {error!r}"
        return Refused(category_of(error), error_of(error).message)
    raise AssertionError("not refused")


def finish(upload):
    """Ends an upload. The reader of one that failed gives nothing; closing the writer says why."""
    writer, reader = upload
    try:
        writer.done_writing()
        answer = reader.read()
    finally:
        writer.close()
    assert answer is not None, "ended without an answer and without an error"
    return answer


def bytes_at_rest(read_rows, bytes_min):
    """What a counter of rows of 8 bytes comes to, once it is at least `bytes_min` and has not changed for a second."""
    wait_until(lambda: 8 * read_rows() >= bytes_min, f"{bytes_min} bytes")
    rows, since = read_rows(), time.monotonic()
    while time.monotonic() - since < 1:
        time.sleep(0.1)
        now = read_rows()
        if now != rows:
            rows, since = now, time.monotonic()
    return 8 * rows


@dataclasses.dataclass
class Doors:
    """One server, and one connection to it by every way in. All of them live through all refusals of a module."""

    server: skein_server.Server
    client: duckdb.DuckDBPyConnection
    oracle: duckdb.DuckDBPyConnection
    wire: Wire
    commands: typing.Optional[Commands]

    @property
    def uri(self):
        return self.server.uri

    def sql(self, text):
        return refused_by_sql(self.client, text.replace("{uri}", quoted(self.uri)))

    def query(self, text):
        """By skein_query."""
        return self.sql(f"FROM skein_query({{uri}}, {quoted(text)})")

    def run(self, text):
        """By skein_execute."""
        return self.sql(f"CALL skein_execute({{uri}}, {quoted(text)})")

    def state(self):
        """All a refused request could have changed."""
        tables = self.wire.query("SELECT table_name, column_count FROM duckdb_tables() ORDER BY ALL")
        rows = self.wire.query("SELECT count(*), sum(hash(ducks))::VARCHAR FROM ducks")
        return tables, rows, self.client.execute("SELECT table_name FROM remote_tables() ORDER BY ALL").fetchall()

    def check_usable(self):
        """The next statement on every connection works, and nothing is left running."""
        assert self.client.execute("SELECT count(*) FROM ducks").fetchall() == [(3,)]
        assert self.wire.value("SELECT 42") == 42
        if self.commands:
            assert self.commands.run("scan", "ducks") == 3
        wait_until(lambda: self.wire.statistics().active_statements == 0, "refused requests to be over")
