"""Limits nobody can set, at their edge: the value itself works, one more is refused by name or done otherwise."""

import pyarrow as pa
import pytest

from refusals import refused_by_flight, refused_by_sql
from twin import Twin, open_twin, quoted, statistics
from wire import Wire

MIB = 1 << 20
TYPE_DEPTH = 64
ARROW_LIST_DEPTH = 62
CATALOG_IN_FULL = 256


@pytest.fixture
def twin(shared_server):
    with open_twin(shared_server) as twin:
        yield twin


def test_rows_and_bytes_of_a_batch(shared_server):
    with Wire(shared_server.uri) as wire:
        for native_rows in (False, True):
            narrow = wire.get("EXECUTE_SQL", sql="SELECT range FROM range(100000)", native_rows=native_rows)
            rows = [chunk.data.num_rows for chunk in narrow]
            assert sum(rows) == 100_000 and max(rows) == 16_384
            # Four rows fill a batch, a fifth would go beyond.
            wide = wire.get("EXECUTE_SQL", sql=f"SELECT repeat('x', {8 * MIB - 8}) AS s FROM range(9)", native_rows=native_rows)
            sizes = [chunk.data.nbytes for chunk in wide]
            assert len(sizes) == 3 and 32 * MIB <= max(sizes) + 64 <= 32 * MIB + 1024


def deep_type(depth):
    return "INTEGER" + "[]" * depth


@pytest.mark.parametrize("native_rows, most", [(True, TYPE_DEPTH - 1), (False, ARROW_LIST_DEPTH)])
def test_depth_of_types(place, native_rows, most):
    """Arrow's own limit of lists in one another is one below the server's for native rows, and two for its own types."""
    wire = place.wire
    for depth in (most - 1, most):
        kind, value = deep_type(depth), "[" * depth + "1" + "]" * depth
        wire.execute(f"CREATE OR REPLACE TABLE t (l {kind}); CREATE OR REPLACE TABLE u (l {kind}); INSERT INTO t SELECT {value}")
        assert wire.insert("u", wire.get("SCAN_TABLE", table_name="t", native_rows=native_rows).read_all()).rows_affected == 1
        assert wire.query("SELECT l::VARCHAR FROM u") == [(value,)]
    wire.execute(f"CREATE OR REPLACE TABLE t (l {deep_type(most + 1)}); INSERT INTO t SELECT {'[' * (most + 1)}1{']' * (most + 1)}")
    with pytest.raises(pa.ArrowException, match="(?i)recursion"):
        wire.get("SCAN_TABLE", table_name="t", native_rows=native_rows).read_all()
    assert wire.value("SELECT 42") == 42


def test_types_that_are_too_deep(twin):
    deep = deep_type(TYPE_DEPTH + 1)
    twin.on_server(f"CREATE OR REPLACE TABLE deep (l {deep}); CREATE OR REPLACE TABLE flat (i INTEGER)")
    uri = quoted(twin.uri)
    for sql in (f"CALL register_remote_table('deep', {uri}, 'deep')", f"FROM skein_query({uri}, 'FROM deep')"):
        refused = refused_by_sql(twin.client, sql)
        assert refused.name == "InvalidInputException" and "type_depth_max" in refused.text, refused
    with Wire(twin.uri) as wire:
        refused = refused_by_flight(lambda: wire.get("SCAN_TABLE", table_name="deep", native_rows=True))
        assert refused.name == "ENGINE_ERROR" and "type_depth_max" in refused.text, refused
    twin.register("flat")
    assert twin.client.execute("SELECT count(*) FROM flat").fetchall() == [(0,)]


def test_entries_described_in_full(server, connect, oracle):
    """A catalog of so many comes whole when it is attached; of a larger one, what is used is asked for."""
    twin = Twin(connect(), oracle, server)
    with Wire(server.uri) as wire:

        def entries():
            return len(wire.action("CATALOG").catalog.entries)

        twin.on_server("; ".join(f"CREATE TABLE t{number} (i INTEGER)" for number in range(CATALOG_IN_FULL - entries())))
        for database, count, round_trips in (("r", CATALOG_IN_FULL, 1), ("s", CATALOG_IN_FULL + 1, 2)):
            assert entries() == count
            twin.client.execute(f"ATTACH {quoted(server.uri)} AS {database} (TYPE skein)")
            before = statistics(twin.client, twin.uri)["client"]["round_trips"]
            assert twin.client.execute(f"FROM {database}.t7").fetchall() == []
            assert statistics(twin.client, twin.uri)["client"]["round_trips"] - before == round_trips
            twin.on_server("CREATE OR REPLACE TABLE one_more (i INTEGER)")
