"""Attaching costs one round trip and little more than the names, whatever the database holds."""

import duckdb
import pytest

from byte_proxy import ByteProxy
from twin import statistics

TABLES = 10_000
SCHEMAS = 10
ATTACH_BYTES_MAX = 1_000_000
QUERY_BYTES_MAX = 10_000


@pytest.fixture(scope="module")
def large_file(tmp_path_factory):
    """A database file of 10,000 tables, each with its key and its row."""
    path = tmp_path_factory.mktemp("scale") / "large.duckdb"
    with duckdb.connect(str(path)) as connection:
        columns = "id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, amount DECIMAL(18, 2), changed TIMESTAMP"
        statements = [f"CREATE SCHEMA s{schema}" for schema in range(SCHEMAS)]
        statements += [f"CREATE TABLE s{number % SCHEMAS}.table_{number:05} ({columns})" for number in range(TABLES)]
        connection.execute("BEGIN; " + "; ".join(statements))
        connection.execute("INSERT INTO s2.table_04242 VALUES (1, 'one', 1.5, NULL)")
        connection.execute("COMMIT")
    return path


@pytest.fixture
def travelled(client, server_factory, large_file):
    """travelled(SQL): the rows and round trips of one statement, as the client counts them, and all bytes both ways."""
    server = server_factory("--read-only", database=large_file)
    with ByteProxy(server.port) as proxy:

        def counters():
            return statistics(client, proxy.uri).get("client", {"round_trips": 0})["round_trips"]

        def run(sql):
            # Asking for counters is a call, too: only this side's are wanted, but both are answered.
            trips_before = counters()
            bytes_before = proxy.sent + proxy.answered
            rows = client.execute(sql.format(uri=proxy.uri)).fetchall()
            moved = proxy.sent + proxy.answered - bytes_before
            return rows, counters() - trips_before, moved

        yield run
        client.close()


def test_attach_and_the_first_query(travelled):
    _, round_trips, moved = travelled("ATTACH '{uri}' AS r (TYPE skein)")
    print(f"ATTACH: {moved} bytes")
    assert round_trips == 1
    # More than the names alone could be.
    assert TABLES < moved <= ATTACH_BYTES_MAX
    for number, expected in ((4242, [(1, "one")]), (4243, [])):
        query = f"SELECT id, name FROM r.s{number % SCHEMAS}.table_{number:05}"
        rows, round_trips, moved = travelled(query)
        # What the table is, and its rows.
        assert rows == expected and round_trips == 2 and moved <= QUERY_BYTES_MAX
        rows, round_trips, moved = travelled(query)
        assert rows == expected and round_trips == 1 and moved <= QUERY_BYTES_MAX
