"""Limits: every constant is described, everything described exists, and each says how it is set or why it cannot be."""

import re

import tree


def constants():
    text = (tree.ROOT / "src/protocol/limits.hpp").read_text()
    return set(re.findall(r"^constexpr uint64_t (\w+)", text, re.MULTILINE))


def rows():
    """(limits, how they are set) of each row of the tables."""
    text = (tree.ROOT / "docs/limits.md").read_text()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `")]
    assert cells and {len(row) for row in cells} == {4}
    return [(re.findall(r"`(\w+)`", row[0]), row[2]) for row in cells]


def server_options():
    """The options that set a limit."""
    text = (tree.ROOT / "src/server/limit_options.cpp").read_text()
    return set(re.findall(r'"(--[a-z-]+)"', text)) | {"--drain-seconds"}


# Settings that choose a way and limit nothing.
CHOICES = {"skein_encoding", "skein_compression"}


def client_settings():
    text = (tree.ROOT / "src/client/skein_settings.cpp").read_text()
    return set(re.findall(r'"(skein_\w+)"', text)) - CHOICES


def test_described():
    described = [name for names, _ in rows() for name in names]
    assert sorted(constants()) == sorted(described)


def test_units():
    """A limit's name says what it counts, and so does a setting's."""
    wrong = [name for name in constants() if not re.search(r"_(bytes|rows|count|depth|us|ms|seconds)(_max|_default)?$", name)]
    wrong += [name for name in client_settings() if not re.search(r"_(bytes|count|ms)$", name)]
    assert not wrong, wrong


def test_each_is_set_by_something_or_says_why_not():
    wrong = []
    for names, set_by in rows():
        ways = re.findall(r"`(--[a-z-]+|skein_\w+)`", set_by)
        if any(name.endswith("_default") for name in names) != bool(ways) and names != ["upload_batch_bytes_max"]:
            wrong.append(f"{names}: {set_by}")
        if not ways and not re.match("fixed: .{20}", set_by):
            wrong.append(f"{names}: no option, no setting, no reason")
    assert not wrong, wrong


def test_every_option_and_setting_is_described_once():
    described = [way for _, set_by in rows() for way in re.findall(r"`(--[a-z-]+|skein_\w+)`", set_by)]
    assert sorted(described) == sorted(server_options() | client_settings())


def test_each_option_and_setting_is_tested():
    tests = "".join(path.read_text() for path in (tree.ROOT / "tests/e2e").glob("test_*.py"))
    untested = [way for way in server_options() | client_settings() if tests.count(way) < 2]
    assert not untested, untested
