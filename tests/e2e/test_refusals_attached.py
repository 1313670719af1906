"""Statements on an attached database that fail: with a local one's error, with nothing changed, and the connection goes on.

The oracle has a database of the same name and content. Statements go to the server as a whole, and in pieces.
"""

import contextlib

import duckdb
import pytest

from client_database import open_client
from refusals import refused_by_sql
from skein_server import Server
from twin import quoted

MILLION = 1_000_000
HALF = MILLION // 2
TABLES = f"""
    CREATE TABLE r.ducks (id INTEGER NOT NULL, name VARCHAR);
    INSERT INTO r.ducks VALUES (1, 'teal'), (2, 'eider'), (3, NULL);
    CREATE TABLE r.keyed (id INTEGER PRIMARY KEY, size INTEGER CHECK (size < {MILLION}));
    INSERT INTO r.keyed VALUES (-1, 1);
    CREATE TABLE r.many AS SELECT range AS id FROM range({MILLION});
    ALTER TABLE r.many ALTER COLUMN id SET NOT NULL;
    CREATE VIEW r.seen AS FROM r.ducks;
    CREATE SEQUENCE r.counter;
    CREATE TABLE here AS SELECT range AS id, range::VARCHAR AS name FROM range({MILLION})
"""
ONCE_A_NULL = f"CASE WHEN id = {HALF} THEN NULL ELSE id END"

REFUSED = [
    # Names that are not there, and names that are.
    "FROM r.no_such",
    "INSERT INTO r.no_such VALUES (1)",
    "INSERT INTO r.no_such SELECT id FROM here",
    "UPDATE r.no_such SET id = 1",
    "DELETE FROM r.no_such",
    "DROP TABLE r.no_such",
    "DROP VIEW r.no_such",
    "DROP SEQUENCE r.no_such",
    "ALTER TABLE r.no_such ADD COLUMN x INTEGER",
    "CREATE INDEX i ON r.no_such (id)",
    "CREATE TABLE r.no_schema.t (i INTEGER)",
    "CREATE TABLE r.x (a no_such_type)",
    "MERGE INTO r.no_such USING here ON true WHEN MATCHED THEN DELETE",
    "CREATE TABLE r.ducks (i INTEGER)",
    "CREATE TABLE r.ducks AS SELECT 1",
    "CREATE TABLE r.ducks AS FROM here",
    "CREATE VIEW r.ducks AS SELECT 1",
    "CREATE SEQUENCE r.counter",
    "DROP VIEW r.ducks",
    # Columns: how many, which, of what type.
    "INSERT INTO r.ducks VALUES (1)",
    "INSERT INTO r.ducks VALUES (1, 'x', 2)",
    "INSERT INTO r.ducks SELECT id FROM here",
    "INSERT INTO r.ducks (beak) VALUES (1)",
    "INSERT INTO r.ducks (beak) SELECT id FROM here",
    "INSERT INTO r.ducks (id, id) VALUES (1, 2)",
    "INSERT INTO r.ducks BY NAME SELECT 1 AS beak",
    "INSERT INTO r.ducks SELECT [1], 'x'",
    "INSERT INTO r.ducks SELECT [id], name FROM here",
    "INSERT INTO r.ducks VALUES ('many', 'x')",
    "INSERT INTO r.ducks SELECT 'n' || id % 1, name FROM here",
    "UPDATE r.ducks SET beak = 1",
    "UPDATE r.ducks SET id = 'many'",
    "UPDATE r.ducks SET id = [1]",
    "ALTER TABLE r.ducks DROP COLUMN beak",
    "ALTER TABLE r.ducks ALTER COLUMN name TYPE INTEGER",
    # Constraints and values, half way through a million rows.
    f"INSERT INTO r.ducks SELECT {ONCE_A_NULL}, name FROM here",
    f"INSERT INTO r.ducks SELECT {ONCE_A_NULL}, 'x' FROM r.many",
    f"INSERT INTO r.keyed SELECT CASE WHEN id = {HALF} THEN -1 ELSE id END, 0 FROM here",
    f"INSERT INTO r.keyed SELECT CASE WHEN id = {HALF} THEN -1 ELSE id END, 0 FROM r.many",
    f"INSERT INTO r.keyed SELECT id, CASE WHEN id = {HALF} THEN {MILLION} ELSE 0 END FROM here",
    f"UPDATE r.many SET id = {ONCE_A_NULL}",
    f"UPDATE r.many SET id = CASE WHEN here.id = {HALF} THEN NULL ELSE 0 END FROM here WHERE here.id = many.id",
    f"CREATE TABLE r.x AS SELECT CASE WHEN id = {HALF} THEN error('half way') ELSE id END AS id FROM r.many",
    f"CREATE TABLE r.x AS SELECT CASE WHEN id = {HALF} THEN error('half way') ELSE id END AS id FROM here",
    f"SELECT sum(CASE WHEN id = {HALF} THEN error('half way') ELSE id END) FROM r.many",
    "MERGE INTO r.ducks USING here ON ducks.id = here.id WHEN NOT MATCHED THEN INSERT VALUES (NULL, 'x')",
    "INSERT INTO r.keyed VALUES (5, 5), (-1, 5)",
    "INSERT INTO r.keyed VALUES (5, 5), (-1, 5) RETURNING id",
    # SQL that is wrong when it is read, bound or run.
    "SELEC 1 FROM r.ducks",
    "SELECT id FROM r.ducks WHERE",
    "SELECT nothing FROM r.ducks",
    "SELECT no_such_function(id) FROM r.ducks",
    "SELECT name::INTEGER FROM r.ducks",
    "SELECT id FROM r.ducks WHERE id = 'many'",
    "SELECT id, count(*) FROM r.ducks",
    "SELECT (SELECT id FROM r.ducks) ",
    "SELECT error('of its own') FROM r.ducks",
]


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        yield server


@pytest.fixture(scope="module", params=["whole", "pieces"])
def pair(request, server):
    """A client with the database attached, and the oracle."""
    with contextlib.closing(open_client()) as client, contextlib.closing(duckdb.connect()) as oracle:
        client.execute(f"ATTACH {quoted(server.uri)} AS r (TYPE skein)")
        oracle.execute("ATTACH ':memory:' AS r")
        if request.param == "pieces":
            for connection in (client, oracle):
                connection.execute("SET disabled_optimizers = 'remote_pushdown'")
        for connection in (client, oracle):
            connection.execute(TABLES)
        yield client, oracle
        client.execute("DROP VIEW r.seen; DROP TABLE r.ducks; DROP TABLE r.keyed; DROP TABLE r.many; DROP SEQUENCE r.counter")


def state(connection):
    """All a refused statement could have changed."""
    return [connection.execute(sql).fetchall() for sql in (
        "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() WHERE database_name = 'r' ORDER BY ALL",
        "FROM r.ducks ORDER BY ALL", "FROM r.keyed ORDER BY ALL", "SELECT count(*), count(id), sum(id) FROM r.many")]


def first_line(refused):
    return refused.name, refused.text.splitlines()[0]


@pytest.mark.parametrize("sql", REFUSED)
def test_refused_as_by_a_local_database(pair, sql):
    client, oracle = pair
    before = state(oracle)
    expected, seen = refused_by_sql(oracle, sql), refused_by_sql(client, sql)
    assert first_line(seen) == first_line(expected)
    assert state(client) == state(oracle) == before


@pytest.mark.parametrize("sql", [sql for sql in REFUSED if "half way" in sql or "NULL" in sql or "no_such" in sql])
def test_in_a_transaction(pair, sql):
    """What came before it is undone or kept as locally, and so is what may come after it."""
    client, oracle = pair
    before = state(oracle)
    outcomes = []
    for connection in (oracle, client):
        connection.execute("BEGIN; INSERT INTO r.ducks VALUES (9, 'swan')")
        refused = first_line(refused_by_sql(connection, sql))
        try:
            after = connection.execute("SELECT count(*) FROM r.ducks").fetchall()
        except duckdb.Error as error:
            after = type(error).__name__
        connection.execute("ROLLBACK")
        outcomes.append((refused, after))
    assert outcomes[0] == outcomes[1]
    assert state(client) == state(oracle) == before
