"""Values of every type, out of a registered table and into it, compared with local tables."""

import pytest

from twin import open_twin
from type_values import TYPES, typed


@pytest.fixture(scope="module")
def twin(shared_server):
    with open_twin(shared_server) as twin:
        for connection in (twin.client, twin.oracle):
            connection.execute("SET TimeZone = 'Europe/Berlin'")
        yield twin


def rows_of(type_name):
    # NULLs between the values, and more rows than one vector holds.
    constants = ", ".join(f"({number}, {typed(type_name, constant)}), ({number} + 100, NULL)" for number, constant in enumerate(TYPES[type_name]))
    return f"SELECT k + 1000 * range AS k, v FROM (VALUES {constants}) c(k, v), range(1200) ORDER BY ALL"


def same_rows(twin, table="t"):
    """As text, too: some values have no Python object, and text tells -0.0 from 0.0."""
    twin.same(f"SELECT k, v::VARCHAR FROM {table} WHERE k < 3000 ORDER BY k", ordered=True)
    twin.same(f"SELECT count(*), count(v), count(DISTINCT v::VARCHAR), typeof(any_value(v)) FROM {table}")


@pytest.mark.parametrize("type_name", TYPES)
def test_read(twin, type_name):
    twin.table("t", f"k INTEGER, v {type_name}", rows_of(type_name))
    same_rows(twin)
    twin.same("SELECT column_name, column_type FROM (DESCRIBE t)")
    twin.client.execute(f"CREATE OR REPLACE TABLE kept (k INTEGER, v {type_name})")
    twin.client.execute(f"INSERT INTO kept {rows_of(type_name)}")
    for one, other in (("t", "kept"), ("kept", "t")):
        assert twin.client.execute(f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})").fetchall() == [(0,)]


@pytest.mark.parametrize("type_name", TYPES)
def test_write(twin, type_name):
    twin.table("t", f"k INTEGER, v {type_name}")
    twin.local("DROP TABLE IF EXISTS source")
    twin.local(f"CREATE TABLE source (k INTEGER, v {type_name})")
    twin.local(f"INSERT INTO source {rows_of(type_name)}")
    twin.same("INSERT INTO t FROM source")
    same_rows(twin)
    # What arrived, asked on the server itself.
    twin.on_server(f"CREATE OR REPLACE TABLE made (k INTEGER, v {type_name}); INSERT INTO made {rows_of(type_name)}")
    for one, other in (("t", "made"), ("made", "t")):
        assert twin.from_server(f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})") == [(0,)]


@pytest.mark.parametrize("type_name", TYPES)
def test_update(twin, type_name):
    twin.table("t", f"k INTEGER, v {type_name}", f"SELECT range, NULL FROM range({len(TYPES[type_name])})")
    for number, constant in enumerate(TYPES[type_name]):
        twin.same(f"UPDATE t SET v = {typed(type_name, constant)} WHERE k = {number}")
    same_rows(twin)


def test_all_in_one_row(twin):
    columns = ", ".join(f"c{number} {type_name}" for number, type_name in enumerate(TYPES))
    values = ", ".join(typed(type_name, constants[-1]) for type_name, constants in TYPES.items())
    nulls = ", ".join(["NULL"] * len(TYPES))
    twin.table("t", columns, f"VALUES ({values}), ({nulls}), ({values})")
    twin.same("SELECT COLUMNS(*)::VARCHAR FROM t", ordered=True)
    twin.same("INSERT INTO t FROM t")
    twin.same("SELECT COLUMNS(*)::VARCHAR FROM t")


def test_all_types_of_the_engine(twin):
    """Every type the engine lists, with its smallest and largest value."""
    described = twin.oracle.execute("DESCRIBE FROM test_all_types()").fetchall()
    columns = ", ".join(f'"{name}" {type_name}' for name, type_name, *_ in described)
    twin.table("t", columns, "FROM test_all_types()")
    for name, *_ in described:
        twin.same(f'SELECT "{name}"::VARCHAR, typeof("{name}") FROM t')
    twin.local("CREATE OR REPLACE TABLE source AS FROM test_all_types()")
    twin.same("INSERT INTO t FROM source")
    twin.same("SELECT COLUMNS(*)::VARCHAR FROM t")
