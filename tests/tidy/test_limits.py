"""Limits: every constant is described, and everything described exists."""

import re

import tree


def constants():
    text = (tree.ROOT / "src/protocol/limits.hpp").read_text()
    return set(re.findall(r"^constexpr uint64_t (\w+)", text, re.MULTILINE))


def described():
    text = (tree.ROOT / "docs/limits.md").read_text()
    return {name for name in re.findall(r"`(\w+)`", text) if re.search(r"_(max|ms|default)$", name)}


def test_described():
    assert constants() == described()


def test_units():
    """A limit's name says what it counts."""
    wrong = [name for name in constants() if not re.search(r"_(bytes|rows|count|ms|seconds)(_max|_default)?$", name)]
    assert not wrong, wrong
