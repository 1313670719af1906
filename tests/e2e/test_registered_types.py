"""Values of every type, out and back, compared with local tables."""

import pytest

from twin import open_twin

#: Column type and constants of it, as SQL; NULL is added to each.
TYPES = {
    "BOOLEAN": ["true", "false"],
    "TINYINT": ["-128", "0", "127"],
    "SMALLINT": ["-32768", "32767"],
    "INTEGER": ["-2147483648", "0", "2147483647"],
    "BIGINT": ["-9223372036854775808", "9223372036854775807"],
    "HUGEINT": ["-170141183460469231731687303715884105728", "0", "170141183460469231731687303715884105727"],
    "UTINYINT": ["0", "255"],
    "USMALLINT": ["65535"],
    "UINTEGER": ["4294967295"],
    "UBIGINT": ["0", "18446744073709551615"],
    "UHUGEINT": ["0", "340282366920938463463374607431768211455"],
    "DECIMAL(4,1)": ["-999.9", "0.1"],
    "DECIMAL(9,3)": ["-999999.999", "0"],
    "DECIMAL(18,6)": ["123456789012.123456"],
    "DECIMAL(38,10)": ["-9999999999999999999999999999.9999999999", "0.0000000001"],
    "FLOAT": ["1.5", "-0.0", "'nan'", "'inf'", "'-inf'", "3.4028235e38"],
    "DOUBLE": ["1e308", "5e-324", "-0.0", "'nan'", "'inf'", "'-inf'"],
    "VARCHAR": ["''", "'a'", "'twelve bytes'", "'thirteen byte'", "'ünï çødé'", "'日本語'", "'🦆🦆'", "'a' || chr(0) || 'b'", "repeat('long ', 5000)"],
    "BLOB": ["''::BLOB", "'\\x00\\xFF\\x80'::BLOB", "'abc'::BLOB"],
    "BIT": ["'0'", "'1010101011'", "'1'::BIT"],
    "DATE": ["'0001-01-01'", "'1970-01-01'", "'9999-12-31'", "'infinity'", "'-infinity'", "'0044-03-15 (BC)'"],
    "TIME": ["'00:00:00'", "'23:59:59.999999'"],
    "TIME_NS": ["'00:00:00'", "'23:59:59.999999999'"],
    "TIMETZ": ["'00:00:00+00'", "'12:30:00.5-11:30'", "'23:59:59.999999+15:59:59'"],
    "TIMESTAMP": ["'1970-01-01 00:00:00'", "'2024-02-29 23:59:59.999999'", "'infinity'", "'0001-01-01'"],
    "TIMESTAMP_S": ["'1969-12-31 23:59:59'", "'2262-01-01'"],
    "TIMESTAMP_MS": ["'1969-12-31 23:59:59.999'"],
    "TIMESTAMP_NS": ["'1969-12-31 23:59:59.999999999'", "'2262-01-01'"],
    "TIMESTAMPTZ": ["'1970-01-01 00:00:00+00'", "'2024-06-30 12:00:00.123456+05:30'", "'infinity'"],
    "INTERVAL": ["'0 days'", "'1 year 2 months -3 days 4 hours 5.123456 seconds'", "'-290000 years'", "'100000 days'"],
    "UUID": ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "'80000000-0000-0000-0000-000000000001'"],
    "ENUM('small', 'middle one', 'Ünï', 'it''s')": ["'small'", "'it''s'", "'Ünï'"],
    "JSON": ["'{\"a\": [1, null, \"x\"]}'", "'null'", "'[]'"],
    "INTEGER[]": ["[]", "[1, 2, 3]", "[NULL]", "[1, NULL, 3]", "range(3000)"],
    "VARCHAR[][]": ["[]", "[[]]", "[['a', NULL], NULL, ['']]"],
    "INTEGER[3]": ["[1, 2, 3]", "[NULL, 2, NULL]"],
    "VARCHAR[2][2]": ["[['a', 'b'], ['c', NULL]]", "[NULL, ['', 'x']]"],
    "STRUCT(a INTEGER, b VARCHAR)": ["{'a': 1, 'b': 'x'}", "{'a': NULL, 'b': NULL}"],
    "STRUCT(\"a b\" DECIMAL(9,2), n STRUCT(\"select\" DATE, l INTEGER[]))": ["{'a b': 1.25, 'n': {'select': DATE '2020-01-01', 'l': [1]}}",
                                                                         "{'a b': NULL, 'n': NULL}"],
    "MAP(VARCHAR, INTEGER)": ["MAP {}", "MAP {'a': 1, 'b': NULL}"],
    "MAP(INTEGER, STRUCT(x VARCHAR[]))": ["MAP {1: {'x': ['a', NULL]}, 2: NULL}"],
    "STRUCT(l STRUCT(i INTEGER)[])[]": ["[{'l': [{'i': 1}, NULL]}, NULL, {'l': []}]"],
    "UNION(num INTEGER, str VARCHAR)": ["union_value(num := 1)", "union_value(str := 'x')", "'a'"],
    "DATE[]": ["['2020-01-01'::DATE, 'infinity'::DATE]"],
    "TIMESTAMPTZ[]": ["['2020-01-01 00:00:00+00'::TIMESTAMPTZ]"],
    "UUID[]": ["['80000000-0000-0000-0000-000000000001'::UUID]"],
    "HUGEINT[]": ["[170141183460469231731687303715884105727, -1]"],
    "DECIMAL(38,2)[]": ["[1.25, NULL]"],
    "BOOLEAN[]": ["[true, NULL, false]"],
    "INTERVAL[]": ["[INTERVAL '1 month', INTERVAL '-1 day']"],
    "ENUM('a', 'b')[]": ["['a', 'b', NULL]"],
    "STRUCT(e ENUM('x', 'y'), t TIMETZ)": ["{'e': 'y', 't': '10:00:00+01'}"],
    "BLOB[]": ["['\\x00'::BLOB, NULL]"],
    "BIT[]": ["['101'::BIT]"],
    "VARIANT": ["1", "'text'", "[1, 2]", "{'a': {'b': 1.5}}"],
    "GEOMETRY": ["'POINT(1 2)'", "'LINESTRING(0 0, 1 1)'"],
}


@pytest.fixture(scope="module")
def twin(shared_server):
    with open_twin(shared_server) as twin:
        for connection in (twin.client, twin.oracle):
            connection.execute("SET TimeZone = 'Europe/Berlin'")
        yield twin


def rows_of(type_name):
    # NULLs between the values, and more rows than one vector holds.
    constants = ", ".join(f"({number}, ({constant})::{type_name}), ({number} + 100, NULL)" for number, constant in enumerate(TYPES[type_name]))
    return f"SELECT k + 1000 * range AS k, v FROM (VALUES {constants}) c(k, v), range(1200) ORDER BY ALL"


@pytest.mark.parametrize("type_name", TYPES)
def test_read(twin, type_name):
    twin.table("t", f"k INTEGER, v {type_name}", rows_of(type_name))
    twin.same("FROM t WHERE k < 3000 ORDER BY k", ordered=True)
    twin.same("SELECT count(*), count(v), count(DISTINCT v::VARCHAR), typeof(any_value(v)) FROM t")
    twin.same("SELECT v FROM t WHERE v IS NOT NULL AND k < 1000")


@pytest.mark.parametrize("type_name", TYPES)
def test_write(twin, type_name):
    twin.table("t", f"k INTEGER, v {type_name}")
    twin.local("DROP TABLE IF EXISTS source")
    twin.local(f"CREATE TABLE source (k INTEGER, v {type_name})")
    twin.local(f"INSERT INTO source {rows_of(type_name)}")
    twin.same("INSERT INTO t FROM source")
    twin.same("SELECT count(*), count(v) FROM t")
    twin.same("FROM t WHERE k < 3000 ORDER BY k", ordered=True)


@pytest.mark.parametrize("type_name", TYPES)
def test_update(twin, type_name):
    twin.table("t", f"k INTEGER, v {type_name}", f"SELECT range, NULL FROM range({len(TYPES[type_name])})")
    for number, constant in enumerate(TYPES[type_name]):
        twin.same(f"UPDATE t SET v = ({constant})::{type_name} WHERE k = {number}")
    twin.same("FROM t")


def test_all_in_one_row(twin):
    columns = ", ".join(f"c{number} {type_name}" for number, type_name in enumerate(TYPES))
    values = ", ".join(f"({constants[-1]})::{type_name}" for type_name, constants in TYPES.items())
    nulls = ", ".join(["NULL"] * len(TYPES))
    twin.table("t", columns, f"VALUES ({values}), ({nulls}), ({values})")
    twin.same("FROM t", ordered=True)
    twin.same("INSERT INTO t FROM t")
    twin.same("FROM t")


def test_all_types_of_the_engine(twin):
    """Every type the engine lists, with its smallest and largest value."""
    described = twin.oracle.execute("DESCRIBE FROM test_all_types()").fetchall()
    columns = ", ".join(f'"{name}" {type_name}' for name, type_name, *_ in described)
    twin.table("t", columns, "FROM test_all_types()")
    for name, *_ in described:
        # Some values have no Python object, all have a text.
        twin.same(f'SELECT "{name}"::VARCHAR, typeof("{name}") FROM t')
    twin.local("CREATE OR REPLACE TABLE source AS FROM test_all_types()")
    twin.same("INSERT INTO t FROM source")
    twin.same('SELECT COLUMNS(*)::VARCHAR FROM t')


@pytest.mark.parametrize("rows", [1, 2048, 20_000])
def test_many_columns(twin, rows):
    columns = ", ".join(f"c{number} INTEGER" for number in range(300))
    values = ", ".join(f"range + {number}" for number in range(300))
    twin.table("t", columns, f"SELECT {values} FROM range({rows})")
    twin.same("SELECT c0, c150, c299 FROM t ORDER BY c0 LIMIT 100", ordered=True)
    twin.same("SELECT sum(COLUMNS(*)) FROM t")


def test_texts_larger_than_a_batch(twin):
    twin.table("t", "i INTEGER, s VARCHAR", "SELECT range, repeat(chr(97 + range::INTEGER), 3000000) FROM range(20)")
    twin.same("SELECT i, length(s), md5(s) FROM t ORDER BY i", ordered=True)
    twin.same("INSERT INTO t SELECT i + 100, s || 'x' FROM t")
    twin.same("SELECT i, length(s), md5(s) FROM t ORDER BY i", ordered=True)
