"""Values of every type DuckDB 2.0 has, as SQL: what the tests of types send there and back."""

#: Column type, and constants of it; NULL is added to each by those who use them.
SCALARS = {
    "BOOLEAN": ["true", "false"],
    "TINYINT": ["-128", "0", "127"],
    "SMALLINT": ["-32768", "32767"],
    "INTEGER": ["-2147483648", "0", "2147483647"],
    "BIGINT": ["-9223372036854775808", "9223372036854775807"],
    "HUGEINT": ["-170141183460469231731687303715884105728", "0", "-1", "170141183460469231731687303715884105727"],
    "UTINYINT": ["0", "255"],
    "USMALLINT": ["65535"],
    "UINTEGER": ["4294967295"],
    "UBIGINT": ["0", "18446744073709551615"],
    "UHUGEINT": ["0", "340282366920938463463374607431768211455"],
    "BIGNUM": ["0", "-1", "255", "-256", "1" + "0" * 300, "-9" + "9" * 77],
    "DECIMAL(4,1)": ["-999.9", "0.1"],
    "DECIMAL(9,3)": ["-999999.999", "0"],
    "DECIMAL(18,6)": ["123456789012.123456"],
    "DECIMAL(38,10)": ["-9999999999999999999999999999.9999999999", "0.0000000001"],
    "FLOAT": ["1.5", "'-0.0'", "'nan'", "'inf'", "'-inf'", "3.4028235e38", "1e-45"],
    "DOUBLE": ["1e308", "5e-324", "'-0.0'", "'nan'", "'inf'", "'-inf'"],
    "VARCHAR": ["''", "'a'", "'twelve bytes'", "'thirteen byte'", "'ünï çødé'", "'日本語'", "'🦆🦆'", "'a' || chr(0) || 'b'", "chr(0)",
                "repeat('long ', 5000)"],
    "BLOB": ["''::BLOB", "'\\x00\\xFF\\x80'::BLOB", "'abc'::BLOB", "repeat('abc', 9)::BLOB"],
    "BIT": ["'0'", "'1'", "'1010101011'", "repeat('10', 100)", "bitstring('0101', 8)"],
    "DATE": ["'0001-01-01'", "'1970-01-01'", "'9999-12-31'", "'infinity'", "'-infinity'", "'0044-03-15 (BC)'", "'5877642-06-25 (BC)'", "'5881580-07-10'"],
    "TIME": ["'00:00:00'", "'23:59:59.999999'", "'24:00:00'"],
    "TIME_NS": ["'00:00:00'", "'23:59:59.999999999'", "'24:00:00'"],
    "TIMETZ": ["'00:00:00+00'", "'12:30:00.5-11:30'", "'23:59:59.999999+15:59:59'", "'24:00:00-15:59:59'"],
    "TIMESTAMP": ["'1970-01-01 00:00:00'", "'2024-02-29 23:59:59.999999'", "'infinity'", "'-infinity'", "'0001-01-01'", "'290309-12-22 (BC) 00:00:00'",
                  "'294247-01-10 04:00:54.775806'"],
    "TIMESTAMP_S": ["'1969-12-31 23:59:59'", "'2262-01-01'", "'infinity'", "'-infinity'"],
    "TIMESTAMP_MS": ["'1969-12-31 23:59:59.999'", "'infinity'", "'-infinity'"],
    "TIMESTAMP_NS": ["'1969-12-31 23:59:59.999999999'", "'2262-01-01'", "'infinity'", "'-infinity'"],
    "TIMESTAMPTZ": ["'1970-01-01 00:00:00+00'", "'2024-06-30 12:00:00.123456+05:30'", "'infinity'", "'-infinity'"],
    "TIMESTAMPTZ_NS": ["'1969-12-31 23:59:59.999999999+00'", "'2024-06-30 12:00:00.123456789+05:30'", "'infinity'", "'-infinity'"],
    "INTERVAL": ["'0 days'", "'1 year 2 months -3 days 4 hours 5.123456 seconds'", "'-290000 years'", "'100000 days'",
                 "to_microseconds(9223372036854775807)", "to_microseconds(-9223372036854775808)", "to_hours(2562047) + to_days(2147483647)",
                 "to_months(-2147483648) + to_days(-2147483648) + to_microseconds(-1)"],
    "UUID": ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "'80000000-0000-0000-0000-000000000001'"],
    "ENUM('small', 'middle one', 'Ünï', 'it''s')": ["'small'", "'it''s'", "'Ünï'"],
    "JSON": ["'{\"a\": [1, null, \"x\"]}'", "'null'", "'[]'"],
    "GEOMETRY": ["'POINT(1 2)'", "'LINESTRING(0 0, 1 1)'", "'POINT EMPTY'", "'GEOMETRYCOLLECTION(POINT(1 2), POLYGON((0 0, 1 0, 1 1, 0 0)))'", "'POINT Z (1 2 3)'"],
    "VARIANT": ["1::TINYINT", "18446744073709551615::UBIGINT", "'170141183460469231731687303715884105727'::HUGEINT", "'text'", "1.25::DECIMAL(38,2)", "'nan'::DOUBLE",
                "to_microseconds(9223372036854775807)", "'\\x00\\xFF'::BLOB", "'101'::BIT", "DATE 'infinity'", "'12:00:00.123456789'::TIME_NS", "'12:00:00+01'::TIMETZ",
                "'2024-06-30 12:00:00.123456789'::TIMESTAMP_NS", "'80000000-0000-0000-0000-000000000001'::UUID", "1e100::DOUBLE::BIGNUM", "[1, NULL, 2]", "[]",
                "{'a': {'b': 1.5, 'c': [{'d': 'x'}, NULL]}, 'e': true}", "MAP {'k': [1, 2], 'l': NULL}", "'POINT(1 2)'::GEOMETRY"],
}

NESTED = {
    "INTEGER[]": ["[]", "[1, 2, 3]", "[NULL]", "[1, NULL, 3]", "range(3000)"],
    "VARCHAR[][]": ["[]", "[[]]", "[['a', NULL], NULL, ['']]"],
    "INTEGER[3]": ["[1, 2, 3]", "[NULL, 2, NULL]"],
    "BOOLEAN[3]": ["[true, false, NULL]", "[false, false, true]"],
    "VARCHAR[2][2]": ["[['a', 'b'], ['c', NULL]]", "[NULL, ['', 'x']]"],
    "STRUCT(a INTEGER, b VARCHAR)": ["{'a': 1, 'b': 'x'}", "{'a': NULL, 'b': NULL}"],
    "STRUCT(\"a b\" DECIMAL(9,2), n STRUCT(\"select\" DATE, l INTEGER[]))": ["{'a b': 1.25, 'n': {'select': DATE '2020-01-01', 'l': [1]}}",
                                                                         "{'a b': NULL, 'n': NULL}"],
    "TUPLE(INTEGER, VARCHAR)": ["row(1, 'x')", "row(NULL, '')"],
    "MAP(VARCHAR, INTEGER)": ["MAP {}", "MAP {'a': 1, 'b': NULL}"],
    "MAP(INTEGER, STRUCT(x VARCHAR[]))": ["MAP {1: {'x': ['a', NULL]}, 2: NULL}"],
    "STRUCT(l STRUCT(i INTEGER)[])[]": ["[{'l': [{'i': 1}, NULL]}, NULL, {'l': []}]"],
    "UNION(num INTEGER, str VARCHAR)": ["union_value(num := 1)", "union_value(str := 'x')", "'a'", "union_value(num := NULL::INTEGER)"],
    "UNION(t INTERVAL, l VARCHAR[])": ["union_value(t := to_microseconds(9223372036854775807))", "union_value(l := ['a', NULL])"],
    "ENUM('a', 'b')[]": ["['a', 'b', NULL]", "[]"],
    "STRUCT(e ENUM('x', 'y'), t TIMETZ)": ["{'e': 'y', 't': '10:00:00+01'}"],
    "MAP(ENUM('x', 'y'), INTERVAL[])": ["MAP {'x': [to_microseconds(-9223372036854775808)], 'y': NULL}", "MAP {}"],
}

TYPES = {**SCALARS, **NESTED}


def typed(type_name, constant):
    """The constant as a value of its type. What is a VARIANT's own stays of the type it has."""
    return f"({constant})::{type_name}"


def three_deep(type_name):
    """Types that hold it three levels down, each with an expression that makes one of two values x and y."""
    union = f"UNION(n INTEGER, v {type_name})"
    return {
        f"STRUCT(a {type_name}, b {type_name}[])[]": "[{'a': x, 'b': [y, NULL, x]}, NULL, {'a': NULL, 'b': []}, {'a': y, 'b': NULL}]",
        f"MAP(INTEGER, {type_name}[2])[]": "[MAP {1: [x, y], 2: NULL}, MAP {}, NULL]",
        f"STRUCT(u {union}[2])": f"{{'u': [union_value(n := 7)::{union}, union_value(v := x)::{union}]}}",
        f"TUPLE({type_name}, MAP(VARCHAR, {type_name})[])": "row(y, [MAP {'k': x, 'l': NULL}])",
    }
