"""Every type three levels down in lists, arrays, structs, tuples, maps and unions."""

import pytest

from twin import open_twin
from type_values import TYPES, three_deep, typed


@pytest.fixture(scope="module")
def twin(shared_server):
    with open_twin(shared_server) as twin:
        yield twin


def rows_of(type_name):
    """Every third row has values, the others are NULL. Never ordered: DuckDB 2.0.0 crashes when it sorts tuples of arrays."""
    first, last = typed(type_name, TYPES[type_name][0]), typed(type_name, TYPES[type_name][-1])
    values = ", ".join(f"({expression})::{deep}" for deep, expression in three_deep(type_name).items())
    nulls = ", ".join(f"NULL::{deep}" for deep in three_deep(type_name))
    return f"""SELECT range AS k, {values} FROM (SELECT {first} AS x, {last} AS y), range(0, 2100, 3)
               UNION ALL SELECT range, {nulls} FROM range(2100) WHERE range % 3 <> 0"""


@pytest.mark.parametrize("type_name", TYPES)
def test_there_and_back(twin, type_name):
    columns = "k INTEGER, " + ", ".join(f"c{number} {deep}" for number, deep in enumerate(three_deep(type_name)))
    twin.on_server(f"CREATE OR REPLACE TABLE t ({columns}); CREATE OR REPLACE TABLE u ({columns}); INSERT INTO t {rows_of(type_name)}")
    twin.client.execute(f"CREATE OR REPLACE TABLE kept ({columns}); INSERT INTO kept {rows_of(type_name)}")
    for name in ("t", "u"):
        twin.register(name, extra=", replace := true")
    assert twin.client.execute("DESCRIBE t").fetchall() == twin.client.execute("DESCRIBE kept").fetchall()
    for one, other in (("t", "kept"), ("kept", "t")):
        # As text: what EXCEPT takes for equal need not be.
        difference = f"FROM (SELECT COLUMNS(*)::VARCHAR FROM {one} EXCEPT ALL SELECT COLUMNS(*)::VARCHAR FROM {other})"
        assert twin.client.execute(f"SELECT count(*) {difference}").fetchall() == [(0,)], type_name
    assert twin.client.execute("INSERT INTO u FROM kept").fetchall() == [(2100,)]
    for one, other in (("t", "u"), ("u", "t")):
        difference = f"FROM (SELECT COLUMNS(*)::VARCHAR FROM {one} EXCEPT ALL SELECT COLUMNS(*)::VARCHAR FROM {other})"
        assert twin.from_server(f"SELECT count(*) {difference}") == [(0,)], type_name


@pytest.mark.parametrize("element", ["ENUM('a', 'b')", "INTEGER", "VARCHAR", "BOOLEAN", "INTERVAL", "VARIANT", "UNION(a INTEGER)", "STRUCT(a ENUM('x'))"])
def test_nothing_but_empty_lists(twin, element):
    columns = f"k INTEGER, l {element}[], m MAP(INTEGER, {element}), n {element}[][2]"
    rows = "SELECT range, [], MAP {}, [[], NULL] FROM range(3000)"
    twin.on_server(f"CREATE OR REPLACE TABLE t ({columns}); INSERT INTO t {rows}")
    twin.register("t", extra=", replace := true")
    assert twin.client.execute("SELECT count(*), count(l), sum(len(l)), sum(cardinality(m)), sum(len(n[1])), count(n[2]) FROM t").fetchall() == [
        (3000, 3000, 0, 0, 0, 0)
    ]
    assert twin.client.execute("INSERT INTO t FROM t").fetchall() == [(3000,)]
    assert twin.from_server("SELECT count(*), count(l), sum(len(l)), sum(cardinality(m)) FROM t") == [(6000, 6000, 0, 0)]


def test_a_member_of_a_variant(twin):
    """What the engine takes out of a VARIANT still holds the rest of it, out of reach."""
    members = "SELECT v.inner, v.name FROM (SELECT {'name': {'x': 1}, 'inner': {'a': 42, 'b': NULL}}::VARIANT AS v)"
    assert twin.from_server(members) == twin.oracle.execute(members).fetchall()
