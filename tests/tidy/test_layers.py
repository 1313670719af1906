"""The arrows of the layout: who may include whom."""

import re

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')

# The first pattern that matches a file says what it must not include.
RULES = [
    ("src/protocol/", ["client/", "server/", "codec/", "duckdb"]),
    ("src/client/transport/", ["server/", "codec/", "duckdb"]),
    ("src/client/distributed_flight_client.", ["server/", "codec/", "duckdb"]),
    ("src/client/", ["server/"]),
    ("src/server/", ["client/"]),
    ("src/codec/", ["client/", "server/"]),
]


def test_layers():
    wrong = []
    for path in tree.cpp_files():
        name = tree.name(path)
        forbidden = next((rule for prefix, rule in RULES if name.startswith(prefix)), [])
        for number, line in enumerate(tree.lines(path), 1):
            match = INCLUDE.match(line)
            if match and any(match[1].startswith(prefix) for prefix in forbidden):
                wrong.append(f"{name}:{number}: must not include {match[1]}")
    assert not wrong, "\n".join(wrong)


def test_includes_start_at_the_source_root():
    wrong = []
    for path in tree.cpp_files():
        if not tree.name(path).startswith("src/"):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if match and not match[1].startswith("duckdb") and not (tree.ROOT / "src" / match[1]).exists():
                wrong.append(f"{tree.name(path)}:{number}: {match[1]} is not a path from src/")
    assert not wrong, "\n".join(wrong)
