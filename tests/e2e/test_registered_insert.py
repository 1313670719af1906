"""INSERT into registered tables, compared with local tables."""

import duckdb
import pytest

from twin import failure_of, quoted

COLUMNS = "i INTEGER, s VARCHAR, d DECIMAL(9,2)"

STATEMENTS = [
    "INSERT INTO t VALUES (1, 'a', 1.5)",
    "INSERT INTO t VALUES (1, 'a', 1.5), (2, NULL, NULL), (NULL, '', -1)",
    "INSERT INTO t (s, i) VALUES ('a', 1), ('b', 2)",
    "INSERT INTO t (d) VALUES (1.25)",
    "INSERT INTO t BY NAME SELECT 'a' AS s, 5 AS i",
    "INSERT INTO t BY NAME SELECT 2.5 AS d, 'x' AS s, 1 AS i UNION ALL BY NAME SELECT 9 AS i",
    "INSERT INTO t SELECT range, 'r' || range, range / 4 FROM range(10000)",
    "INSERT INTO t (i) FROM range(5000)",
    "INSERT INTO t SELECT * FROM here",
    "INSERT INTO t SELECT * FROM here WHERE false",
    "INSERT INTO t SELECT * FROM here ORDER BY i DESC LIMIT 5",
    "INSERT INTO t SELECT i + 1, upper(s), d * 2 FROM here",
    "INSERT INTO t WITH c AS (FROM here) SELECT a.i, b.s, a.d FROM c a JOIN c b ON a.i = b.i + 1",
    "INSERT INTO t SELECT i, max(s), sum(d) FROM here GROUP BY i",
    "INSERT INTO t SELECT * FROM here UNION ALL SELECT * FROM here",
    "INSERT INTO t VALUES ('7', 8, '9.126')",
    "INSERT INTO t SELECT i, s, row_number() OVER (ORDER BY i) FROM here",
    "INSERT INTO t (i, s) SELECT unnest([1, 2, 3]), 'x'",
]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_same_effect(twin, sql):
    twin.table("t", COLUMNS, "VALUES (100, 'there', 0)")
    twin.local("CREATE TABLE here AS SELECT range::INTEGER AS i, 's' || range AS s, (range / 3)::DECIMAL(9,2) AS d FROM range(3000)")
    with twin.travelled() as moved:
        changed = twin.same(sql)
    twin.same_table()
    assert moved.rows_sent == changed[0][0]
    assert moved.rows_received == 0


@pytest.mark.parametrize("rows", [1, 2047, 2048, 2049, 16384, 16385, 300_000])
def test_any_number_of_rows_in_order(twin, rows):
    twin.table("t", "i BIGINT, s VARCHAR")
    twin.local(f"CREATE TABLE here AS SELECT range AS i, 'row ' || range AS s FROM range({rows})")
    with twin.travelled() as moved:
        assert twin.same("INSERT INTO t FROM here") == [(rows,)]
    assert moved.rows_sent == rows
    assert moved.statements == 1
    assert twin.from_server("SELECT count(*), count(*) FILTER (i = rowid) FROM t") == [(rows, rows)]
    assert twin.from_server("SELECT count(*) FROM t WHERE s <> 'row ' || i") == [(0,)]


@pytest.mark.parametrize("threads", [1, 4])
def test_order_is_kept_on_any_number_of_threads(twin, tmp_path, threads):
    twin.table("t", "i BIGINT")
    path = tmp_path / "rows.parquet"
    twin.oracle.execute(f"COPY (SELECT range AS i FROM range(300000)) TO '{path}' (ROW_GROUP_SIZE 10000)")
    twin.client.execute(f"SET threads = {threads}")
    twin.client.execute(f"INSERT INTO t FROM '{path}'")
    assert twin.from_server("SELECT count(*) FILTER (i = rowid) FROM t") == [(300000,)]


def test_without_order_nothing_is_lost(twin):
    twin.table("t", "i BIGINT")
    twin.client.execute("SET preserve_insertion_order = false")
    twin.client.execute("CREATE TABLE here AS FROM range(300000)")
    assert twin.client.execute("INSERT INTO t FROM here").fetchall() == [(300000,)]
    assert twin.from_server("SELECT count(*), count(DISTINCT i), sum(i) FROM t") == [(300000, 300000, 44999850000)]


@pytest.mark.parametrize("form", ["csv", "parquet", "json"])
def test_from_files(twin, tmp_path, form):
    twin.table("t", COLUMNS)
    path = tmp_path / f"rows.{form}"
    twin.oracle.execute(f"COPY (SELECT range AS i, 'r' || range AS s, range / 8 AS d FROM range(20000)) TO '{path}'")
    twin.same(f"INSERT INTO t SELECT i, s, d FROM '{path}'")
    twin.same_table()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_copy_from(twin, tmp_path, form):
    twin.table("t", COLUMNS)
    path = tmp_path / f"rows.{form}"
    twin.oracle.execute(f"COPY (SELECT range AS i, 'r' || range AS s, range / 8 AS d FROM range(5000)) TO '{path}'")
    twin.same(f"COPY t FROM '{path}'")
    twin.same_table()


def test_prepared(twin):
    twin.table("t", COLUMNS)
    for connection in (twin.client, twin.oracle):
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [[1, "a", 1.5], [2, None, None], [3, "c", 0]])
    twin.same_table()


def test_from_arrow_and_relation(twin):
    import pyarrow as pa

    twin.table("t", COLUMNS)
    source = pa.table({"i": pa.array([1, 2, None], pa.int32()), "s": ["a", "b", None]})
    for connection in (twin.client, twin.oracle):
        connection.register("source", source)
        connection.sql("SELECT i, s, 0.5 FROM source").insert_into("t")
    twin.same_table()


def test_rows_changed_as_the_client_library_says(twin):
    twin.table("t", COLUMNS)
    twin.same("INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)")
    assert twin.client.execute("INSERT INTO t SELECT range, '', 0 FROM range(10)").rowcount == \
        twin.oracle.execute("INSERT INTO t SELECT range, '', 0 FROM range(10)").rowcount


# ---------------------------------------------------------------------------------------------------------------------
# Defaults
# ---------------------------------------------------------------------------------------------------------------------
DEFAULTS = "i INTEGER, a INTEGER DEFAULT 42, b VARCHAR DEFAULT 'x' || 'y', c INTEGER NOT NULL DEFAULT 7, d INTEGER"


@pytest.mark.parametrize("sql", [
    "INSERT INTO t (i) VALUES (1), (2)",
    "INSERT INTO t (i, b) VALUES (1, 'given')",
    "INSERT INTO t VALUES (1, DEFAULT, DEFAULT, DEFAULT, DEFAULT)",
    "INSERT INTO t VALUES (1, DEFAULT, 'given', DEFAULT, 5), (2, DEFAULT, 'too', DEFAULT, NULL)",
    "INSERT INTO t (i, a) VALUES (1, NULL)",
    "INSERT INTO t (i) SELECT range FROM range(5000)",
    "INSERT INTO t BY NAME SELECT 3 AS i, 4 AS d",
    "INSERT INTO t (d, i) SELECT range, range + 1 FROM range(10) WHERE range > 5",
    "INSERT INTO t (i, c) VALUES (DEFAULT, DEFAULT)",
])
def test_defaults_are_the_servers(twin, sql):
    twin.table("t", DEFAULTS)
    twin.same(sql)
    twin.same_table()


def test_a_default_changed_on_the_server_counts(twin):
    twin.table("t", "i INTEGER, a INTEGER DEFAULT 1")
    twin.on_server("ALTER TABLE t ALTER COLUMN a SET DEFAULT 2")
    twin.client.execute("INSERT INTO t (i) VALUES (1)")
    assert twin.from_server("FROM t") == [(1, 2)]


def test_default_for_some_rows_only(twin):
    twin.table("t", DEFAULTS)
    twin.same("INSERT INTO t (i, a) VALUES (1, DEFAULT), (2, 5)")
    twin.same("INSERT INTO t (i, a, b) VALUES (1, 4, DEFAULT), (DEFAULT, DEFAULT, 'b'), (3, NULL, NULL)")
    twin.same_table()


def test_default_values(twin):
    twin.table("t", DEFAULTS)
    twin.same("INSERT INTO t DEFAULT VALUES")
    twin.same_table()


def test_a_sequence_in_some_rows_only(twin):
    twin.on_server("CREATE OR REPLACE SEQUENCE some_numbers; CREATE OR REPLACE TABLE s (id INTEGER DEFAULT nextval('some_numbers'), who VARCHAR)")
    twin.register("s")
    twin.client.execute("INSERT INTO s VALUES (DEFAULT, 'a'), (100, 'b'), (DEFAULT, 'c')")
    twin.client.execute("INSERT INTO s DEFAULT VALUES")
    assert twin.from_server("SELECT id, who FROM s ORDER BY id") == [(1, "a"), (2, "c"), (3, None), (100, "b")]


def test_two_clients_of_one_sequence_get_no_duplicates(twin, connect):
    twin.on_server("CREATE OR REPLACE SEQUENCE numbers; CREATE OR REPLACE TABLE s (id BIGINT DEFAULT nextval('numbers'), who VARCHAR)")
    twin.register("s")
    other = connect()
    other.execute(f"CALL register_remote_table('s', {quoted(twin.uri)}, 's')")
    for _ in range(5):
        twin.client.execute("INSERT INTO s (who) SELECT 'first' FROM range(3000)")
        other.execute("INSERT INTO s (who) VALUES ('second'), ('second')")
        other.execute("INSERT INTO s VALUES (DEFAULT, 'second')")
    assert twin.from_server("SELECT count(*), count(DISTINCT id), min(id), max(id) FROM s") == [(15015, 15015, 1, 15015)]


def test_generated_columns(twin):
    twin.table("t", "i INTEGER, twice INTEGER GENERATED ALWAYS AS (i * 2)", None)
    twin.client.execute("INSERT INTO t (i) VALUES (4)")
    twin.oracle.execute("INSERT INTO t (i) VALUES (4)")
    twin.same_table()
    twin.same("FROM t")


# ---------------------------------------------------------------------------------------------------------------------
# Failures
# ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("constraint, bad", [
    ("i INTEGER NOT NULL", "CASE WHEN range = 250000 THEN NULL ELSE range END"),
    ("i INTEGER CHECK (i <> 250000)", "range"),
    ("i INTEGER PRIMARY KEY", "CASE WHEN range = 250000 THEN 1 ELSE range END"),
    ("i INTEGER UNIQUE", "range % 250000"),
])
def test_a_violation_half_way_inserts_nothing(twin, constraint, bad):
    twin.table("t", constraint, "VALUES (-1)")
    failure = twin.fails_alike(f"INSERT INTO t SELECT {bad} FROM range(300000)")
    assert isinstance(failure, duckdb.ConstraintException)
    assert twin.from_server("FROM t") == [(-1,)]
    assert twin.same("INSERT INTO t VALUES (-2)") == [(1,)]
    twin.same_table()


def test_a_failure_on_the_client_half_way_inserts_nothing(twin):
    twin.table("t", "i INTEGER")
    sql = "INSERT INTO t SELECT CASE WHEN range = 250000 THEN error('half way') ELSE range END FROM range(300000)"
    assert "half way" in str(twin.fails_alike(sql))
    assert twin.from_server("SELECT count(*) FROM t") == [(0,)]
    with twin.travelled():
        twin.client.execute("INSERT INTO t VALUES (1)")


@pytest.mark.parametrize("sql", [
    "INSERT INTO t VALUES (1)",
    "INSERT INTO t VALUES ('not a number', 'a', 1)",
    "INSERT INTO t (no_such_column) VALUES (1)",
    "INSERT INTO t SELECT 1, 'a', 99999999999",
    "INSERT INTO t (i, i) VALUES (1, 2)",
])
def test_what_cannot_be_inserted_fails_as_it_does_locally(twin, sql):
    twin.table("t", COLUMNS)
    twin.fails_alike(sql)
    twin.same_table()


def test_foreign_keys_are_the_servers(twin):
    twin.on_server("DROP TABLE IF EXISTS child; DROP TABLE IF EXISTS parent; CREATE TABLE parent (id INTEGER PRIMARY KEY);"
                   "CREATE TABLE child (id INTEGER REFERENCES parent (id)); INSERT INTO parent VALUES (1)")
    twin.register("child")
    twin.client.execute("INSERT INTO child VALUES (1)")
    assert isinstance(failure_of(twin.client, "INSERT INTO child VALUES (2)"), duckdb.ConstraintException)
    assert twin.from_server("FROM child") == [(1,)]
    twin.on_server("DROP TABLE child; DROP TABLE parent")
