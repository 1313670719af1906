"""The lists that foreach knows by name, and lists that come from a variable of the database."""

from .rendering import literal

SIGNED = ["tinyint", "smallint", "integer", "bigint", "hugeint"]
UNSIGNED = ["utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"]
INTEGRAL = SIGNED + UNSIGNED
NUMERIC = INTEGRAL + ["float", "double"]
COMPRESSION = ["none", "uncompressed", "rle", "bitpacking", "dictionary", "fsst", "dict_fsst", "alp", "alprd"]
ALL_TYPES_COLUMNS = """
bool tinyint smallint int bigint hugeint uhugeint utinyint usmallint uint ubigint date time timestamp timestamp_s timestamp_ms
timestamp_ns time_tz timestamp_tz float double dec_4_1 dec_9_4 dec_18_6 dec38_10 uuid interval varchar blob bit small_enum
medium_enum large_enum int_array double_array date_array timestamp_array timestamptz_array varchar_array nested_int_array
struct struct_of_arrays array_of_structs map union fixed_int_array fixed_varchar_array fixed_nested_int_array
fixed_nested_varchar_array fixed_struct_array struct_of_fixed_array fixed_array_of_int_list list_of_fixed_int_array
""".split()

NAMED = {
    "<compression>": COMPRESSION,
    "<alltypes>": NUMERIC + ["bool", "interval", "varchar"],
    "<numeric>": NUMERIC,
    "<integral>": INTEGRAL,
    "<signed>": SIGNED,
    "<unsigned>": UNSIGNED,
    "<all_types_columns>": ALL_TYPES_COLUMNS,
}
VARIABLE = "<variable:"


def variable_parts(token, instances):
    """(connection, name) of <variable:name> or <variable:connection:name>."""
    parts = token[len(VARIABLE) : -1].split(":")
    if not token.endswith(">") or len(parts) > 2:
        raise ValueError(f"expected <variable:name> or <variable:connection:name>, not {token!r}")
    if len(parts) == 1:
        return instances.connection, parts[0]
    if parts[0] not in instances.named_connections:
        raise ValueError(f"no connection {parts[0]!r} for {token!r}")
    return instances.named_connections[parts[0]], parts[1]


def variable_text(runner, token):
    connection, name = variable_parts(token, runner.instances)
    value = connection.texts(f"SELECT getvariable({literal(name)})::VARCHAR")[0][0]
    return "NULL" if value is None else value


def variable_list(runner, token):
    connection, name = variable_parts(token, runner.instances)
    rows = connection.texts(f"SELECT unnest(getvariable({literal(name)})::VARCHAR[])")
    return ["NULL" if row[0] is None else row[0] for row in rows]


def expand(runner, tokens):
    """The values of a foreach: named lists in full, !value takes one out again."""
    found = []
    for token in tokens:
        lower = token.lower().strip()
        if lower.startswith("!") and token[1:] in found:
            found.remove(token[1:])
        elif lower.startswith(VARIABLE):
            found += variable_list(runner, lower)
        else:
            found += NAMED.get(lower, [token])
    return found
