"""What is written in several places says the same in each."""

import json
import re

import tree


def find(path, expression):
    match = re.search(expression, (tree.ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    assert match, f"{path} holds nothing like {expression}"
    return match[1]


def test_duckdb_version():
    version = find("scripts/common.sh", r"^DUCKDB_VERSION=(\S+)")
    assert find("cmake/SkeinDuckDB.cmake", r"SKEIN_DUCKDB_VERSION (\S+)\)") == version
    assert find("tests/requirements.txt", r"^duckdb==(\S+)") == version


def test_arrow_version():
    version = find("scripts/common.sh", r"^PYARROW_VERSION=(\S+)")
    assert find("cmake/SkeinArrowFlight.cmake", r"SKEIN_PYARROW_VERSION (\S+)\)") == version
    assert find("tests/requirements.txt", r"^pyarrow==(\S+)") == version


def test_skein_version():
    version = find("src/protocol/version.hpp", r'SKEIN_VERSION = "(\S+)"')
    assert find("CHANGELOG.md", r"^## (\d\S*)") == version
    assert json.loads((tree.ROOT / "vcpkg.json").read_text())["version"] == version


def test_vcpkg_manifest():
    manifest = json.loads((tree.ROOT / "vcpkg.json").read_text())
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", manifest["name"])
    ports = {}
    for entry in manifest["dependencies"]:
        entry = {"name": entry} if isinstance(entry, str) else entry
        assert set(entry) <= {"name", "features", "default-features", "host", "platform", "version>="}
        ports[entry["name"]] = entry
    assert {"openssl", "arrow", "grpc", "protobuf"} <= set(ports)
    assert {"filesystem", "flight", "parquet"} <= set(ports["arrow"]["features"])


def test_requirements_are_pinned():
    for line in tree.lines(tree.ROOT / "tests" / "requirements.txt"):
        assert not line or line.startswith("#") or re.fullmatch(r"[\w-]+==[\w.]+", line), line
