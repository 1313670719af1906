"""UPDATE and DELETE of registered tables, compared with local tables."""

import duckdb
import pytest

from twin import failure_of

COLUMNS = "i INTEGER, s VARCHAR DEFAULT 'standard', d DECIMAL(9,2), l INTEGER[]"
ROWS = "SELECT range, CASE WHEN range % 5 > 0 THEN 's' || range % 50 END, range / 3, [range, NULL] FROM range(3000)"

UPDATES = [
    "UPDATE t SET s = 'new'",
    "UPDATE t SET s = NULL WHERE i < 10",
    "UPDATE t SET i = i + 1, d = d * 2 WHERE s = 's7'",
    "UPDATE t SET i = d, d = i",
    "UPDATE t SET s = upper(s) WHERE s LIKE '%1'",
    "UPDATE t SET s = 'x' WHERE false",
    "UPDATE t SET s = 'x' WHERE s IS NULL OR i IN (3, 4)",
    "UPDATE t SET l = list_append(l, 7) WHERE len(l) = 2 AND i % 100 = 0",
    "UPDATE t SET d = (SELECT max(v) FROM here)",
    "UPDATE t SET d = (SELECT v FROM here WHERE here.i = t.i)",
    "UPDATE t SET s = 'x' WHERE i IN (SELECT i FROM here)",
    "UPDATE t SET s = 'x' WHERE i NOT IN (SELECT i FROM here)",
    "UPDATE t SET s = 'x' WHERE EXISTS (SELECT 1 FROM here WHERE here.i = t.i AND here.v > t.d)",
    "UPDATE t SET d = v, s = here.name FROM here WHERE here.i = t.i",
    "UPDATE t SET d = v FROM (SELECT i, sum(v) AS v FROM here GROUP BY i) x WHERE x.i = t.i",
    "UPDATE t SET d = b.d FROM t b WHERE b.i = t.i + 1",
    "UPDATE t SET s = DEFAULT WHERE i < 100",
    "UPDATE t SET s = DEFAULT, d = 0",
    "UPDATE t SET i = DEFAULT WHERE i = 5",
    "UPDATE t SET s = 'x' WHERE i > (SELECT avg(i) FROM t)",
    "UPDATE t SET s = 'x' WHERE rowid < 5",
    "UPDATE t SET i = 1, s = 'a', d = 2, l = [3]",
    "WITH c AS (SELECT i FROM here WHERE v > 20) UPDATE t SET s = 'x' FROM c WHERE c.i = t.i",
]

DELETES = [
    "DELETE FROM t",
    "DELETE FROM t WHERE i < 10",
    "DELETE FROM t WHERE false",
    "DELETE FROM t WHERE s IS NULL",
    "DELETE FROM t WHERE s LIKE 's1%' AND d > 100 OR i = 0",
    "DELETE FROM t WHERE i IN (SELECT i FROM here)",
    "DELETE FROM t WHERE i NOT IN (SELECT i FROM here)",
    "DELETE FROM t USING here WHERE here.i = t.i AND v > 30",
    "DELETE FROM t WHERE d = (SELECT max(d) FROM t)",
    "DELETE FROM t WHERE len(l) = 2 AND list_contains(l, 77)",
    "DELETE FROM t WHERE random() < 2",
    "DELETE FROM t WHERE EXISTS (SELECT 1 FROM t b WHERE b.i = t.i * 2)",
    "DELETE FROM t WHERE rowid % 2 = 1",
    "TRUNCATE t",
]


@pytest.fixture
def filled(twin):
    twin.table("t", COLUMNS, ROWS)
    twin.local("CREATE TABLE here AS SELECT (range * 37)::INTEGER AS i, (range / 2)::DECIMAL(9,2) AS v, 'n' || range AS name FROM range(100)")
    return twin


@pytest.mark.parametrize("sql", UPDATES)
def test_update(filled, sql):
    with filled.travelled() as moved:
        changed = filled.same(sql)[0][0]
    filled.same_table()
    filled.same("SELECT count(*), sum(d), count(s) FROM t")
    assert moved.rows_sent == changed


@pytest.mark.parametrize("sql", DELETES)
def test_delete(filled, sql):
    with filled.travelled() as moved:
        changed = filled.same(sql)[0][0]
    filled.same_table()
    filled.same("SELECT count(*), sum(d), count(s) FROM t")
    assert moved.rows_sent == changed


@pytest.mark.parametrize("rows", [1, 2048, 2049, 300_000])
def test_any_number_of_rows(twin, rows):
    twin.table("t", "i BIGINT, s VARCHAR", f"SELECT range, 'a' FROM range({rows})")
    assert twin.same("UPDATE t SET i = i + 1000000, s = s || i") == [(rows,)]
    twin.same("SELECT count(*), sum(i), min(s), max(s) FROM t")
    twin.same("DELETE FROM t WHERE i % 3 <> 0")
    twin.same("SELECT count(*), sum(i) FROM t")


def test_only_row_ids_travel_for_a_delete(twin):
    twin.table("t", "i INTEGER, s VARCHAR", "SELECT range, repeat('long ', 100) FROM range(10000)")
    with twin.travelled() as moved:
        assert twin.same("DELETE FROM t WHERE i >= 9000") == [(1000,)]
    assert (moved.rows_received, moved.rows_sent) == (1000, 1000)
    # Eight bytes a row each way, and little else.
    assert moved.bytes_received < 1000 * 8 * 2
    assert moved.bytes_sent < 1000 * 8 * 2


def test_rows_changed_as_the_client_library_says(filled):
    for sql in ("UPDATE t SET d = 1 WHERE i < 10", "DELETE FROM t WHERE i < 5", "DELETE FROM t WHERE i < 5"):
        assert filled.client.execute(sql).rowcount == filled.oracle.execute(sql).rowcount


def test_prepared(filled):
    for connection in (filled.client, filled.oracle):
        connection.executemany("UPDATE t SET s = ? WHERE i = ?", [["one", 1], [None, 2], ["three", 3]])
        connection.execute("PREPARE forget AS DELETE FROM t WHERE i = $1")
        for i in (5, 6, 5):
            connection.execute(f"EXECUTE forget({i})")
    filled.same_table()


def test_changes_one_after_the_other(filled):
    for sql in ("DELETE FROM t WHERE i % 2 = 0", "INSERT INTO t (i) SELECT range FROM range(100)", "UPDATE t SET d = i WHERE s = 'standard'",
                "DELETE FROM t WHERE s = 's11'", "INSERT INTO t SELECT * FROM t WHERE i < 50", "UPDATE t SET i = -i WHERE i > 2000"):
        filled.same(sql)
        filled.same_table()


def test_an_update_with_a_primary_key(twin):
    twin.table("t", "id INTEGER PRIMARY KEY, v INTEGER UNIQUE, n INTEGER NOT NULL", "SELECT range, range, range FROM range(1000)")
    twin.same("UPDATE t SET n = n + 1 WHERE id < 500")
    twin.same("UPDATE t SET v = v + 5000 WHERE id >= 500")
    twin.same("DELETE FROM t WHERE id % 2 = 0")
    twin.same("INSERT INTO t SELECT id + 1000, v + 10000, n FROM t")
    twin.same_table()


@pytest.mark.parametrize("sql", [
    "UPDATE t SET n = CASE WHEN id = 900 THEN NULL ELSE n END",
    "UPDATE t SET v = 7 WHERE id IN (800, 900)",
    "UPDATE t SET n = n - 901",
])
def test_a_violation_changes_nothing(twin, sql):
    twin.table("t", "id INTEGER PRIMARY KEY, v INTEGER UNIQUE, n INTEGER NOT NULL CHECK (n >= -900)", "SELECT range, range, range FROM range(1000)")
    assert isinstance(twin.fails_alike(sql), duckdb.ConstraintException)
    twin.same_table()
    twin.same("UPDATE t SET n = 5 WHERE id = 1")
    twin.same_table()


@pytest.mark.parametrize("sql", [
    "UPDATE t SET i = CASE WHEN i = 2500 THEN error('half way') ELSE i + 1 END",
    "DELETE FROM t WHERE CASE WHEN i = 2500 THEN error('half way') ELSE true END",
    "UPDATE t SET no_such_column = 1",
    "DELETE FROM t WHERE no_such_column",
    "UPDATE t SET i = 'not a number'",
])
def test_a_failure_changes_nothing(filled, sql):
    filled.fails_alike(sql)
    filled.same_table()


# ---------------------------------------------------------------------------------------------------------------------
# Refused
# ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sql, name", [
    ("ALTER TABLE t ADD COLUMN x INTEGER", "ALTER|skein_execute"),
    ("ALTER TABLE t RENAME TO u", "ALTER|skein_execute"),
    ("ALTER TABLE t DROP COLUMN i", "ALTER|skein_execute"),
    ("ALTER TABLE t ALTER COLUMN s SET DEFAULT 'y'", "ALTER|skein_execute"),
    ("DROP TABLE t", "skein_drop_table|unregister_remote_table"),
    ("CREATE INDEX idx ON t (i)", "CREATE INDEX|skein_execute"),
    ("CREATE TABLE t.main.u (i INTEGER)", "CREATE TABLE|skein_create_table|skein_execute"),
    ("CREATE TABLE t.u AS SELECT 1", "skein_create_table|skein_execute"),
    ("CREATE VIEW t.v AS SELECT 1", "skein_execute"),
    ("CREATE SCHEMA t.s", "skein_execute"),
    ("CREATE SEQUENCE t.main.s", "skein_execute"),
    ("DROP SCHEMA t.main", "schema|Schema|skein_execute"),
])
def test_refused_by_name(filled, sql, name):
    failure = failure_of(filled.client, sql)
    assert isinstance(failure, (duckdb.NotImplementedException, duckdb.BinderException, duckdb.CatalogException)), f"{type(failure)} {failure}"
    assert any(part in str(failure) for part in name.split("|")), failure
    filled.same_table()
    filled.same("SELECT count(*) FROM t")
    filled.same("INSERT INTO t (i) VALUES (-1)")
    filled.same_table()


@pytest.mark.parametrize("sql", ["ATTACH 'grpc://localhost:1' AS r (TYPE skein)", "DETACH t", "CREATE OR REPLACE TABLE t.main.t (i INTEGER)"])
def test_what_is_not_there_yet_does_no_harm(filled, sql):
    try:
        filled.client.execute(sql)
    except duckdb.Error as failure:
        assert not isinstance(failure, duckdb.InternalException), failure
    filled.same_table()
    filled.client.execute("SELECT 1")
    filled.register("again", "t")
    assert filled.client.execute("SELECT count(*) FROM again").fetchall() == [(3000,)]
