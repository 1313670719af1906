"""Registered tables in ordinary SELECT statements, compared with local tables."""

import pytest

from twin import answer, explained, open_twin

PEOPLE = "id INTEGER, name VARCHAR, town INTEGER, born DATE, pay DECIMAL(10,2)"
PEOPLE_ROWS = """
    SELECT range, CASE WHEN range % 7 <> 0 THEN 'p' || range END, CASE WHEN range % 11 <> 0 THEN range % 5 END,
           DATE '1970-01-01' + (range * 37 % 20000)::INTEGER, (range * 7919 % 100000) / 100
    FROM range(3000)"""
TOWNS_ROWS = "VALUES (0, 'Aachen'), (1, 'Bonn'), (2, 'Calw'), (3, NULL), (9, 'Zeitz')"

STATEMENTS = [
    "SELECT * FROM people",
    "SELECT pay, id FROM people",
    "SELECT count(*) FROM people",
    "SELECT count(*), count(name), sum(pay), min(born), max(name), avg(id) FROM people",
    "SELECT * FROM people WHERE false",
    "SELECT id FROM people LIMIT 0",
    "SELECT town, count(*), sum(pay) FROM people GROUP BY town HAVING count(*) > 500",
    "SELECT DISTINCT town FROM people",
    "SELECT * FROM people JOIN towns ON town = towns.id",
    "SELECT * FROM people LEFT JOIN towns ON town = towns.id WHERE people.id < 100",
    "SELECT * FROM people FULL JOIN towns ON town = towns.id AND people.id < 3",
    "SELECT name FROM people SEMI JOIN towns ON town = towns.id",
    "SELECT name FROM people ANTI JOIN towns ON town = towns.id",
    "SELECT p.name, l.tag FROM people p JOIN here l USING (id)",
    "SELECT p.name, l.tag FROM here l LEFT JOIN people p ON p.id = l.id + 1",
    "SELECT count(*) FROM people a JOIN people b ON a.id = b.id + 1 WHERE a.town = b.town",
    "SELECT count(*) FROM people, towns, here",
    "SELECT * FROM towns a, towns b WHERE a.id < b.id",
    "WITH rich AS (SELECT * FROM people WHERE pay > 900) SELECT town, count(*) FROM rich GROUP BY ALL",
    "WITH c AS MATERIALIZED (FROM people) SELECT count(*) FROM c a JOIN c b USING (id)",
    "WITH RECURSIVE r(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r JOIN people ON people.id = n WHERE n < 20) SELECT count(*) FROM r",
    "SELECT name FROM people WHERE town IN (SELECT id FROM towns WHERE name LIKE '%n%')",
    "SELECT name FROM people WHERE id NOT IN (SELECT id FROM here)",
    "SELECT name, (SELECT towns.name FROM towns WHERE towns.id = town) FROM people WHERE id < 50",
    "SELECT name FROM people p WHERE EXISTS (SELECT 1 FROM here WHERE here.id = p.id)",
    "SELECT id FROM people WHERE pay = (SELECT max(pay) FROM people)",
    "SELECT id FROM people WHERE pay > ALL (SELECT pay FROM people WHERE id < 10)",
    "SELECT id, sum(pay) OVER (PARTITION BY town ORDER BY id ROWS 2 PRECEDING) FROM people",
    "SELECT id, row_number() OVER (ORDER BY pay DESC, id) AS n FROM people QUALIFY n <= 10",
    "SELECT id FROM people UNION SELECT id FROM here",
    "SELECT id FROM people EXCEPT SELECT id FROM here",
    "SELECT id FROM here INTERSECT SELECT id FROM people",
    "SELECT people.* EXCLUDE (pay), upper(name) FROM people WHERE id BETWEEN 10 AND 20",
    "SELECT COLUMNS('n.*') FROM people",
    "SELECT list(id ORDER BY id) FROM people WHERE id < 10",
    "SELECT string_agg(name, ',' ORDER BY id) FROM people WHERE id < 30",
    "PIVOT (SELECT town, id % 3 AS rest, pay FROM people) ON rest USING sum(pay) GROUP BY town",
    "SELECT * FROM towns POSITIONAL JOIN (SELECT range AS r FROM range(3)) ORDER BY ALL",
    "SELECT p.id, l.x FROM people p, LATERAL (SELECT p.id + 1 AS x) l WHERE p.id < 5",
    "SELECT t.id, unnest([1, 2]) FROM towns t",
    "SELECT approx_count_distinct(id) > 2500 FROM people",
    "SELECT 1 FROM people WHERE id = 1",
    "SELECT count(*) FROM (SELECT id FROM people LIMIT 10)",
    "DESCRIBE people",
    "DESCRIBE SELECT * FROM people",
    "SUMMARIZE people",
    "SELECT typeof(pay), typeof(born) FROM people LIMIT 1",
    "FROM people SELECT id WHERE name IS NULL",
    "SELECT people FROM people WHERE id < 3",
    "SELECT * FROM people WHERE id = 5 OR name = 'p8'",
    "VALUES ((SELECT count(*) FROM people), (SELECT count(*) FROM towns))",
    "SELECT CASE WHEN EXISTS (FROM people WHERE id = -1) THEN 'yes' ELSE 'no' END",
]

ORDERED = [
    "SELECT * FROM people",
    "SELECT id FROM people ORDER BY pay DESC, id LIMIT 10",
    "SELECT id FROM people ORDER BY name NULLS FIRST, id OFFSET 5",
    "SELECT id FROM people LIMIT 10",
    "SELECT id FROM people LIMIT 10 OFFSET 2500",
    "SELECT id FROM people WHERE id % 2 = 0 LIMIT 7",
    "SELECT id FROM people OFFSET 2990",
    "SELECT * FROM people ORDER BY ALL",
    "SELECT town, id FROM people ORDER BY 1 DESC NULLS LAST, 2 LIMIT 40 OFFSET 3",
]


@pytest.fixture(scope="module")
def filled(shared_server):
    """A client and a local database with the same tables, which no test here changes."""
    with open_twin(shared_server) as twin:
        twin.table("people", PEOPLE, PEOPLE_ROWS)
        twin.table("towns", "id INTEGER, name VARCHAR", TOWNS_ROWS)
        twin.table("empty", "i INTEGER, s VARCHAR")
        twin.local("CREATE TABLE here AS SELECT range * 100 AS id, 'tag ' || range AS tag FROM range(50)")
        yield twin


@pytest.mark.parametrize("sql", STATEMENTS)
def test_same_rows(filled, sql):
    with filled.travelled() as moved:
        filled.same(sql)
    assert moved.rows_sent == 0
    assert moved.statements > 0 or sql.startswith("DESCRIBE") or "WHERE false" in sql or "LIMIT 0" in sql


@pytest.mark.parametrize("sql", ORDERED)
def test_same_rows_in_the_same_order(filled, sql):
    filled.same(sql, ordered=True)


@pytest.mark.parametrize("sql", [
    "FROM empty", "SELECT count(*) FROM empty", "SELECT sum(i), max(s) FROM empty", "SELECT * FROM empty JOIN people ON i = id",
    "SELECT count(*) FROM people LEFT JOIN empty ON i = id", "SUMMARIZE empty", "SELECT * FROM people WHERE id NOT IN (SELECT i FROM empty)",
])
def test_an_empty_table(filled, sql):
    filled.same(sql)


@pytest.mark.parametrize("rows", [0, 1, 2047, 2048, 2049, 16384, 16385, 300_000])
def test_any_number_of_rows_in_order(twin, rows):
    twin.table("t", "i BIGINT, s VARCHAR", f"SELECT range, CASE WHEN range % 3 > 0 THEN 'row ' || range END FROM range({rows})")
    with twin.travelled() as moved:
        seen = twin.client.execute("FROM t").fetchall()
    assert moved.rows_received == rows
    assert seen == twin.oracle.execute("FROM t").fetchall()
    assert twin.same("SELECT count(*) FROM t") == [(rows,)]


def test_rows_keep_their_order_on_several_threads(twin):
    twin.table("t", "i BIGINT", "FROM range(300000)")
    twin.client.execute("SET threads = 4")
    twin.client.execute("CREATE TABLE copied AS SELECT i, i * 2 AS j FROM t")
    assert twin.client.execute("SELECT count(*) FROM copied WHERE i <> rowid").fetchall() == [(0,)]


def test_a_scan_on_one_thread(twin):
    twin.table("t", "i BIGINT", "FROM range(100000)")
    twin.client.execute("SET threads = 1")
    twin.same("SELECT sum(a.i) FROM t a JOIN t b USING (i)")


def test_a_single_row_travels_where_one_is_asked_for(filled):
    with filled.travelled() as moved:
        filled.same("SELECT name FROM people WHERE id = 2999")
    assert moved.rows_received == 1
    assert moved.statements == 1


# ---------------------------------------------------------------------------------------------------------------------
# Around the SELECT
# ---------------------------------------------------------------------------------------------------------------------
def test_create_table_as(filled):
    for connection in (filled.client, filled.oracle):
        connection.execute("CREATE OR REPLACE TABLE made AS SELECT id, name FROM people WHERE town = 2")
    filled.same("FROM made")


def test_create_view_over_it(filled):
    for connection in (filled.client, filled.oracle):
        connection.execute("CREATE OR REPLACE VIEW seen AS SELECT p.name, t.name AS town FROM people p JOIN towns t ON p.town = t.id")
    filled.same("SELECT town, count(*) FROM seen GROUP BY ALL")
    cursor = filled.client.cursor()
    assert answer(cursor, "FROM seen")["rows"] == answer(filled.oracle, "FROM seen")["rows"]


@pytest.mark.parametrize("form, options", [("parquet", ""), ("csv", ", HEADER"), ("json", "")])
def test_copy_to(filled, tmp_path, form, options):
    for name, connection in (("remote", filled.client), ("local", filled.oracle)):
        path = tmp_path / f"{name}.{form}"
        assert connection.execute(f"COPY (FROM people) TO '{path}' (FORMAT {form}{options})").fetchall() == [(3000,)]
        connection.execute(f"COPY towns TO '{tmp_path / name}-towns.{form}' (FORMAT {form}{options})")
    for suffix in ("", "-towns"):
        rows = [filled.oracle.execute(f"FROM '{tmp_path / name}{suffix}.{form}'").fetchall() for name in ("remote", "local")]
        assert rows[0] == rows[1]


def test_prepared_with_parameters(filled):
    for connection in (filled.client, filled.oracle):
        connection.execute("PREPARE find AS SELECT name FROM people WHERE id = $1 OR town = $2 AND pay < $3")
    for arguments in ("1, 2, 3", "NULL, 4, 500", "7, NULL, NULL"):
        filled.same(f"EXECUTE find({arguments})")


@pytest.mark.parametrize("sql, parameters", [
    ("SELECT * FROM people WHERE id = ?", [5]),
    ("SELECT * FROM people WHERE name = ? AND id > ?", ["p100", 1]),
    ("SELECT * FROM people WHERE id IN (?, ?, ?)", [1, None, 3]),
    ("SELECT count(*) + ? FROM people WHERE name LIKE ?", [10, "p1%"]),
    ("SELECT id FROM people WHERE born < $day LIMIT 10", {"day": "1980-01-01"}),
])
def test_parameters(filled, sql, parameters):
    filled.same(sql, parameters)


def test_relation_api(filled):
    def use(connection):
        relation = connection.table("people") if connection is filled.oracle else connection.sql("FROM people")
        rich = relation.filter("pay > 500").project("id, name, town").order("id").limit(20, 3)
        towns = connection.sql("FROM towns")
        joined = relation.set_alias("p").join(towns.set_alias("t"), "p.town = t.id").aggregate("t.name, count(*)", "t.name")
        return rich.fetchall(), sorted(map(repr, joined.fetchall())), relation.shape, relation.columns

    assert use(filled.client) == use(filled.oracle)


def test_a_result_read_in_steps(filled):
    reader = filled.client.execute("FROM people")
    expected = filled.oracle.execute("FROM people").fetchall()
    seen = [reader.fetchone(), *reader.fetchmany(1000)]
    assert seen == expected[:1001]
    assert seen + reader.fetchall() == expected


def test_a_result_left_unread_is_let_go(filled):
    with filled.travelled():
        cursor = filled.client.cursor()
        cursor.execute("SELECT a.id FROM people a, people b").fetchone()
        cursor.close()


def test_explain_shows_where_the_rows_come_from(filled):
    text = explained(filled.client, "SELECT name FROM people WHERE id < 10 AND length(name) > 2")
    for part in (filled.uri.rsplit(":", 1)[1], '"people"', "SELECT", '"name"', "WHERE", "length"):
        assert part in text.replace(" ", "") or part in text, f"{part} is missing: {text}"


def test_explain_reads_nothing(filled):
    with filled.travelled() as moved:
        filled.client.execute("EXPLAIN SELECT count(*) FROM people").fetchall()
        filled.client.execute("PREPARE nothing AS FROM people")
    assert moved.rows_received == 0
    assert moved.statements == 0


def test_explain_analyze(filled):
    text = filled.client.execute("EXPLAIN ANALYZE SELECT sum(pay) FROM people").fetchall()[0][1]
    assert "3,000" in text or "3000" in text, text


def test_arrow_and_numpy_results(filled):
    sql = "SELECT id, name, born FROM people ORDER BY id"
    assert filled.client.sql(sql).to_arrow_table().equals(filled.oracle.sql(sql).to_arrow_table())


def test_registered_tables_with_arrow_and_python_objects(filled):
    import pyarrow as pa

    picked = pa.table({"id": [1, 5, 2999, 4000]})
    for connection in (filled.client, filled.oracle):
        connection.register("picked", picked)
    filled.same("SELECT name FROM people JOIN picked USING (id)")
