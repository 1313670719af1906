"""The format of the sources is clang-format's, and names follow DuckDB's style."""

import re
import subprocess
import sys
import pathlib

import tree

CLANG_FORMAT = pathlib.Path(sys.executable).parent / "clang-format"


def test_clang_format():
    paths = tree.cpp_files()
    assert paths
    result = subprocess.run([CLANG_FORMAT, "--dry-run", "-Werror", *paths], capture_output=True, text=True, cwd=tree.ROOT)
    wrong = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", result.stderr, re.MULTILINE)))
    assert result.returncode == 0, "run `make fmt`; it would change: " + ", ".join(wrong)


def test_file_names_are_snake_case():
    wrong = [tree.name(path) for path in tree.cpp_files() if not re.fullmatch(r"[a-z0-9_]+", path.stem)]
    assert not wrong


def test_text_ends_with_one_newline_and_no_line_with_blanks():
    wrong = []
    for path in tree.text_files():
        text = path.read_text(encoding="utf-8")
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            wrong.append(f"{tree.name(path)}: does not end with one newline")
        if "\r" in text:
            wrong.append(f"{tree.name(path)}: carriage returns")
        if path.suffix != ".md":
            wrong += [f"{tree.name(path)}:{i}: ends with blanks" for i, line in enumerate(text.split("\n"), 1) if line != line.rstrip()]
    assert not wrong, "\n".join(wrong)


def test_headers_say_what_they_are_and_are_included_once():
    wrong = []
    for path in tree.cpp_files():
        if path.suffix == ".hpp" and tree.name(path).startswith("src/"):
            content = tree.lines(path)
            if not content[0].startswith("//!"):
                wrong.append(f"{tree.name(path)}: does not start with a //! comment on its purpose")
            if "#pragma once" not in content:
                wrong.append(f"{tree.name(path)}: no #pragma once")
    assert not wrong, "\n".join(wrong)
