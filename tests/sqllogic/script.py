"""Test files as text: records, the tokens of their first line, statements and what is expected of them.

A record ends at an empty line or a comment. Files are read record by record, because what a record means can depend
on those before it: a part that is skipped is not looked at.
"""

import re

SINGLE_LINE = {
    "concurrentforeach",
    "concurrentloop",
    "continue",
    "endloop",
    "foreach",
    "halt",
    "hash-threshold",
    "include",
    "load",
    "loop",
    "mode",
    "reconnect",
    "require",
    "require-env",
    "reset",
    "restart",
    "set",
    "sleep",
    "tags",
    "test-env",
    "unzip",
}
KNOWN = SINGLE_LINE | {"statement", "query", "skipif", "onlyif"}
COMPARATORS = ("<>", ">=", ">", "<=", "<", "=")
SORT_STYLES = {"nosort": "none", "none": "none", "rowsort": "rowsort", "sort": "rowsort", "valuesort": "valuesort"}


class ScriptError(Exception):
    """The file breaks the format; line counts from 1."""

    def __init__(self, line, message):
        super().__init__(message)
        self.line = line


def read_lines(path):
    with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        lines = file.read().replace("\r", "").split("\n")
    return lines[:-1] if lines and lines[-1] == "" else lines


def is_gap(line):
    return not line or line.startswith("#")


class Script:
    """A cursor over one file. An included file is read to its end before the file that includes it goes on."""

    def __init__(self, path):
        self.path = path
        self.lines = read_lines(path)
        self.position = 0
        self.started = False
        self.included = None

    @property
    def top(self):
        return self.included.top if self.included else self

    @property
    def line(self):
        return self.top.position + 1

    def fail(self, message):
        raise ScriptError(self.line, message)

    def include(self, path):
        try:
            self.top.included = Script(path)
        except OSError as error:
            self.fail(f"cannot read the included file {path}: {error.strerror}")

    def next_record(self):
        """Goes to the next record; false at the end of the file."""
        if self.included:
            if self.included.next_record():
                return True
            self.included = None
        if self.started:
            while self.position < len(self.lines) and not is_gap(self.lines[self.position]):
                self.position += 1
        self.started = True
        while self.position < len(self.lines) and is_gap(self.lines[self.position]):
            self.position += 1
        return self.position < len(self.lines)

    def next_line(self):
        self.top.position += 1

    def tokens(self):
        """(kind, parameters) of the current line."""
        top = self.top
        if top.position >= len(top.lines):
            self.fail("the file ends in the middle of a record")
        words = top.lines[top.position].split()
        if not words or words[0] not in KNOWN:
            self.fail(f"no such command: {top.lines[top.position]!r}")
        if words[0] in SINGLE_LINE and top.position + 1 < len(top.lines) and not is_gap(top.lines[top.position + 1]):
            self.fail(f"an empty line must follow {words[0]!r}")
        return words[0], words[1:]

    def statement(self):
        """The text of a statement, up to ---- or the end of the record."""
        top, found = self.top, []
        while top.position < len(top.lines) and not is_gap(top.lines[top.position]):
            if top.lines[top.position] == "----":
                break
            found.append(top.lines[top.position])
            top.position += 1
        return "\n".join(found)

    def at_expectation(self):
        top = self.top
        return top.position < len(top.lines) and top.lines[top.position] == "----"

    def expectation(self):
        """The lines after ----, up to an empty one: comments belong to them."""
        top, found = self.top, []
        if self.at_expectation():
            top.position += 1
        while top.position < len(top.lines) and top.lines[top.position]:
            found.append(top.lines[top.position])
            top.position += 1
        return found


class Condition:
    """skipif or onlyif over a loop's variable."""

    def __init__(self, script, text, skip_if):
        for comparator in COMPARATORS:
            if comparator in text:
                break
        sides = [side.strip() for side in text.split(comparator) if side]
        if len(sides) != 2:
            script.fail("skipif and onlyif take x=y or x>y, joined by &&")
        self.name, self.value = sides
        self.comparator, self.skip_if = comparator, skip_if

    def holds(self, value):
        if self.comparator == "=":
            return value == self.value
        if self.comparator == "<>":
            return value != self.value
        left, right = int(value), int(self.value)
        return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[self.comparator]


def conditions(script, text, skip_if):
    """The conditions in the parameter of skipif or onlyif; none where it names a system."""
    if not re.search("[=<>]", text):
        return []
    return [Condition(script, part, skip_if) for part in text.split("&&")]
