"""The ways rows take to a server and back, in one place: tests of types go by each of them.

An encoding of rows is one more way. One that a setting of the extension asks for is a line of WAYS:
"registered-x": Registered("SET skein_… = 'x'").
"""

import contextlib
import re

from test_examples import run_example
from twin import open_twin, quoted
from type_values import TYPES, typed
from wire import Wire, messages


class Place:
    """A server with the tables t, which is full, and u, which a way makes and fills; `kept` and `got` are the client's."""

    def __init__(self, twin, wire):
        self.twin = twin
        self.wire = wire
        self.client = twin.client
        self.uri = twin.uri
        # What becomes of rows that were read.
        self.kept_as = "FROM {}"


@contextlib.contextmanager
def open_place(server):
    with open_twin(server) as twin, Wire(server.uri) as wire:
        twin.client.execute(f"ATTACH {quoted(server.uri)} AS r (TYPE skein)")
        yield Place(twin, wire)


class Way:
    """How u is made, t is read and u is written; ready() surrounds all three."""

    def ready(self, place):
        return contextlib.nullcontext()

    def make(self, place, columns):
        place.twin.on_server(f"CREATE TABLE u ({columns})")

    def read(self, place):
        """Into `got`, where there is a database on this side."""


class NativeWay(Way):
    """Rows as DuckDB keeps them: values of every type arrive as they were."""

    lossless = True

    def constants(self, type_name):
        return TYPES[type_name]


class ArrowWay(Way):
    """Rows in Arrow's types. docs/types.md says which values those do not hold."""

    lossless = False

    def constants(self, type_name):
        if re.search(r"\b(INTERVAL|VARIANT)\b", type_name):
            return []
        return [constant for constant in TYPES[type_name] if not (type_name.startswith("UNION") and "NULL" in constant)]


class ExtensionWay(NativeWay):
    """A client database with the extension; `setting` is made before anything moves and taken back after."""

    def __init__(self, setting=None):
        self.setting = setting

    @contextlib.contextmanager
    def ready(self, place):
        if self.setting:
            place.client.execute(self.setting)
        yield
        if self.setting:
            place.client.execute("RESET " + self.setting.split()[1])

    def keep(self, place, source):
        place.client.execute("CREATE OR REPLACE TABLE got AS " + place.kept_as.format(source))

    def write(self, place, rows):
        """The count of the rows written."""
        return place.client.execute(f"INSERT INTO {self.target} FROM kept").fetchall()[0][0]


class Registered(ExtensionWay):
    """register_remote_table."""

    target = "u"

    def make(self, place, columns):
        place.client.execute(f"CALL skein_create_table({quoted(place.uri)}, 'u', {quoted(columns)})")

    def read(self, place):
        for name in ("t", "u"):
            place.twin.register(name, extra=", replace := true")
        self.keep(place, "t")


class Attached(ExtensionWay):
    """ATTACH. What a CREATE TABLE AS makes there has the types of the local table, too."""

    target = "r.u"

    def make(self, place, columns):
        place.client.execute("CREATE TABLE r.u AS FROM kept LIMIT 0")
        made = place.client.execute("DESCRIBE r.u").fetchall()
        place.client.execute(f"CREATE OR REPLACE TABLE r.u ({columns})")
        assert place.client.execute("DESCRIBE r.u").fetchall() == made

    def read(self, place):
        self.keep(place, "r.t")


class Functions(ExtensionWay):
    """skein_query and skein_execute."""

    def read(self, place):
        self.keep(place, f"skein_query({quoted(place.uri)}, 'FROM t')")

    def write(self, place, rows):
        return place.twin.on_server(f"INSERT INTO u {rows}")


class CppNative(NativeWay):
    """DistributedFlightClient, by examples/copy_table.cpp: out of t, into u."""

    layout = ()

    def write(self, place, rows):
        return int(run_example("copy_table", place.uri, "t", "u", *self.layout).split(" rows copied")[0])


class CppArrow(ArrowWay):
    layout = ("arrow",)
    write = CppNative.write


class FlightNative(NativeWay):
    """pyarrow.flight: what t sends goes into u as it came."""

    native_rows = True

    def make(self, place, columns):
        described = place.client.execute("SELECT column_name, column_type FROM (DESCRIBE kept)").fetchall()
        definitions = [messages().ColumnDefinition(name=name, type=kind) for name, kind in described]
        place.wire.action("CREATE_TABLE", table_name="u", column_definitions=definitions)

    def read(self, place):
        place.rows = place.wire.get("SCAN_TABLE", table_name="t", native_rows=self.native_rows).read_all()
        place.rows.validate()

    def write(self, place, rows):
        return place.wire.insert("u", place.rows).rows_affected


class FlightArrow(ArrowWay):
    native_rows = False

    def make(self, place, columns):
        schema = place.wire.get("SCAN_TABLE", table_name="t", limit=0).read_all().schema
        place.wire.action("CREATE_TABLE", table_name="u", row_schema=schema.serialize().to_pybytes())

    read, write = FlightNative.read, FlightNative.write


WAYS = {
    "registered": Registered(),
    "attached": Attached(),
    "registered-native": Registered("SET skein_encoding = 'native'"),
    "attached-zstd": Attached("SET skein_compression = 'zstd'"),
    "functions": Functions(),
    "cpp-native": CppNative(),
    "cpp-arrow": CppArrow(),
    "flight-native": FlightNative(),
    "flight-arrow": FlightArrow(),
}


def groupable(name, type_name):
    """DuckDB 2.0.0 itself crashes when it groups or sorts tuples that hold arrays."""
    return not ("TUPLE" in type_name and re.search(r"\[\d+\]", type_name))


def differences(run, one, other, columns):
    """Rows of one table that the other lacks, both ways: as values, and as text, which tells -0.0 from 0.0."""
    values = ", ".join(name for name, type_name in columns if groupable(name, type_name))
    counts = []
    for chosen in ([values] if values else []) + ["COLUMNS(*)::VARCHAR"]:
        for left, right in ((one, other), (other, one)):
            counts += run(f"SELECT count(*) FROM (SELECT {chosen} FROM {left} EXCEPT ALL SELECT {chosen} FROM {right})")
    return [count for (count,) in counts if count]


def digests_differ(run, one, other, columns):
    """The same of rows too large to be grouped: by their hashes."""
    row = f"hash({', '.join(name for name, _ in columns)})"
    hashes = [run(f"SELECT {row} FROM {table} ORDER BY ALL") for table in (one, other)]
    return [] if hashes[0] == hashes[1] else hashes


def there_and_back(place, way, columns, rows, differences=differences):
    """Rows of an SQL query in a table of these columns, [(name, type)], out of a server's table and into another one."""
    client, twin = place.client, place.twin
    listed = ", ".join(f"{name} {type_name}" for name, type_name in columns)

    def here(sql):
        return client.execute(sql).fetchall()

    for name in ("t", "u"):
        if here(f"FROM remote_tables() WHERE table_name = {quoted(name)}"):
            here(f"CALL unregister_remote_table({quoted(name)})")
    twin.on_server(f"DROP TABLE IF EXISTS u; CREATE OR REPLACE TABLE t ({listed}); INSERT INTO t {rows}")
    client.execute(f"CREATE OR REPLACE TABLE kept ({listed}); INSERT INTO kept {rows}; DROP TABLE IF EXISTS got")
    count = here("SELECT count(*) FROM kept")[0][0]
    with way.ready(place):
        way.make(place, listed)
        types = "SELECT column_name, column_type FROM (DESCRIBE {})"
        assert twin.from_server(types.format("u")) == twin.from_server(types.format("t")) == here(types.format("kept"))
        way.read(place)
        if isinstance(way, ExtensionWay):
            assert here(types.format("got")) == here(types.format("kept"))
            assert differences(here, "got", "kept", columns) == []
        assert way.write(place, rows) == count
    assert twin.from_server("SELECT count(*) FROM u") == [(count,)]
    assert differences(twin.from_server, "t", "u", columns) == []


def with_nulls(way, type_name, repeated):
    """Every constant of the type, a NULL after each, and all of it so often. Nothing where the way holds none of them."""
    values = ", ".join(f"({typed(type_name, constant)}), (NULL)" for constant in way.constants(type_name))
    return values and f"SELECT v FROM (VALUES {values}) c(v), range({repeated})"
