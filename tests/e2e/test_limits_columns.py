"""As many columns as there can be (columns_count_max): made, filled and read by tables attached and registered. One more is refused."""

import pyarrow as pa
import pytest

from refusals import refused_by_flight, refused_by_sql
from twin import quoted
from wire import messages

COLUMNS = 10_000


def listed(count):
    return ", ".join(f"c{number} INTEGER" for number in range(count))


def values(count):
    return ", ".join(f"CASE WHEN range <> 1 THEN range::INTEGER + {number} END" for number in range(count))


@pytest.mark.parametrize("name", ["attached", "registered"])
def test_as_many_as_there_can_be(place, name):
    client, uri = place.client, quoted(place.uri)
    client.execute(f"CREATE OR REPLACE TABLE kept ({listed(COLUMNS)}); INSERT INTO kept SELECT {values(COLUMNS)} FROM range(3)")
    if name == "attached":
        table = "r.wide"
        client.execute(f"CREATE OR REPLACE TABLE r.wide ({listed(COLUMNS)})")
    else:
        table = "wide"
        place.twin.on_server("DROP TABLE IF EXISTS wide")
        client.execute(f"CALL skein_create_table({uri}, 'wide', {quoted(listed(COLUMNS))})")
        place.twin.register("wide")
    assert client.execute(f"INSERT INTO {table} FROM kept").fetchall() == [(3,)]
    kept = client.execute("FROM kept").fetchall()
    assert client.execute(f"FROM {table}").fetchall() == kept
    assert client.execute(f"SELECT c0, c{COLUMNS - 1} FROM {table} WHERE c7 = 9").fetchall() == [(2, COLUMNS + 1)]


def test_one_more_by_flight(place):
    wire = place.wire
    wire.execute("CREATE OR REPLACE TABLE one (c0 INTEGER)")
    definitions = [messages().ColumnDefinition(name=f"c{number}", type="INTEGER") for number in range(COLUMNS + 1)]
    rows = pa.table({f"c{number}": pa.array([1], pa.int32()) for number in range(COLUMNS + 1)})
    for call in (lambda: wire.action("CREATE_TABLE", table_name="wider", column_definitions=definitions), lambda: wire.insert("one", rows)):
        refused = refused_by_flight(call)
        assert refused.name == "INVALID_REQUEST" and f"{COLUMNS} columns" in refused.text, refused
    assert wire.value("SELECT count(*) FROM one") == 0


def test_a_table_with_one_more_harms_no_other(place):
    """It was made on the server itself. An attached database shows the others, and says of this one what is wrong."""
    place.twin.on_server(f"CREATE OR REPLACE TABLE wider ({listed(COLUMNS + 1)}); CREATE OR REPLACE TABLE beside AS SELECT 42 AS i")
    client = place.client
    client.execute(f"ATTACH {quoted(place.uri)} AS s (TYPE skein)")
    assert client.execute("FROM s.beside").fetchall() == [(42,)]
    refused = refused_by_sql(client, "FROM s.wider")
    assert refused.name == "CatalogException" and "columns_count_max" in refused.text, refused
    client.execute("DETACH s")
    place.twin.on_server("DROP TABLE wider")
