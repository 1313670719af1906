"""Whether a result is what a record expects. Every function raises Mismatch with the first difference."""

import hashlib
import re

from . import capi

HASH = re.compile(r"\d+ values hashing to [0-9a-z]{32}")
PATTERNS = ("<REGEX>:", "<!REGEX>:")
FILE = "<FILE>:"
SHOWN_CHARACTERS = 300


class Mismatch(Exception):
    pass


def shown(text):
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "..."


def sort_values(style, values, columns):
    """Sorted as DuckDB's runner does: by bytes, which for UTF-8 is by code point."""
    if style == "valuesort":
        return sorted(values)
    if style == "rowsort":
        if len(values) % columns:
            raise Mismatch(f"{len(values)} values cannot be sorted as rows of {columns}")
        rows = sorted(values[start : start + columns] for start in range(0, len(values), columns))
        return [value for row in rows for value in row]
    return values


def matches_pattern(renderer, text, expected):
    if not expected.startswith(PATTERNS):
        return False
    wanted = expected.startswith(PATTERNS[0])
    for prefix in PATTERNS:
        expected = expected.replace(prefix, "")
    return renderer.matches(text, expected) == wanted


def digest(values):
    text = "".join(value + "\n" for value in values)
    return f"{len(values)} values hashing to {hashlib.md5(capi.encode(text)).hexdigest()}"


class QueryCheck:
    """One result of a `query` record against its expectation."""

    def __init__(self, runner, query, result, connection, loops):
        self.runner, self.query, self.result, self.loops = runner, query, result, loops
        self.columns, self.wanted_columns = len(result.types), query.column_count
        try:
            self.values = runner.renderer.values(result, connection, runner.sqlite_rules)
        except capi.EngineError as error:
            raise Mismatch(f"a value cannot be shown as text: {error}") from None
        self.values = sort_values(query.sort_style, self.values, self.columns)

    def run(self):
        expected = self.query.expected
        hashed = len(expected) == 1 and HASH.fullmatch(expected[0])
        threshold = self.runner.hash_threshold
        if self.runner.output_hash:
            return
        if hashed or self.query.label or 0 < threshold < len(self.values):
            self.check_hash(expected[0] if hashed else None)
            return
        if len(expected) == 1 and expected[0].startswith(FILE):
            expected = self.file_values(expected[0])
        self.check_values(expected)

    def file_values(self, text):
        path = self.runner.replace_loops(self.runner.replace_keywords(text.replace(FILE, "")), self.loops)
        try:
            values = self.runner.renderer.file_values(path, self.result.names)
        except capi.EngineError as error:
            raise Mismatch(f"cannot read the expected rows from {path}: {error}") from None
        self.wanted_columns = self.columns
        return values

    def check_hash(self, expected):
        actual = digest(self.values)
        label = self.query.label
        if label:
            with self.runner.lock:
                known = self.runner.labels.setdefault(label, actual)
            if expected is None and known != actual:
                raise Mismatch(f"label {label}: {actual}, before it was {known}")
        if expected is not None and expected != actual:
            raise Mismatch(f"{actual}, expected {expected}")

    def check_values(self, expected):
        columns, wanted = self.columns, self.wanted_columns
        rows = self.result.row_count
        mismatch = f"{columns} columns, expected {wanted}"
        if columns == 0:
            raise Mismatch("a result without columns")
        row_wise = columns > 1 and len(expected) == rows
        row_wise = row_wise or all("\t" in line for line in expected)
        if not row_wise and len(expected) % columns:
            if wanted != columns:
                raise Mismatch(mismatch)
            raise Mismatch(f"{len(expected)} expected values do not make rows of {columns}; the result has {rows} rows")
        expected_rows = len(expected) if row_wise else len(expected) // columns
        if expected_rows != rows:
            raise Mismatch(mismatch if wanted != columns else f"{rows} rows, expected {expected_rows}{self.first_row()}")
        if row_wise:
            expected = self.split_rows(expected)
        default = self.runner.mode.sort_style
        attempts = ["none"] if wanted != columns or default == "none" else ["none", default]
        for attempt in attempts:
            actual = sort_values(attempt, self.values, columns)
            expected = sort_values(attempt, expected, columns)
            difference = self.first_difference(actual, expected)
            if not difference:
                break
        if difference:
            raise Mismatch(difference)
        if wanted != columns:
            raise Mismatch(f"{mismatch}; the values are right")

    def first_row(self):
        return ": " + shown("\t".join(self.values[: self.columns])) if self.values else ""

    def split_rows(self, lines):
        found = []
        for number, line in enumerate(lines, 1):
            # Empty fields do not count: an empty text is written (empty), and a line may end with a tab.
            fields = [field for field in line.split("\t") if field] or [line]
            if len(fields) != self.columns:
                raise Mismatch(f"expected row {number} has {len(fields)} values, the result has {self.columns} columns")
            found += fields
        return found

    def first_difference(self, actual, expected):
        for number, (found, wanted) in enumerate(zip(actual, expected)):
            if found != wanted and not self.same(found, wanted, number % self.columns):
                row, column = divmod(number, self.columns)
                name = self.result.names[column]
                return f"row {row + 1}, column {column + 1} ({name}): {shown(found)} <> {shown(wanted)}"
        return None

    def same(self, found, wanted, column):
        if found == self.runner.replace_keywords(wanted):
            return True
        if matches_pattern(self.runner.renderer, found, wanted):
            return True
        if self.result.type_ids[column] == capi.BOOLEAN:
            meaning = {"true": "1", "false": "0"}
            found, wanted = (meaning.get(text.lower(), text) for text in (found, wanted))
            return found == wanted if found != "NULL" else wanted.lower() == "null"
        kind = self.result.numeric_name(column)
        return kind is not None and self.runner.renderer.same_number(found, wanted, kind)


def check_statement(runner, statement, error):
    """The outcome of a `statement` record; error is None where it succeeded."""
    if statement.outcome == "ok":
        if error is not None:
            raise Mismatch(shown(error))
        return
    if error is None:
        if statement.outcome == "error":
            raise Mismatch("the statement succeeded, but an error is expected")
        return
    for forbidden in runner.fatal_messages:
        if forbidden in error:
            raise Mismatch(shown(error))
    expected = statement.expected_error
    if not expected or expected in error or runner.replace_keywords(expected) in error:
        return
    if not matches_pattern(runner.renderer, error + "\n", expected):
        raise Mismatch(f"another error than expected: {shown(error)} <> {shown(expected)}")
