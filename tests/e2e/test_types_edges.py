"""Types at their edges: every width and scale, ENUMs around the widths of their positions, floats by their bytes, deep ones."""

import struct

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from ways import WAYS, there_and_back


def largest(width, scale):
    return "9" * (width - scale) + ("." + "9" * scale if scale else "")


def test_decimals_of_every_width_and_scale(place, way):
    columns, rows = [], {"": [], "-": []}
    for width in range(1, 39):
        fields = ", ".join(f"s{scale} DECIMAL({width},{scale})" for scale in range(width + 1))
        columns.append((f"w{width}", f"STRUCT({fields})"))
        for sign, values in rows.items():
            texts = ", ".join(f"'s{scale}': '{sign}{largest(width, scale)}'" for scale in range(width + 1))
            values.append(f"{{{texts}}}::STRUCT({fields})")
    there_and_back(place, way, columns, " UNION ALL ".join("SELECT " + ", ".join(values) for values in [*rows.values(), ["NULL"] * 38]))


@pytest.mark.parametrize("size", [1, 255, 256, 257])
def test_enums_around_a_byte(place, way, size):
    check_enum(place, way, size)


@pytest.mark.parametrize("size", [65535, 65536, 65537])
@pytest.mark.parametrize("name", ["registered", "flight-arrow"])
def test_enums_around_two_bytes(place, name, size):
    check_enum(place, WAYS[name], size)


def check_enum(place, way, size):
    kind = "ENUM(" + ", ".join(f"'v{number}'" for number in range(size)) + ")"
    there_and_back(place, way, [("e", kind)], f"SELECT 'v' || CASE range WHEN 0 THEN {size - 1} ELSE range * 7919 % {size} END FROM range(300)")


#: Quiet and signalling NaNs of either sign with something in them, zeros, infinities, the smallest and the largest.
FLOAT_BITS = [0x7FC00000, 0xFFC00001, 0x7F800001, 0xFFBFFFFF, 0x80000000, 0, 0x7F800000, 0xFF800000, 1, 0x80000001, 0x7F7FFFFF]
DOUBLE_BITS = [0x7FF8000000000000, 0xFFF8000000000001, 0x7FF0000000000001, 0xFFF7FFFFFFFFFFFF, 1 << 63, 0, 0x7FF0000000000000, 0xFFF0000000000000,
               1, (1 << 63) + 1, 0x7FEFFFFFFFFFFFFF]


def array_of(kind, bits):
    width = kind.bit_width // 8
    return pa.Array.from_buffers(kind, len(bits), [None, pa.py_buffer(b"".join(value.to_bytes(width, "little") for value in bits))])


def bits_of(rows):
    """What the columns f and d hold, as bytes; nothing of pyarrow's or Python's own floats comes between."""
    chunks = rows.combine_chunks()
    result = []
    for name in ("f", "d"):
        array = chunks.column(name).chunk(0) if isinstance(chunks.column(name), pa.ChunkedArray) else chunks.column(name)
        assert array.null_count == 0
        width = array.type.bit_width // 8
        result.append(array.buffers()[1].to_pybytes()[array.offset * width: (array.offset + len(array)) * width])
    return result


def test_floats_by_their_bytes(place, way, tmp_path):
    """Bits that SQL cannot write come from a Parquet file on this side, and by Flight on the server's."""
    expected = [struct.pack(f"<{len(FLOAT_BITS)}I", *FLOAT_BITS), struct.pack(f"<{len(DOUBLE_BITS)}Q", *DOUBLE_BITS)]
    rows = pa.table({"f": array_of(pa.float32(), FLOAT_BITS), "d": array_of(pa.float64(), DOUBLE_BITS)})
    parquet.write_table(rows, tmp_path / "floats.parquet")
    client, columns = place.client, "f FLOAT, d DOUBLE"
    place.twin.on_server(f"DROP TABLE IF EXISTS u; CREATE OR REPLACE TABLE t ({columns})")
    place.wire.insert("t", rows)
    client.execute(f"CREATE OR REPLACE TABLE kept AS FROM '{tmp_path / 'floats.parquet'}'; CREATE OR REPLACE TABLE got AS FROM kept")
    assert bits_of(client.execute("FROM kept").to_arrow_table()) == expected
    with way.ready(place):
        way.make(place, columns)
        way.read(place)
        assert bits_of(client.execute("FROM got").to_arrow_table()) == expected
        assert way.write(place, "FROM t") == len(FLOAT_BITS)
    assert bits_of(place.wire.get("SCAN_TABLE", table_name="u").read_all()) == expected
