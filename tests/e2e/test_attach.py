"""A remote database that is attached: the same statements on it and on a local database attached by the same name."""

import contextlib
import itertools
import json
import re

import duckdb
import pytest

from certificates import Certificate
from client_database import open_client
from skein_server import Server
from twin import statistics

numbers = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server("--database-dir", tmp_path_factory.mktemp("databases")) as server:
        yield server


class Pair:
    """`r` is remote in one connection and local in the other."""

    def __init__(self, server, client, oracle):
        self.server = server
        self.client = client
        self.oracle = oracle

    def both(self, sql, parameters=None):
        return [outcome(connection, sql, parameters) for connection in (self.client, self.oracle)]

    def same(self, *statements):
        for sql in statements:
            remote, local = self.both(sql)
            assert remote == local, sql

    def round_trips(self):
        return statistics(self.client, self.server.uri)["client"]["round_trips"]


def outcome(connection, sql, parameters=None):
    """Everything a user sees of a statement."""
    try:
        result = connection.execute(sql, parameters) if parameters else connection.execute(sql)
        rows = result.fetchall()
    except duckdb.Error as error:
        return type(error).__name__, str(error).split("\n")[0]
    return rows, result.description, result.rowcount


@pytest.fixture(params=["whole", "pieces"])
def pair(request, server):
    """Statements go to the server as a whole, or piece by piece."""
    with contextlib.closing(open_client()) as client, contextlib.closing(duckdb.connect()) as oracle:
        client.execute(f"ATTACH '{server.uri}/db{next(numbers)}' AS r (TYPE skein, CREATE true)")
        oracle.execute("ATTACH ':memory:' AS r")
        if request.param == "pieces":
            for connection in (client, oracle):
                connection.execute("SET disabled_optimizers = 'remote_pushdown'")
        yield Pair(server, client, oracle)


def test_tables(pair):
    pair.same(
        "CREATE TABLE r.t (i INTEGER PRIMARY KEY, s VARCHAR DEFAULT 'none', d DECIMAL(9,2))",
        "INSERT INTO r.t VALUES (1, 'one', 1.5), (2, 'two', 2.5)",
        "INSERT INTO r.t (i) VALUES (3)",
        "FROM r.t ORDER BY i",
        "SELECT count(*), sum(d) FROM r.t WHERE i > 1",
        "UPDATE r.t SET s = 'changed' WHERE i = 2",
        "DELETE FROM r.t WHERE i = 1",
        "FROM r.main.t ORDER BY i",
        "DESCRIBE r.t",
        "INSERT INTO r.t VALUES (3, 'again', 0)",
        "SELECT absent FROM r.t",
        "FROM r.absent",
        "DROP TABLE r.t",
        "FROM r.t",
    )


def test_use(pair):
    pair.same(
        "USE r",
        "CREATE TABLE t (i INTEGER)",
        "INSERT INTO t SELECT range FROM range(5000)",
        "SELECT count(*), min(i), max(i) FROM t",
        "CREATE SCHEMA s",
        "CREATE TABLE s.u AS SELECT i, i * 2 AS twice FROM t WHERE i < 10",
        "SELECT * FROM s.u JOIN t USING (i) ORDER BY i",
        "USE r.s",
        "SELECT sum(twice) FROM u",
        "CREATE VIEW v AS SELECT twice FROM s.u WHERE i > 5",
        "FROM v ORDER BY 1",
        "SELECT table_name, schema_name, column_count FROM duckdb_tables() WHERE database_name = 'r' ORDER BY ALL",
        "SELECT view_name, column_count FROM duckdb_views() WHERE database_name = 'r' AND NOT internal ORDER BY ALL",
        "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() WHERE database_name = 'r' ORDER BY ALL",
        "DROP SCHEMA r.s CASCADE",
        "USE memory",
    )


def test_local_and_remote_rows(pair):
    pair.same(
        "CREATE TABLE r.t AS SELECT range AS i, 'name ' || range AS s FROM range(1000)",
        "CREATE TABLE local AS SELECT range * 3 AS i FROM range(100)",
        "SELECT count(*), min(s) FROM r.t JOIN local USING (i)",
        "SELECT a.i FROM r.t a, r.t b WHERE a.i = b.i + 990 ORDER BY a.i",
        "INSERT INTO r.t SELECT i + 10000, 'local' FROM local",
        "SELECT count(*) FROM r.t",
        "CREATE TABLE copy AS FROM r.t",
        "SELECT count(*), count(DISTINCT s) FROM copy",
        "UPDATE r.t SET s = 'matched' FROM local WHERE r.t.i = local.i",
        "SELECT s, count(*) FROM r.t GROUP BY s HAVING count(*) > 1 ORDER BY s",
        "DELETE FROM r.t USING local WHERE t.i = local.i",
        "SELECT count(*) FROM r.t",
    )


def test_transactions(pair):
    pair.same(
        "CREATE TABLE r.t (i INTEGER)",
        "BEGIN",
        "INSERT INTO r.t VALUES (1), (2)",
        "CREATE TABLE r.u (j INTEGER)",
        "INSERT INTO r.u SELECT i + 1 FROM r.t",
        "FROM r.u ORDER BY j",
        "ROLLBACK",
        "FROM r.t",
        "FROM r.u",
        "BEGIN",
        "INSERT INTO r.t VALUES (3)",
        "ALTER TABLE r.t ADD COLUMN s VARCHAR DEFAULT 'x'",
        "FROM r.t",
        "COMMIT",
        "FROM r.t",
    )


def test_changes_by_another_client(pair, server):
    pair.same("CREATE TABLE r.t (i INTEGER)", "INSERT INTO r.t VALUES (1)", "FROM r.t")
    path = pair.client.execute("SELECT path FROM duckdb_databases() WHERE database_name = 'r'").fetchone()[0]
    with contextlib.closing(open_client()) as other:
        other.execute(f"ATTACH '{path}' AS other (TYPE skein)")
        other.execute("ALTER TABLE other.t ADD COLUMN s VARCHAR")
        other.execute("CREATE TABLE other.new_table AS SELECT 42 AS answer")
    pair.oracle.execute("ALTER TABLE r.t ADD COLUMN s VARCHAR")
    pair.oracle.execute("CREATE TABLE r.new_table AS SELECT 42 AS answer")
    pair.same("DESCRIBE r.new_table", "FROM r.t", "FROM r.new_table", "INSERT INTO r.t VALUES (2, 'two')", "FROM r.t ORDER BY i")


def test_attach_costs_one_round_trip(server):
    with contextlib.closing(open_client()) as client:
        client.execute(f"ATTACH '{server.uri}/db{next(numbers)}' AS r (TYPE skein, CREATE true)")
        assert statistics(client, server.uri)["client"]["round_trips"] == 1
        client.execute("CREATE TABLE r.t AS SELECT 1 AS i")
        before = statistics(client, server.uri)["client"]["round_trips"]
        client.execute("FROM r.t")
        client.execute("FROM r.t")
        # The table is new to this client: its name is asked for once, each read is one round trip.
        assert statistics(client, server.uri)["client"]["round_trips"] == before + 3
        client.execute("INSERT INTO r.t VALUES (2)")
        client.execute("UPDATE r.t SET i = 3 WHERE i = 2 RETURNING i")
        # What returns rows is described first.
        assert statistics(client, server.uri)["client"]["round_trips"] == before + 6


def test_two_names_for_the_extension(server):
    with contextlib.closing(open_client()) as client:
        address = server.uri.removeprefix("grpc://")
        client.execute(f"ATTACH 'skein:{address}/db{next(numbers)}' AS r (CREATE true)")
        client.execute("CREATE TABLE r.t AS SELECT 1 AS i")
        assert client.execute("FROM r.t").fetchall() == [(1,)]
        client.execute("DETACH r")
        with pytest.raises(duckdb.CatalogException):
            client.execute("FROM r.t")


def test_refusals(server):
    with contextlib.closing(open_client()) as client:
        with pytest.raises(duckdb.BinderException, match="Unrecognized option"):
            client.execute(f"ATTACH '{server.uri}/x' AS r (TYPE skein, COLOUR 'blue')")
        with pytest.raises(duckdb.CatalogException, match="absent"):
            client.execute(f"ATTACH '{server.uri}/absent' AS r (TYPE skein)")
        with pytest.raises(duckdb.IOException, match="127.0.0.1:1"):
            client.execute("ATTACH 'grpc://127.0.0.1:1/x' AS r (TYPE skein)")
        assert client.execute("SELECT count(*) FROM duckdb_databases() WHERE database_name = 'r'").fetchall() == [(0,)]


def test_types_of_the_server(pair):
    pair.same(
        "CREATE TYPE r.mood AS ENUM ('sad', 'ok')",
        "CREATE TABLE r.t (i INTEGER, m r.mood, all_of_them r.mood[])",
        "INSERT INTO r.t VALUES (1, 'ok', ['sad', 'ok'])",
        "SELECT *, typeof(m) FROM r.t",
        "INSERT INTO r.t VALUES (2, 'else', NULL)",
        "DROP TYPE r.mood",
        "DROP TABLE r.t",
    )


def test_random_numbers_follow_the_seed(pair):
    pair.same(
        # Each thread draws a seed of its own, in the order they come.
        "SET threads = 1",
        "SELECT setseed(0.42)",
        "CREATE TABLE r.t AS SELECT range AS i, random() AS x FROM range(10)",
        "FROM r.t ORDER BY i",
        "SELECT setseed(0.1)",
        "SELECT i FROM r.t ORDER BY random()",
    )


def test_explain_names_the_remote_sql(server):
    with contextlib.closing(open_client()) as client:
        client.execute(f"ATTACH '{server.uri}/db{next(numbers)}' AS r (TYPE skein, CREATE true)")
        client.execute("CREATE TABLE r.t (i INTEGER)")
        for sql, remote in (("INSERT INTO r.t VALUES (1)", "INSERT INTO t"), ("SELECT i FROM r.t", "SELECT i FROM t"), ("DROP TABLE r.t", "DROP TABLE t")):
            plan = client.execute(f"EXPLAIN (FORMAT JSON) {sql}").fetchall()[0][1]
            assert remote in plan, plan
        assert client.execute("FROM r.t").fetchall() == []


@pytest.mark.parametrize("disabled", ["", "remote_pushdown"])
def test_explain_analyze_tells_what_the_remote_part_cost(server, disabled):
    with contextlib.closing(open_client()) as client:
        client.execute(f"ATTACH '{server.uri}/db{next(numbers)}' AS r (TYPE skein, CREATE true)")
        client.execute("CREATE TABLE r.t AS SELECT range AS i FROM range(5000)")
        client.execute("CREATE TABLE here AS SELECT range AS i FROM range(10)")
        client.execute(f"SET disabled_optimizers = '{disabled}'")
        for sql, rows in (
            ("SELECT * FROM r.t", 5000),
            ("SELECT count(*) FROM r.t JOIN here ON t.i = here.i + 1 WHERE t.i > 4995", 4),
            ("INSERT INTO r.t SELECT i FROM here", 10),
        ):
            plan = json.loads(client.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}").fetchall()[0][1])
            costs = [node for node in nodes(plan) if "Remote Rows" in node]
            assert [int(node["Remote Rows"]) for node in costs] == [rows], plan
            assert int(costs[0]["Remote Bytes"]) > 0
            assert re.fullmatch(r"\d+ ms", costs[0]["Remote Time"])
        client.execute("CREATE TABLE r.u AS FROM r.t")
        plan = json.loads(client.execute("EXPLAIN (ANALYZE, FORMAT JSON) DELETE FROM r.u WHERE i < 3").fetchall()[0][1])
        if not disabled:
            assert [node["Remote Rows"] for node in nodes(plan) if "Remote Rows" in node] == ["6"], plan


def nodes(plan):
    """What is told beside each operator's name, wherever in the plan it is."""
    if isinstance(plan, list):
        for part in plan:
            yield from nodes(part)
    elif isinstance(plan, dict):
        if isinstance(plan.get("extra_info"), dict):
            yield plan["extra_info"]
        for part in plan.values():
            yield from nodes(part)


@pytest.mark.parametrize("disabled", ["", "remote_pushdown"])
def test_a_table_that_cannot_be_used_here_is_listed_and_says_why(server, disabled):
    with contextlib.closing(open_client()) as client:
        attach = f"ATTACH OR REPLACE '{server.uri}/db{next(numbers)}' AS r (TYPE skein, CREATE true)"
        client.execute(attach)
        # No SQL text can hold the one value of this type.
        client.execute("CALL skein_execute('r', 'CREATE TYPE odd_type AS ENUM (SELECT ''a'' || chr(0))')")
        client.execute("CALL skein_execute('r', 'CREATE TABLE odd (x odd_type, y INTEGER)')")
        client.execute("CREATE TABLE r.fine (i INTEGER)")
        client.execute(attach)
        client.execute(f"SET disabled_optimizers = '{disabled}'")
        listed = client.execute("SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'r' ORDER BY 1").fetchall()
        assert [name for name, _ in listed] == ["fine", "odd"]
        assert listed[0][1] is None and "its definition holds the character NUL" in listed[1][1], listed
        with pytest.raises(duckdb.CatalogException, match="\"odd\" of r cannot be used: its definition holds the character NUL"):
            client.execute("FROM r.odd")
        assert client.execute("FROM r.fine").fetchall() == []
        client.execute("CALL skein_execute('r', 'DROP TABLE odd')")
        assert client.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'r'").fetchall() == [("fine",)]


def test_a_secret_by_scope_and_by_name(tmp_path):
    token = tmp_path / "token"
    token.write_text("open-sesame\n")
    token.chmod(0o600)
    with Server("--token-file", token) as server, contextlib.closing(open_client()) as client:
        with pytest.raises(duckdb.PermissionException):
            client.execute(f"ATTACH '{server.uri}' AS r (TYPE skein)")
        client.execute("CREATE SECRET other (TYPE skein, TOKEN 'wrong', SCOPE 'grpc://elsewhere')")
        client.execute(f"CREATE SECRET mine (TYPE skein, TOKEN 'open-sesame', SCOPE '{server.uri}')")
        client.execute(f"ATTACH '{server.uri}' AS r (TYPE skein)")
        assert client.execute(f"FROM skein_query('{server.uri}', 'SELECT 42')").fetchall() == [(42,)]
        client.execute(f"ATTACH '{server.uri}' AS named (TYPE skein, SECRET 'mine')")
        with pytest.raises(duckdb.PermissionException):
            client.execute(f"ATTACH '{server.uri}' AS wrong (TYPE skein, SECRET 'other')")
        with pytest.raises(duckdb.InvalidInputException, match="no secret"):
            client.execute(f"ATTACH '{server.uri}' AS wrong (TYPE skein, SECRET 'absent')")
        shown = client.execute("SELECT * FROM duckdb_secrets(); ").fetchall() + client.execute("FROM duckdb_databases()").fetchall()
        assert "sesame" not in str(shown)


def test_an_authority_of_our_own(tmp_path):
    certificate = Certificate(tmp_path)
    with Server(*certificate.options) as server, contextlib.closing(open_client()) as client:
        with pytest.raises(duckdb.PermissionException, match="certificate"):
            client.execute(f"ATTACH '{server.uri}' AS r (TYPE skein)")
        client.execute(f"ATTACH '{server.uri}' AS r (TYPE skein, CA '{certificate.cert}')")
        client.execute("CREATE TABLE r.t AS SELECT 42 AS i")
        assert client.execute("FROM r.t").fetchall() == [(42,)]
