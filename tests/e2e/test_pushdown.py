"""Only what is needed travels: columns, filters, and what is said about them."""

import math

import pytest

from twin import explained, open_twin, quoted

COLUMNS = ("id INTEGER, b BOOLEAN, ti TINYINT, ub UBIGINT, h HUGEINT, f DOUBLE, x DECIMAL(12,3), s VARCHAR, bl BLOB, d DATE, ts TIMESTAMP,"
           " tz TIMESTAMPTZ, tm TIME, iv INTERVAL, u UUID, e ENUM('low', 'high', 'mid'), l INTEGER[], st STRUCT(a INTEGER, b VARCHAR)")
ROWS = """
    SELECT range, n(range % 3 = 0, 5, range), n((range % 256 - 128)::TINYINT, 7, range), n(range * 1000000007, 11, range),
           n(range::HUGEINT * 10000000000000000000 - 1, 13, range),
           n(CASE range % 10 WHEN 0 THEN 'nan' WHEN 1 THEN 'inf' WHEN 2 THEN '-inf' WHEN 3 THEN '-0.0' ELSE (range / 8)::VARCHAR END::DOUBLE, 17, range),
           n((range % 977) / 8, 5, range), n(CASE range % 6 WHEN 0 THEN '' WHEN 1 THEN 'Ünï ' || range WHEN 2 THEN 'a_b%c' ELSE 's' || range END, 7, range),
           n(CASE WHEN range % 2 = 0 THEN '\\x00\\xFF'::BLOB ELSE 'abc'::BLOB END, 3, range), n(DATE '1999-12-25' + (range % 100)::INTEGER, 9, range),
           n(TIMESTAMP '2000-02-28 23:59:59.5' + to_hours(range), 8, range), n(TIMESTAMPTZ '2024-03-30 22:30:00+00' + to_minutes(range * 7), 6, range),
           n(TIME '00:00:00' + to_seconds(range * 50 % 86400), 4, range), n(to_months((range % 40)::INTEGER) + to_days((range % 31)::INTEGER), 5, range),
           n(('00000000-0000-0000-0000-' || lpad((range % 500)::VARCHAR, 12, '0'))::UUID, 6, range),
           n(['low', 'high', 'mid'][range % 3 + 1], 7, range), n([range, NULL, range % 5], 6, range), n({'a': range, 'b': 's' || range % 4}, 5, range)
    FROM range(2000)"""

PREDICATES = [
    "id < 10", "id >= 1990", "id <> 5", "id BETWEEN 20 AND 30", "id NOT BETWEEN 20 AND 1980", "id IN (1, 2, 3, 5000)", "id NOT IN (1, 2)",
    "id = NULL", "id IS NULL", "id IS NOT NULL", "id IS DISTINCT FROM 5", "b", "NOT b", "b IS NULL OR b", "b = (id < 10)", "b AND id < 50",
    "ti = -128", "ti > 100 OR ti < -100", "ti + 1 > 127", "abs(ti::INTEGER) < 5", "ub > 1000000000000", "ub % 2 = 0", "ub IN (0, 1000000007)",
    "h > 10000000000000000000000", "h = -1", "h < 0 OR h IS NULL", "f > 100", "f = 'nan'::DOUBLE", "f > 'inf'::DOUBLE", "f < 'nan'::DOUBLE",
    "f = 0", "f <> f", "f IS NOT DISTINCT FROM NULL", "f >= 'inf'::DOUBLE OR f <= '-inf'::DOUBLE", "f / 2 > 60", "round(f) = 100", "floor(f) = ceil(f)",
    "x = 1.125", "x > 100.5 AND x < 101.5", "x * 2 = 2.25", "x + id > 2000", "x::INTEGER = 100", "x IN (0.125, 0.25)", "x > 100.5::DOUBLE",
    "s = ''", "s = 's3'", "s > 's5'", "s LIKE 's1%'", "s LIKE '%9'", "s LIKE '%5%'", "s LIKE 'a\\_b%' ESCAPE '\\'", "s ILIKE 'S1_'", "s NOT LIKE 's%'",
    "s ILIKE 'ünï%'", "s = 'Ünï 1'", "length(s) > 5", "strlen(s) > length(s)", "upper(s) = 'S9'", "lower(s) LIKE 'ü%'", "contains(s, '77')",
    "starts_with(s, 'Ü')", "s[1] = 'a'", "substr(s, 2, 2) = '10'", "s || 'x' = 's3x'", "trim(s) = s", "reverse(s) LIKE '9%'",
    "replace(s, 's', 't') = 't3'", "s SIMILAR TO 's[0-3]+'", "regexp_matches(s, '^s1.$')", "s IN ('', 's3', NULL)", "s NOT IN ('', NULL)",
    "s COLLATE NOCASE = 'S3'", "s < 'Ü'", "concat(s, NULL) = s", "s IS NULL OR length(s) = 0", "instr(s, '3') = 2", "left(s, 2) = 's1'",
    "bl = '\\x00\\xFF'::BLOB", "bl > 'abc'::BLOB", "bl IS NULL", "octet_length(bl) = 2",
    "d = '2000-01-01'", "d > DATE '2000-03-01'", "d BETWEEN '1999-12-31' AND '2000-01-02'", "year(d) = 1999", "month(d) = 2 AND day(d) = 29",
    "d + 1 = DATE '2000-01-01'", "d - DATE '2000-01-01' > 50", "date_trunc('month', d) = '2000-02-01'", "d + INTERVAL 1 DAY = '2000-01-01'",
    "extract(dow FROM d) = 0", "strftime(d, '%Y') = '1999'", "d::VARCHAR LIKE '%-02-29'",
    "ts < '2000-03-01'", "ts = '2000-02-29 00:59:59.5'", "hour(ts) = 23", "ts::DATE = '2000-02-29'", "ts > d", "epoch(ts) > 951868799",
    "tz > '2024-03-31 01:00:00+00'", "tz < '2024-03-31 03:30:00'", "tz::DATE = '2024-03-31'", "hour(tz) = 3", "tz::VARCHAR LIKE '%+02'", "tz > ts",
    "date_trunc('day', tz) = '2024-03-31'", "tm < '01:00:00'", "tm BETWEEN '12:00' AND '12:10'", "minute(tm) = 30",
    "iv > INTERVAL 1 YEAR", "iv = INTERVAL 30 DAYS", "iv + INTERVAL 1 DAY > INTERVAL 2 YEARS", "u = '00000000-0000-0000-0000-000000000007'",
    "u > '00000000-0000-0000-0000-000000000490'::UUID", "u::VARCHAR LIKE '%99'", "e = 'high'", "e > 'low'", "e IN ('mid')", "e::VARCHAR > 'low'", "e IS NULL",
    "l[1] = 5", "len(l) = 3", "list_contains(l, 7)", "l = [5, NULL, 0]", "l IS NULL", "st.a = 5", "st.b = 's3'", "st IS NULL", "st = {'a': 7, 'b': 's3'}",
    "CASE WHEN b THEN id < 10 ELSE id > 1990 END", "coalesce(s, 'none') = 'none'", "nullif(id, 3) IS NULL", "(id, x) = (9, 1.125)", "id % 7 = 3", "id // 7 = 3",
    "id / 7 = 3", "-id > -5", "id & 3 = 3", "id ^ 2 < 50", "2 ** 3 = id", "id = 5 OR (s LIKE 's1%' AND b) OR x IS NULL", "NOT (id < 1000 AND b)",
    "id::VARCHAR = '7'", "id::DOUBLE < 4.5", "s::VARCHAR = 's3'", "TRY_CAST(s AS INTEGER) IS NULL", "true", "false", "NULL", "id = id", "1 = 1 AND id < 3",
    "greatest(id, 5) = 5", "id IN (SELECT 5)", "id = (SELECT max(id) FROM t)", "hash(id) % 2 = 0", "md5(s) LIKE '0%'", "typeof(x) = 'DECIMAL(12,3)'",
    "isnan(f)", "isinf(f)", "sign(f) = -1", "sqrt(id) = 9", "id > 100 AND id < 200 AND s IS NOT NULL AND b AND x > 1 AND d IS NOT NULL",
    "id IN (" + ", ".join(str(i * 3) for i in range(500)) + ")", " OR ".join(f"id = {i * 7}" for i in range(100)), "'s3' = s", "10 > id", "s LIKE s",
    "rowid = 5", "rowid < 10 AND id > 3", "id + 9223372036854775000 > 0", "t.id < 5", "xor(id, 5) < 10", "ascii(s) = 115", "printf('%d', id) = '7'",
]


@pytest.fixture(scope="module")
def twin(shared_server):
    """A table of many types that no test here changes. Both sides are far from the server's time zone."""
    with open_twin(shared_server) as twin:
        macro = "CREATE OR REPLACE MACRO n(value, step, row) AS CASE WHEN row % step <> 1 THEN value END"
        twin.local("SET TimeZone = 'Pacific/Kiritimati'")
        twin.local(macro)
        twin.local(f"CREATE TABLE source ({COLUMNS})")
        twin.local(f"INSERT INTO source {ROWS}")
        twin.table("t", COLUMNS)
        twin.same("INSERT INTO t FROM source")
        twin.table("narrow", "a INTEGER, b VARCHAR", "SELECT range, repeat('b', (range % 7)::INTEGER) FROM range(10000)")
        yield twin


@pytest.mark.parametrize("predicate", PREDICATES, ids=lambda text: text[:60])
def test_same_rows(twin, predicate):
    twin.same(f"SELECT id FROM t WHERE {predicate}")
    twin.same(f"SELECT count(*) FROM t WHERE NOT coalesce(({predicate}), false)")


def test_exactly_the_rows_and_the_column_of_the_answer(twin):
    with twin.travelled() as moved:
        rows = twin.same("SELECT a FROM narrow WHERE a < 10 AND length(b) > 3")
    assert rows == [(4,), (5,), (6,)]
    assert (moved.rows_received, moved.statements) == (3, 1)
    # As many bytes as the same rows of a table that has nothing else.
    twin.table("one_column", "a INTEGER", "VALUES (4), (5), (6)")
    with twin.travelled() as alone:
        twin.client.execute("FROM one_column").fetchall()
    assert moved.bytes_received == alone.bytes_received


@pytest.mark.parametrize("sql, rows", [
    ("SELECT count(*) FROM narrow", 10000),
    ("SELECT count(*) FROM narrow WHERE a < 100", 100),
    ("SELECT a FROM narrow", 10000),
])
def test_columns_that_are_not_needed_stay(twin, sql, rows):
    with twin.travelled() as moved:
        twin.same(sql)
    assert moved.rows_received == rows
    # No text of the other column: at most an integer a row, and the batches' own description.
    assert moved.bytes_received <= rows * 4 + rows // 8 + 2000 * math.ceil(rows / 2048)


@pytest.mark.parametrize("predicate, rows", [
    ("a = 77", 1), ("a > 9990 OR a < 5", 14), ("b = 'bbb' AND a < 70", 10), ("b LIKE 'bbbbbb%' AND a IN (6, 13, 14)", 2), ("upper(b) = 'BB' AND a < 10", 2),
    ("a IS NULL", 0), ("a % 1000 = 0", 10), ("CASE WHEN a < 5 THEN true ELSE a = 6000 END", 6), ("a::DOUBLE < 2.5", 3), ("a + 1 = 5", 1),
])
def test_a_filter_is_evaluated_on_the_server(twin, predicate, rows):
    with twin.travelled() as moved:
        assert len(twin.same(f"SELECT a, b FROM narrow WHERE {predicate}")) == rows
    assert moved.rows_received == rows
    assert "WHERE" in explained(twin.client, f"SELECT a FROM narrow WHERE {predicate}")


def test_parameters_are_sent_as_values(twin):
    with twin.travelled() as moved:
        twin.same("SELECT a FROM narrow WHERE a BETWEEN ? AND ?", [10, 19])
    assert moved.rows_received == 10


def test_what_is_sent_is_shown(twin):
    text = explained(twin.client, "SELECT a FROM narrow WHERE a < 10 AND length(b) > 3").replace(" ", "")
    assert str(twin.server.port) in text
    assert '"narrow"' in text
    assert 'SELECT"a"' in text and "WHERE" in text and "10" in text and "length" in text


# ---------------------------------------------------------------------------------------------------------------------
# What stays here
# ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("predicate", ["list_filter([a], lambda x: x % 2 = 1) = [a]", "(SELECT a % 2) = 1", "getvariable('one') = a % 2"])
def test_what_cannot_be_sent_stays_here(twin, predicate):
    twin.local("SET VARIABLE one = 1")
    with twin.travelled() as moved:
        assert len(twin.same(f"SELECT a FROM narrow WHERE {predicate} AND a < 100")) == 50
    # The rest of the condition was still sent.
    assert moved.rows_received <= 100


def test_a_local_function_stays_here(twin):
    pytest.importorskip("numpy", reason="Python functions need it")
    for connection in (twin.client, twin.oracle):
        connection.create_function("is_odd_here", lambda value: value % 2 == 1, ["INTEGER"], "BOOLEAN")
    with twin.travelled() as moved:
        assert len(twin.same("SELECT a FROM narrow WHERE is_odd_here(a) AND a < 100")) == 50
    assert moved.rows_received == 100
    assert "is_odd_here" not in remote_sql(twin, "SELECT a FROM narrow WHERE is_odd_here(a) AND a < 100")


def test_a_local_macro_is_written_out(twin):
    twin.local("CREATE OR REPLACE MACRO small(value) AS value < 10")
    with twin.travelled() as moved:
        assert len(twin.same("SELECT a FROM narrow WHERE small(a)")) == 10
    assert moved.rows_received == 10


def test_a_function_of_the_server_alone_is_not_taken_for_ours(twin):
    """A macro of the server that has the name of a built-in function here must not change the answer."""
    twin.on_server("CREATE OR REPLACE MACRO length(x) AS 0")
    try:
        twin.same("SELECT count(*) FROM narrow WHERE length(b) > 3")
    finally:
        twin.on_server("DROP MACRO length")


@pytest.mark.parametrize("predicate, rows", [
    ("random() >= 0 AND a < 10", 10), ("a < 10 AND random() < 0", 0), ("now() > TIMESTAMPTZ '2000-01-01' AND a < 10", 10),
    ("a < 10 AND current_date > DATE '2000-01-01'", 10), ("a < 10 AND uuid() IS NOT NULL", 10), ("a < 10 AND current_schema() = 'main'", 10),
    ("a < 10 AND getvariable('mine') = 5", 10), ("a < 10 AND current_setting('TimeZone') = 'Pacific/Kiritimati'", 10),
])
def test_what_depends_on_this_side(twin, predicate, rows):
    twin.local("SET VARIABLE mine = 5")
    assert len(twin.same(f"SELECT a FROM narrow WHERE {predicate}")) == rows


def test_random_is_drawn_for_each_row(twin):
    count = twin.client.execute("SELECT count(*) FROM narrow WHERE random() < 0.5").fetchall()[0][0]
    assert 4000 < count < 6000


def test_text_with_an_end_of_its_own(twin):
    twin.table("texts", "s VARCHAR", """VALUES (''''), ('"'), ('a''b"c;--'), ('x' || chr(0) || 'y'), ('new\nline'), ('🦆')""")
    for row in twin.oracle.execute("FROM texts").fetchall():
        assert twin.same("SELECT s FROM texts WHERE s = ?", [row[0]]) == [row]


def test_a_predicate_that_fails_fails_alike(twin):
    twin.fails_alike("SELECT a FROM narrow WHERE b::INTEGER = 5")
    twin.fails_alike("SELECT a FROM narrow WHERE error('stop') = a")


def test_settings_of_this_side_hold(twin):
    """Integer division, null order and collation are this side's, whatever the server's are."""
    for setting in ("SET integer_division = true", "SET default_null_order = 'nulls_first'", "SET default_collation = 'nocase'"):
        twin.local(setting)
    try:
        twin.same("SELECT id FROM t WHERE id / 2 = 3")
        twin.same("SELECT s FROM t ORDER BY s, id LIMIT 5", ordered=True)
        twin.same("SELECT id FROM t WHERE s = 'S3'")
    finally:
        for setting in ("integer_division", "default_null_order", "default_collation"):
            twin.local(f"RESET {setting}")


# ---------------------------------------------------------------------------------------------------------------------
# Log
# ---------------------------------------------------------------------------------------------------------------------
def remote_sql(twin, sql):
    """The statements sent for `sql`, by DuckDB's log."""
    twin.client.execute("CALL truncate_duckdb_logs(); CALL enable_logging('Skein')")
    twin.client.execute(sql).fetchall()
    twin.client.execute("CALL disable_logging()")
    return "\n".join(row[0] for row in twin.client.execute("SELECT statement FROM duckdb_logs_parsed('Skein')").fetchall())


@pytest.mark.parametrize("sql, word, rows", [
    ("SELECT a FROM narrow WHERE a < 7", "SELECT", 7),
    ("INSERT INTO changed SELECT range FROM range(11)", "INSERT", 11),
    ("UPDATE changed SET i = 5", "UPDATE", 20),
    ("DELETE FROM changed", "DELETE", 20),
])
def test_the_log_names_each_remote_statement(twin, sql, word, rows):
    twin.table("changed", "i INTEGER", "FROM range(20)")
    twin.client.execute("CALL truncate_duckdb_logs(); CALL enable_logging('Skein')")
    with twin.travelled() as moved:
        twin.client.execute(sql).fetchall()
    twin.client.execute("CALL disable_logging()")
    logged = twin.client.execute(
        f"SELECT server, statement, rows, bytes, duration_ms FROM duckdb_logs_parsed('Skein') WHERE statement LIKE {quoted(word + '%')}").fetchall()
    assert len(logged) == 1, logged
    server, statement, logged_rows, logged_bytes, duration = logged[0]
    assert (server, logged_rows) == (twin.uri, rows)
    assert logged_bytes == (moved.bytes_received if word == "SELECT" else moved.bytes_sent)
    assert duration is not None and ('"narrow"' in statement or '"changed"' in statement)
