"""What clients without DuckDB see: Arrow's types as docs/types.md lists them, values there and back, and the C++ client."""

import pathlib
import re

import duckdb
import pyarrow as pa
import pyarrow.flight as flight
import pytest

import wire
from test_examples import run_example
from type_values import TYPES, typed

DOCUMENT = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "types.md").read_text()
ROWS = re.findall(r"^\| `([^|]+)` \| `([^|]+)` \|", DOCUMENT, re.MULTILINE)
#: Their values are not all Arrow's: the document says what becomes of them.
NOT_ALL = ("INTERVAL", "VARIANT")


def arrow_values(type_name):
    """Arrow's unions have no NULL of their own besides their members'."""
    return [typed(type_name, constant) for constant in TYPES[type_name] if not (type_name.startswith("UNION") and "NULL" in constant)]


@pytest.fixture(scope="module")
def foreign(shared_server):
    with wire.Wire(shared_server.uri) as connection:
        yield connection


def difference(foreign, one, other):
    return [foreign.value(f"SELECT count(*)::INTEGER FROM (SELECT v::VARCHAR FROM {left} EXCEPT ALL SELECT v::VARCHAR FROM {right})")
            for left, right in ((one, other), (other, one))]


@pytest.mark.parametrize("duckdb_type, arrow_type", ROWS)
def test_arrow_types_are_those_of_the_document(foreign, duckdb_type, arrow_type):
    schema = foreign.get("EXECUTE_SQL", sql=f"SELECT NULL::{duckdb_type} AS v").read_all().schema
    # The zone is that of the server's machine.
    assert re.sub(r"tz=[^\]]+", "tz=UTC", str(schema.field("v").type)) == arrow_type
    local = duckdb.sql(f"SELECT NULL::{duckdb_type} AS v").types[0]
    assert duckdb.sql(f"SELECT NULL::{schema.field('v').metadata[b'duckdb:type'].decode()} AS v").types[0] == local


def test_the_document_names_every_type():
    listed = {kind for kind, _ in ROWS}
    builtin = {row[0] for row in duckdb.sql("SELECT DISTINCT logical_type FROM duckdb_types() WHERE database_name = 'system'").fetchall()}
    missing = {kind for kind in builtin if not any(re.match(re.escape(kind) + r"\b", row) or kind in row for row in listed)}
    assert missing <= {"LIST", "ARRAY", "NULL", "TYPE"}
    assert any("[]" in kind for kind in listed) and any(re.search(r"\[\d\]", kind) for kind in listed)


@pytest.mark.parametrize("type_name", [name for name in TYPES if not any(part in name for part in NOT_ALL)])
def test_values_there_and_back(foreign, type_name):
    """Read and uploaded again as Arrow, with and without the DuckDB type's name beside it."""
    values = ", ".join(f"({value}), (NULL)" for value in arrow_values(type_name))
    foreign.execute(f"CREATE OR REPLACE TABLE t (v {type_name}); CREATE OR REPLACE TABLE u (v {type_name}); CREATE OR REPLACE TABLE w (v {type_name})")
    foreign.execute(f"INSERT INTO t SELECT v FROM (VALUES {values}) x(v), range(700)")
    rows = foreign.get("SCAN_TABLE", table_name="t").read_all()
    rows.validate()
    assert foreign.insert("u", rows).rows_affected == rows.num_rows == 1400 * len(arrow_values(type_name))
    assert difference(foreign, "t", "u") == [0, 0]
    kept = {key: value for key, value in rows.schema.field(0).metadata.items() if key != b"duckdb:type"}
    assert foreign.insert("w", rows.cast(pa.schema([rows.schema.field(0).with_metadata(kept)]))).rows_affected == rows.num_rows
    assert difference(foreign, "t", "w") == [0, 0]


def test_floats_keep_their_bytes(foreign):
    bits = [0x7FF8000000000001, 0xFFF8000000000000, 0x7FF0000000000000, 0xFFF0000000000000, 0x8000000000000000, 1]
    values = pa.Array.from_buffers(pa.float64(), len(bits), [None, pa.py_buffer(b"".join(value.to_bytes(8, "little") for value in bits))])
    foreign.execute("CREATE OR REPLACE TABLE f (v DOUBLE)")
    foreign.insert("f", {"v": values})
    (chunk,) = foreign.get("SCAN_TABLE", table_name="f").read_all().column("v").chunks
    assert chunk.buffers()[1].to_pybytes()[: 8 * len(bits)] == values.buffers()[1].to_pybytes()


def test_an_interval_arrow_cannot_hold(foreign):
    for sql in ("SELECT to_microseconds(9223372036854775807) AS v", "SELECT [to_microseconds(-9223372036854775808)] AS v"):
        with pytest.raises(flight.FlightError) as caught:
            foreign.query(sql)
        error = wire.error_of(caught.value)
        assert wire.category_of(caught.value) == "ENGINE_ERROR" and "ask for native rows" in error.message
    assert foreign.query("SELECT to_months(-5) + to_days(7) + to_microseconds(9223372036854775) AS v") == [((-5, 7, 9223372036854775000),)]
    foreign.execute("CREATE OR REPLACE TABLE t (v INTERVAL[]); CREATE OR REPLACE TABLE u (v INTERVAL[])")
    foreign.execute("INSERT INTO t VALUES ([to_microseconds(-9223372036854775), to_months(-2147483648) + to_days(2147483647), NULL]), (NULL), ([])")
    foreign.insert("u", foreign.get("SCAN_TABLE", table_name="t").read_all())
    assert difference(foreign, "t", "u") == [0, 0]
    # As native rows, a list of binaries to whoever does not link DuckDB.
    rows = foreign.get("EXECUTE_SQL", sql="SELECT [to_microseconds(-9223372036854775808)] AS v", native_rows=True).read_all()
    assert rows.schema.field("v").type == pa.list_(pa.binary(16)) and rows.schema.field("v").metadata[b"skein:layout"] == b"native"
    assert rows.column("v").to_pylist() == [[bytes(15) + b"\x80"]]


def test_a_variant_is_parquets(foreign):
    """Its integers and texts arrive; kinds Parquet's variant does not have become those it has."""
    foreign.execute("CREATE OR REPLACE TABLE t (v VARIANT); CREATE OR REPLACE TABLE u (v VARIANT)")
    foreign.execute("INSERT INTO t VALUES (1::INTEGER), ('text'), ([1::INTEGER, NULL]), ({'a': true, 'b': 1.5::DOUBLE}), (NULL), ('\\x00'::BLOB)")
    foreign.insert("u", foreign.get("SCAN_TABLE", table_name="t").read_all())
    assert difference(foreign, "t", "u") == [0, 0]


@pytest.mark.parametrize("index_type", [pa.int8(), pa.uint16(), pa.int64()])
def test_dictionaries_of_other_makers(foreign, index_type):
    """Dictionaries in lists, also where every list is empty."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 1], index_type), pa.array(["a", "b"]))
    foreign.execute("CREATE OR REPLACE TABLE d (t VARCHAR, l VARCHAR[], s STRUCT(x VARCHAR), e VARCHAR[])")
    rows = pa.table({
        "t": texts,
        "l": pa.ListArray.from_arrays(pa.array([0, 2, 2, 3, 4], pa.int32()), texts),
        "s": pa.StructArray.from_arrays([texts], ["x"]),
        "e": pa.ListArray.from_arrays(pa.array([0, 0, 0, 0, 0], pa.int32()), texts[:0]),
    })
    assert foreign.insert("d", rows).rows_affected == 4
    assert foreign.query("SELECT * FROM d") == [
        ("a", ["a", "b"], {"x": "a"}, []), ("b", [], {"x": "b"}, []), (None, [None], {"x": None}, []), ("b", ["b"], {"x": "b"}, [])
    ]


def test_native_fields_that_are_not(foreign):
    """A field that claims to be native and is not is refused, and the server lives on."""
    foreign.execute("CREATE OR REPLACE TABLE n (v VARCHAR)")
    for claimed, array in (("VARCHAR", pa.array([1])), ("ENUM('a')", pa.array([7], pa.uint8())), ("no_type", pa.array([1])),
                           ("INTEGER" + "[]" * 5000, pa.array([1])), ("BIT", pa.array([b""])), ("VARIANT", pa.array([1]))):
        schema = pa.schema([pa.field("v", array.type, metadata={"duckdb:type": claimed, "skein:layout": "native"})])
        with pytest.raises((flight.FlightError, pa.ArrowException)) as caught:
            foreign.insert("n", pa.table([array], schema=schema))
        assert wire.category_of(caught.value) in ("ENGINE_ERROR", "INVALID_REQUEST"), claimed
        assert wire.error_of(caught.value).exception_type == "Invalid Input", claimed
    assert foreign.value("SELECT count(*)::INTEGER FROM n") == 0


@pytest.mark.parametrize("layout", ["native", "arrow"])
def test_the_cpp_client(foreign, shared_server, layout):
    kinds = [name for name in TYPES if layout == "native" or not any(part in name for part in NOT_ALL)]
    columns = ", ".join(f"c{number} {name}" for number, name in enumerate(kinds))
    values = ", ".join(typed(name, TYPES[name][0]) for name in kinds)
    nulls = ", ".join(["NULL"] * len(kinds))
    foreign.execute(f"CREATE OR REPLACE TABLE t ({columns}); CREATE OR REPLACE TABLE u ({columns})")
    foreign.execute(f"INSERT INTO t SELECT {values} FROM range(30) UNION ALL SELECT {nulls} FROM range(3)")
    assert run_example("copy_table", shared_server.uri, "t", "u", *(["arrow"] if layout == "arrow" else [])) == "33 rows copied\n"
    sql = "SELECT count(*)::INTEGER FROM (SELECT COLUMNS(*)::VARCHAR FROM {} EXCEPT ALL SELECT COLUMNS(*)::VARCHAR FROM {})"
    assert [foreign.value(sql.format(*order)) for order in (("t", "u"), ("u", "t"))] == [0, 0]
