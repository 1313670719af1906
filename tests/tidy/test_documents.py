"""Documents: every relative link and every file they name is there."""

import re

import tree


def documents():
    return [path for path in tree.files() if path.suffix == ".md"]


def test_links():
    wrong = []
    for path in documents():
        for number, line in enumerate(tree.lines(path), 1):
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
                if "://" not in target and not (path.parent / target).exists():
                    wrong.append(f"{tree.name(path)}:{number}: {target} does not exist")
    assert not wrong, "\n".join(wrong)


def test_files_named():
    """What a document names in code quotes as a file of the tree exists."""
    wrong = []
    for path in documents():
        if path.name == "CHANGELOG.md":
            continue
        for number, line in enumerate(tree.lines(path), 1):
            for name in re.findall(r"`((?:src|tests|docs|scripts|cmake|demo|bench|examples)/[\w./-]+)`", line):
                if not (tree.ROOT / name.rstrip("/")).exists():
                    wrong.append(f"{tree.name(path)}:{number}: {name} does not exist")
    assert not wrong, "\n".join(wrong)
