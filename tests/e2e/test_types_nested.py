"""Every type three levels down in lists, arrays, structs, tuples, maps and unions."""

import pytest

from type_values import TYPES, three_deep, typed
from ways import there_and_back


def columns_of(type_name):
    return [("k", "INTEGER"), *((f"c{number}", deep) for number, deep in enumerate(three_deep(type_name)))]


def rows_of(type_name, constants):
    """Every 21st row has values, the others are NULL."""
    first, last = typed(type_name, constants[0]), typed(type_name, constants[-1])
    values = ", ".join(f"({expression})::{deep}" for deep, expression in three_deep(type_name).items())
    nulls = ", ".join(f"NULL::{deep}" for deep in three_deep(type_name))
    return f"""SELECT range AS k, {values} FROM (SELECT {first} AS x, {last} AS y), range(0, 2100, 21)
               UNION ALL SELECT range, {nulls} FROM range(2100) WHERE range % 21 <> 0"""


@pytest.mark.parametrize("type_name", TYPES)
def test_there_and_back(place, way, type_name):
    constants = way.constants(type_name)
    if constants:
        there_and_back(place, way, columns_of(type_name), rows_of(type_name, constants))
    else:
        assert not way.lossless


@pytest.mark.parametrize("element", ["ENUM('a', 'b')", "INTEGER", "VARCHAR", "BOOLEAN", "INTERVAL", "VARIANT", "UNION(a INTEGER)", "STRUCT(a ENUM('x'))"])
def test_nothing_but_empty_lists(place, way, element):
    columns = [("k", "INTEGER"), ("l", f"{element}[]"), ("m", f"MAP(INTEGER, {element})"), ("n", f"{element}[][2]")]
    there_and_back(place, way, columns, "SELECT range, [], MAP {}, [[], NULL] FROM range(3000)")


def test_a_member_of_a_variant(place):
    """What the engine takes out of a VARIANT still holds the rest of it, out of reach."""
    members = "SELECT v.inner, v.name FROM (SELECT {'name': {'x': 1}, 'inner': {'a': 42, 'b': NULL}}::VARIANT AS v)"
    assert place.twin.from_server(members) == place.twin.oracle.execute(members).fetchall()
