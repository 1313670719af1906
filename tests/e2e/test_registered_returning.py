"""RETURNING, ON CONFLICT and MERGE INTO on registered tables, with sources that are local, compared with local tables."""

import duckdb
import pytest

from twin import failure_of, quoted

COLUMNS = "id INTEGER PRIMARY KEY, s VARCHAR DEFAULT 'standard', d DECIMAL(9,2), UNIQUE (s, d)"
ROWS = "SELECT range, 's' || range, range / 4 FROM range(1000)"
SOURCE = "CREATE TABLE here AS SELECT (range * 3)::INTEGER AS id, 'h' || range AS s, (range / 2)::DECIMAL(9,2) AS d FROM range(500)"

RETURNING = [
    "INSERT INTO t (id, s, d) SELECT id + 2000, s, d FROM here RETURNING id, s, d",
    "INSERT INTO t (id) SELECT id + 2000 FROM here RETURNING s || id AS made, d IS NULL",
    "INSERT INTO t (id) VALUES (5000), (5001) RETURNING id",
    "INSERT INTO t (id) SELECT id FROM here WHERE false RETURNING id, s",
    "UPDATE t SET d = here.d FROM here WHERE here.id = t.id RETURNING t.id, t.s, t.d",
    "UPDATE t SET s = DEFAULT, d = t.id FROM here WHERE here.id = t.id RETURNING t.id, t.s",
    "UPDATE t SET d = 0 WHERE false RETURNING id",
    "DELETE FROM t USING here WHERE here.id = t.id RETURNING t.id, t.s, t.d",
    "DELETE FROM t WHERE id IN (SELECT id FROM here) RETURNING rowid >= 0, id",
    "WITH source AS (SELECT id + 9000 AS id FROM here) INSERT INTO t (id) SELECT id FROM source RETURNING *",
]

ON_CONFLICT = [
    "INSERT INTO t (id, s, d) SELECT * FROM here ON CONFLICT DO NOTHING",
    "INSERT OR IGNORE INTO t (id, s, d) SELECT * FROM here",
    "INSERT INTO t (id, s, d) SELECT * FROM here ON CONFLICT (id) DO UPDATE SET s = excluded.s || t.s",
    "INSERT INTO t (id, s) SELECT id, s FROM here ON CONFLICT (id) DO UPDATE SET d = t.d + 1 WHERE t.id % 2 = 0",
    "INSERT INTO t (id, s) SELECT id, s FROM here ON CONFLICT (id) DO UPDATE SET s = excluded.s RETURNING id, s, d",
    "INSERT INTO t (id) VALUES (1), (5000) ON CONFLICT (id) DO UPDATE SET d = -1 RETURNING id, d",
    "INSERT INTO t (id, s, d) VALUES (7000, 's4', 1.00), (7001, 'new', 1.00) ON CONFLICT (s, d) DO UPDATE SET d = 99",
]

MERGE = [
    "MERGE INTO t USING here ON here.id = t.id WHEN MATCHED THEN DELETE",
    "MERGE INTO t USING here USING (id) WHEN MATCHED THEN UPDATE SET s = here.s, d = DEFAULT",
    "MERGE INTO t USING here USING (id) WHEN NOT MATCHED THEN INSERT (id, d) VALUES (here.id, here.d)",
    "MERGE INTO t USING here USING (id) WHEN NOT MATCHED BY SOURCE THEN DELETE",
    """MERGE INTO t USING here USING (id) WHEN MATCHED AND here.d < 50 THEN DELETE WHEN MATCHED THEN UPDATE SET d = here.d
       WHEN NOT MATCHED AND here.id % 2 = 0 THEN INSERT (id, s, d) VALUES (here.id, here.s, here.d) WHEN NOT MATCHED THEN DO NOTHING
       WHEN NOT MATCHED BY SOURCE AND id < 100 THEN UPDATE SET s = DEFAULT""",
    """MERGE INTO t USING here USING (id) WHEN MATCHED AND here.d < 50 THEN DELETE WHEN MATCHED THEN UPDATE SET d = here.d
       WHEN NOT MATCHED THEN INSERT (id, s, d) VALUES (here.id, here.s, here.d) RETURNING merge_action, id, s, d""",
    "MERGE INTO t USING here USING (id) WHEN MATCHED THEN DO NOTHING",
    "MERGE INTO t USING (SELECT 5 AS id) here USING (id) WHEN MATCHED THEN UPDATE SET id = 6000 RETURNING id, s",
]


@pytest.fixture
def filled(twin):
    twin.on_server(f"CREATE OR REPLACE TABLE t ({COLUMNS})")
    twin.on_server(f"INSERT INTO t {ROWS}")
    twin.oracle.execute(f"CREATE OR REPLACE TABLE t ({COLUMNS})")
    twin.oracle.execute(f"INSERT INTO t {ROWS}")
    twin.register("t")
    twin.local(SOURCE)
    return twin


@pytest.mark.parametrize("sql", RETURNING)
def test_returning(filled, sql):
    with filled.travelled() as moved:
        rows = filled.same(sql)
    filled.same_table()
    assert moved.rows_sent == len(rows), "the changed rows go there"
    assert moved.rows_received >= len(rows), "and come back"


@pytest.mark.parametrize("sql", ON_CONFLICT)
def test_on_conflict(filled, sql):
    filled.same(sql)
    filled.same_table()


@pytest.mark.parametrize("sql", MERGE)
def test_merge(filled, sql):
    filled.same(sql)
    filled.same_table()


def test_an_insert_that_returns_its_rows_is_one_round_trip(filled):
    with filled.travelled() as moved:
        filled.same("INSERT INTO t (id) SELECT id + 2000 FROM here RETURNING id")
    assert (moved.round_trips, moved.rows_sent, moved.rows_received) == (1, 500, 500)


def test_rows_in_order_and_many_of_them(filled):
    sql = "INSERT INTO t (id, s) SELECT range, 'row ' || range FROM range(10000, 310000) RETURNING id, s"
    assert filled.same(sql, ordered=True)[-1] == (309999, "row 309999")


@pytest.mark.parametrize("sql", [
    "INSERT INTO t (id) SELECT id FROM here RETURNING id",
    "INSERT INTO t (id, s) SELECT id, s FROM here ON CONFLICT (s, d) DO UPDATE SET d = 1",
    "UPDATE t SET id = 1 FROM here WHERE here.id = t.id RETURNING t.id",
    "UPDATE t SET d = CASE WHEN t.id = 600 THEN error('half way') ELSE 0 END FROM here WHERE here.id = t.id RETURNING t.id",
    "MERGE INTO t USING here USING (id) WHEN MATCHED AND id = 600 THEN ERROR WHEN MATCHED THEN DELETE",
    "MERGE INTO t USING here USING (id) WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (1)",
])
def test_a_failure_changes_nothing(filled, sql):
    filled.fails_alike(sql)
    filled.same_table()
    filled.same("SELECT count(*) FROM t")


def test_a_row_merged_twice_is_refused_as_locally(filled):
    sql = "MERGE INTO t USING (SELECT 1 AS id FROM range(2)) here USING (id) WHEN MATCHED THEN UPDATE SET d = 1"
    expected, seen = failure_of(filled.oracle, sql), failure_of(filled.client, sql)
    assert (expected is None) == (seen is None), seen
    filled.same_table()


def test_in_a_transaction(filled):
    for statement in ("BEGIN", "INSERT INTO t (id) SELECT id + 2000 FROM here RETURNING id",
                      "UPDATE t SET d = t.id FROM here WHERE t.id = here.id + 2000 RETURNING t.id, t.d",
                      "MERGE INTO t USING here USING (id) WHEN MATCHED THEN DELETE RETURNING merge_action, id",
                      "SELECT count(*), sum(d) FROM t", "ROLLBACK", "SELECT count(*), sum(d) FROM t"):
        filled.same(statement)
    filled.same_table()


def test_a_reader_that_stops_has_changed_everything(filled):
    sql = "INSERT INTO t (id) SELECT range FROM range(10000, 210000) RETURNING id"
    assert filled.client.execute(sql).fetchone() == (10000,)
    filled.client.execute("SELECT 1").fetchall()
    filled.oracle.execute(sql).fetchall()
    filled.same_table()


def test_explain_shows_what_is_returned_and_runs_nothing(filled):
    with filled.travelled() as moved:
        plan = filled.client.execute("EXPLAIN INSERT INTO t (id) SELECT id FROM here RETURNING s").fetchall()[0][1]
    assert moved.rows_sent == 0
    assert "RETURNING" in plan and "<upload>" in plan
    filled.same_table()


def test_no_key_to_conflict_with(twin):
    twin.table("plain", "i INTEGER, s VARCHAR", "SELECT range, 'x' FROM range(5)")
    assert isinstance(twin.fails_alike("INSERT INTO plain VALUES (1, 'y') ON CONFLICT DO NOTHING"), duckdb.BinderException)
    twin.fails_alike("INSERT INTO plain VALUES (1, 'y') ON CONFLICT (i) DO NOTHING")


def test_views_are_refused_by_name(filled):
    filled.on_server("CREATE VIEW v AS SELECT id, s FROM t")
    filled.register("v")
    failure = failure_of(filled.client, "MERGE INTO v USING here USING (id) WHEN MATCHED THEN DELETE")
    assert isinstance(failure, duckdb.BinderException) and "view" in str(failure), failure
    assert quoted(filled.uri)
