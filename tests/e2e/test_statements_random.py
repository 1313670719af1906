"""Statements nobody thought of: on an attached remote database they do what they do on an attached local file.

What is drawn is the same in every run, and is not made smaller after a failure, which could take minutes: the failure prints all
statements up to the one that differs, in their order, and what hypothesis needs to draw them again.
"""

import contextlib
import itertools

import duckdb
import hypothesis
import pytest
from hypothesis import strategies as st

from client_database import open_client
from skein_server import Server
from twin import statistics

EXAMPLES_COUNT = 30
numbers = itertools.count()

TYPES = ("INTEGER", "BIGINT", "DECIMAL(9,2)", "VARCHAR", "DATE", "BOOLEAN", "TIMESTAMP", "UTINYINT")
CONSTANTS = {
    "INTEGER": ("0", "1", "-7", "2147483647"), "BIGINT": ("0", "5", "9007199254740993"), "DECIMAL(9,2)": ("0.00", "1.50", "-3.25"),
    "VARCHAR": ("''", "'a'", "'it''s'", "'ä'", "'12'"), "DATE": ("DATE '2020-02-29'", "DATE '1969-12-31'"),
    "BOOLEAN": ("true", "false"), "TIMESTAMP": ("TIMESTAMP '2024-01-01 12:00:00.5'", "TIMESTAMP '1900-01-01'"), "UTINYINT": ("0", "255", "7"),
}
NUMBERS = ("INTEGER", "BIGINT", "DECIMAL(9,2)", "UTINYINT")


class Table:
    def __init__(self, name, types, has_key):
        self.name, self.has_key = name, has_key
        #: Column names and types; the first one is the key.
        self.columns = [("k", "INTEGER"), *((f"c{i}", type) for i, type in enumerate(types))]

    def create(self):
        columns = ", ".join(f"{name} {type}" for name, type in self.columns)
        return f"CREATE TABLE r.{self.name} ({columns}{', PRIMARY KEY (k)' if self.has_key else ''})"


@st.composite
def tables(draw):
    return [Table(name, draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=3)), draw(st.booleans())) for name in ("t", "u")]


def constant(draw, type):
    # Now and then one of another type, which may or may not be cast.
    if draw(st.integers(0, 15)) == 0:
        type = draw(st.sampled_from(TYPES))
    return draw(st.sampled_from((*CONSTANTS[type], "NULL")))


def condition(draw, table, alias, depth=2):
    name, type = draw(st.sampled_from(table.columns))
    kinds = ("compare", "null", "in", "between") + (("and", "or", "not") if depth else ())
    kind = draw(st.sampled_from(kinds))
    column = f"{alias}.{name}"
    if kind == "compare":
        return f"{column} {draw(st.sampled_from(('=', '<>', '<', '>=', 'IS DISTINCT FROM')))} {constant(draw, type)}"
    if kind == "null":
        return f"{column} IS {draw(st.sampled_from(('', 'NOT ')))}NULL"
    if kind == "in":
        return f"{column} IN ({constant(draw, type)}, {constant(draw, type)})"
    if kind == "between":
        return f"{column} BETWEEN {constant(draw, type)} AND {constant(draw, type)}"
    if kind == "not":
        return f"NOT ({condition(draw, table, alias, depth - 1)})"
    return f"({condition(draw, table, alias, depth - 1)} {kind.upper()} {condition(draw, table, alias, depth - 1)})"


def expression(draw, table, alias):
    name, type = draw(st.sampled_from(table.columns))
    column = f"{alias}.{name}"
    kinds = ["{0}", "coalesce({0}, {1})", "{0} IS NULL", "CASE WHEN {0} = {1} THEN 1 ELSE 2 END", "CAST({0} AS VARCHAR)", "[{0}]", "{{'a': {0}}}"]
    if type in NUMBERS:
        kinds += ["{0} + 1", "-{0}", "{0} * {0}", "{0} % 3", "CAST({0} AS UTINYINT)"]
    if type == "VARCHAR":
        kinds += ["upper({0})", "length({0})", "{0} || {1}", "CAST({0} AS INTEGER)", "{0} LIKE 'a%'"]
    if type in ("DATE", "TIMESTAMP"):
        kinds += ["year({0})", "{0} + INTERVAL 1 DAY", "strftime({0}, '%Y-%m')"]
    return draw(st.sampled_from(kinds)).format(column, constant(draw, type))


def select(draw, schema):
    t, u = schema
    one = expression(draw, t, "t")
    where = condition(draw, t, "t")
    return draw(st.sampled_from((
        f"SELECT * FROM r.t AS t WHERE {where} ORDER BY ALL",
        f"SELECT {one} AS e, t.k FROM r.t AS t WHERE {where} ORDER BY ALL LIMIT 3 OFFSET 1",
        f"SELECT DISTINCT {one} AS e FROM r.t AS t ORDER BY ALL",
        f"SELECT {one} AS e, count(*), sum(t.k), min(t.k), count(DISTINCT t.k) FROM r.t AS t WHERE {where} GROUP BY 1 ORDER BY ALL",
        f"SELECT {one} AS e, count(*) AS n FROM r.t AS t GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL",
        f"SELECT t.k, u.k, {expression(draw, u, 'u')} AS e FROM r.t AS t JOIN r.u AS u ON t.k = u.k WHERE {where} ORDER BY ALL",
        f"SELECT t.k, {expression(draw, u, 'u')} AS e FROM r.t AS t LEFT JOIN r.u AS u USING (k) ORDER BY ALL",
        f"SELECT t.k, u.k FROM r.t AS t FULL JOIN r.u AS u ON t.k = u.k AND {condition(draw, u, 'u')} ORDER BY ALL",
        f"SELECT t.k, {one} AS e, row_number() OVER (ORDER BY t) AS n, sum(t.k) OVER (ORDER BY t ROWS 1 PRECEDING) AS s FROM r.t AS t ORDER BY ALL",
        f"SELECT t.k, rank() OVER (PARTITION BY {one} ORDER BY t) AS n FROM r.t AS t QUALIFY n < 3 ORDER BY ALL",
        f"SELECT t.k, (SELECT count(*) FROM r.u AS u WHERE u.k <= t.k) AS n FROM r.t AS t WHERE {where} ORDER BY ALL",
        f"SELECT t.k FROM r.t AS t WHERE EXISTS (SELECT 1 FROM r.u AS u WHERE u.k = t.k AND {condition(draw, u, 'u')}) ORDER BY ALL",
        f"SELECT t.k FROM r.t AS t WHERE t.k NOT IN (SELECT u.k FROM r.u AS u WHERE {condition(draw, u, 'u')}) ORDER BY ALL",
        f"WITH c AS (SELECT t.k, {one} AS e FROM r.t AS t WHERE {where}) SELECT a.k, b.e FROM c AS a JOIN c AS b USING (k) ORDER BY ALL",
        f"SELECT k FROM r.t UNION ALL SELECT k FROM r.u ORDER BY ALL",
        f"SELECT k FROM r.t {draw(st.sampled_from(('EXCEPT', 'INTERSECT', 'UNION')))} SELECT k FROM r.u ORDER BY ALL",
        f"SELECT l.n, {one} AS e FROM here AS l JOIN r.t AS t ON l.n = t.k ORDER BY ALL",
        f"SELECT absent, {one} FROM r.t AS t",
        f"SELECT sum({one}) AS s FROM r.t AS t",
    )))


def change(draw, schema):
    table = draw(st.sampled_from(schema))
    name, type = draw(st.sampled_from(table.columns[1:]))
    row = lambda: "(" + ", ".join([str(draw(st.integers(0, 9))), *(constant(draw, type) for _, type in table.columns[1:])]) + ")"
    target = f"r.{table.name}"
    where = condition(draw, table, table.name)
    # A statement that changes several rows gives them back in no order of its own.
    return draw(st.sampled_from((
        f"INSERT INTO {target} VALUES {row()}, {row()}, {row()}",
        f"INSERT INTO {target} VALUES {row()}",
        f"INSERT INTO {target} (k) SELECT range + 20 FROM range({draw(st.integers(0, 3))})",
        f"INSERT INTO {target} VALUES {row()} RETURNING k, {name}",
        f"INSERT INTO {target} BY NAME SELECT k + 100 AS k, {name} FROM {target} WHERE {where}",
        f"INSERT INTO {target} (k, {name}) SELECT n + 50, {constant(draw, type)} FROM here",
        f"UPDATE {target} SET {name} = {constant(draw, type)} WHERE {where}",
        f"UPDATE {target} SET k = k + 1 WHERE {where}",
        f"UPDATE {target} SET {name} = {constant(draw, type)} FROM here WHERE n = k",
        f"UPDATE {target} SET {name} = {constant(draw, type)} WHERE k = {draw(st.integers(0, 9))} RETURNING *",
        f"DELETE FROM {target} WHERE {where}",
        f"DELETE FROM {target} USING here WHERE n = k AND k > 4",
        f"DELETE FROM {target} WHERE {where} RETURNING k",
        f"ALTER TABLE {target} ADD COLUMN IF NOT EXISTS added INTEGER DEFAULT 3",
        f"CREATE OR REPLACE TABLE r.made AS SELECT * FROM {target} WHERE {where}",
        f"CREATE OR REPLACE VIEW r.seen AS SELECT 1 AS one",
        f"DROP TABLE r.made",
        f"FROM r.made ORDER BY ALL",
    )))


@st.composite
def programs(draw):
    schema = draw(tables())
    statements = [table.create() for table in schema]
    for table in schema:
        rows = draw(st.lists(st.integers(0, 9), unique=True, min_size=1, max_size=8))
        values = ", ".join("(" + ", ".join([str(k), *(draw(st.sampled_from((*CONSTANTS[type], "NULL"))) for _, type in table.columns[1:])]) + ")" for k in rows)
        statements.append(f"INSERT INTO r.{table.name} VALUES {values}")
    for _ in range(draw(st.integers(10, 16))):
        kind = draw(st.sampled_from(("select",) * 8 + ("change",) * 9 + ("transaction",)))
        if kind == "transaction":
            statements.append(draw(st.sampled_from(("COMMIT", "ROLLBACK", "BEGIN"))))
        else:
            statements.append(select(draw, schema) if kind == "select" else change(draw, schema))
    return statements


def outcome(connection, sql):
    """Everything a user sees of a statement, of an error its class."""
    try:
        result = connection.execute(sql)
        description = [(name, str(type)) for name, type, *_ in result.description or ()]
        rowcount = result.rowcount
        rows = result.fetchall()
    except duckdb.Error as error:
        return type(error).__name__
    if "RETURNING" in sql:
        rows.sort(key=repr)
    return rows, description, rowcount


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server("--database-dir", tmp_path_factory.mktemp("databases")) as server:
        yield server


@pytest.fixture(scope="module", params=["whole", "pieces"])
def pair(request, server, tmp_path_factory):
    with contextlib.closing(open_client()) as client, contextlib.closing(duckdb.connect()) as oracle:
        client.execute(f"ATTACH '{server.uri}/random{next(numbers)}' AS r (TYPE skein, CREATE true)")
        oracle.execute(f"ATTACH '{tmp_path_factory.mktemp('oracle') / 'local.db'}' AS r")
        for connection in (client, oracle):
            connection.execute("CREATE TABLE here AS SELECT range::INTEGER AS n FROM range(0, 10, 3)")
            if request.param == "pieces":
                connection.execute("SET disabled_optimizers = 'remote_pushdown'")
        yield client, oracle


def clean(connection):
    with contextlib.suppress(duckdb.Error):
        connection.execute("ROLLBACK")
    for table in ("made", "t", "u"):
        connection.execute(f"DROP TABLE IF EXISTS r.{table}")
    connection.execute("DROP VIEW IF EXISTS r.seen")


def test_statements_do_what_they_do_locally(pair, server):
    client, oracle = pair
    before = statistics(client, server.uri)["client"]["statements"]

    @hypothesis.settings(max_examples=EXAMPLES_COUNT, deadline=None, derandomize=True, database=None, print_blob=True,
                         phases=[hypothesis.Phase.generate],
                         suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(programs())
    def run(statements):
        for connection in pair:
            clean(connection)
        done = []
        for sql in statements:
            done.append(sql)
            remote, local = outcome(client, sql), outcome(oracle, sql)
            assert repr(remote) == repr(local), ";\n".join(done)

    run()
    assert statistics(client, server.uri)["client"]["statements"] - before > 4 * EXAMPLES_COUNT
