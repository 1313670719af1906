"""Random tables of random types, nested up to three deep and with NULLs at every level, there and back by every way."""

import dataclasses

import hypothesis
from hypothesis import strategies as st

from type_values import SCALARS, typed
from ways import there_and_back


def quoted(text):
    """A SQL text; NULs cannot be written in one."""
    parts = ["'" + part.replace("'", "''") + "'" for part in text.split("\0")]
    return "(" + " || chr(0) || ".join(parts) + ")"


def whole_numbers(bits, signed):
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return st.integers(low, high).map(str)


NUMBERS = {"TINYINT": (8, True), "SMALLINT": (16, True), "INTEGER": (32, True), "BIGINT": (64, True), "HUGEINT": (128, True),
           "UTINYINT": (8, False), "USMALLINT": (16, False), "UINTEGER": (32, False), "UBIGINT": (64, False), "UHUGEINT": (128, False)}
INT32 = st.integers(-(1 << 31), (1 << 31) - 1)
INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


def anything_of(type_name):
    """Expressions of a type without parts: what tests name, and what comes to mind."""
    known = st.sampled_from(SCALARS[type_name])
    if type_name in NUMBERS:
        return known | whole_numbers(*NUMBERS[type_name])
    if type_name == "DOUBLE":
        return known | st.floats(allow_nan=False, allow_infinity=False).map(lambda value: f"'{value!r}'")
    if type_name == "VARCHAR":
        return known | TEXTS.map(quoted)
    if type_name == "BLOB":
        return known | st.binary(max_size=30).map(lambda value: f"from_hex('{value.hex()}')")
    if type_name == "INTERVAL":
        return known | st.tuples(INT32, INT32, INT64).map(lambda parts: "to_months({}) + to_days({}) + to_microseconds({})".format(*parts))
    if type_name == "BIGNUM":
        return known | st.integers(-(10**80), 10**80).map(lambda value: f"'{value}'")
    return known


def decimals():
    def make(width, scale):
        scale = min(width, scale)

        def text(value):
            digits = str(abs(value)).rjust(scale + 1, "0")
            whole = len(digits) - scale
            return f"'{'-' if value < 0 else ''}{digits[:whole]}.{digits[whole:]}'"

        return Kind(f"DECIMAL({width},{scale})", st.integers(-(10**width) + 1, 10**width - 1).map(text))

    return st.builds(make, st.integers(1, 38), st.integers(0, 38))


@dataclasses.dataclass
class Kind:
    """A type, and a strategy of expressions that are values of it."""

    name: str
    values: st.SearchStrategy
    nullable: bool = True

    def value(self):
        """Expressions of exactly the type that are not NULL."""
        return self.values.map(lambda value: typed(self.name, value))

    def any(self):
        """The same, some of them NULL where the type has NULLs."""
        return st.one_of(st.just(f"NULL::{self.name}"), self.value(), self.value()) if self.nullable else self.value()


def scalars(lossless):
    names = sorted(name for name in SCALARS if lossless or name not in ("INTERVAL", "VARIANT"))
    simple = st.sampled_from(names).map(lambda name: Kind(name, anything_of(name)))
    enums = st.lists(TEXTS.filter(lambda text: "\0" not in text), min_size=1, max_size=5, unique=True).map(
        lambda names: Kind("ENUM(" + ", ".join("'" + name.replace("'", "''") + "'" for name in names) + ")", st.sampled_from(names).map(quoted))
    )
    return simple | decimals() | enums


def nested(parts, lossless):
    """Types one level deeper. Arrow's unions have no NULL, neither of their own nor of a member's."""

    def joined(values, before="[", after="]"):
        return values.map(lambda values: before + ", ".join(values) + after)

    def structured(kinds):
        names = [f'"{name}"' for name in ("a", "B c", "ü")[: len(kinds)]]
        fields = ", ".join(f"{name} {kind.name}" for name, kind in zip(names, kinds))
        return Kind(f"STRUCT({fields})", joined(st.tuples(*map(Kind.any, kinds)), "row(", ")"))

    def tupled(kinds):
        return Kind(f"TUPLE({', '.join(kind.name for kind in kinds)})", joined(st.tuples(*map(Kind.any, kinds)), "row(", ")"))

    def mapped(kind):
        entries = st.lists(kind.any(), max_size=2).map(lambda values: [f"'k{i}': {value}" for i, value in enumerate(values)])
        return Kind(f"MAP(VARCHAR, {kind.name})", joined(entries, "MAP {", "}"))

    def united(kinds):
        name = "UNION(" + ", ".join(f"m{number} {kind.name}" for number, kind in enumerate(kinds)) + ")"
        members = [(kind.any() if lossless else kind.value()).map(lambda value, number=number: f"union_value(m{number} := {value})")
                   for number, kind in enumerate(kinds)]
        return Kind(name, st.one_of(*members), nullable=lossless)

    several = st.lists(parts, min_size=1, max_size=2)
    lists = parts.map(lambda kind: Kind(f"{kind.name}[]", joined(st.lists(kind.any(), max_size=3))))
    arrays = parts.map(lambda kind: Kind(f"{kind.name}[2]", joined(st.lists(kind.any(), min_size=2, max_size=2))))
    return lists | arrays | several.map(structured) | several.map(tupled) | parts.map(mapped) | several.map(united)


def kinds(lossless):
    """Types of up to three levels."""
    parts = scalars(lossless)
    for _ in range(3):
        parts = parts | nested(parts, lossless)
    return parts


@st.composite
def tables(draw, lossless):
    """Columns, and a query of their rows."""
    chosen = draw(st.lists(kinds(lossless), min_size=1, max_size=3))
    rows = draw(st.lists(st.tuples(*map(Kind.any, chosen)), min_size=1, max_size=4))
    repeated = draw(st.sampled_from([1, 3, 700]))
    query = " UNION ALL ".join(f"SELECT {', '.join(row)} FROM range({repeated})" for row in rows)
    return [(f"c{number}", kind.name) for number, kind in enumerate(chosen)], query


TABLES = {True: tables(True), False: tables(False)}


@hypothesis.settings(max_examples=20, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(data=st.data())
def test_there_and_back(place, way, data):
    columns, rows = data.draw(TABLES[way.lossless])
    there_and_back(place, way, columns, rows)
