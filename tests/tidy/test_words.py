"""Words and calls that must not appear."""

import re

import tree

# Written in pieces, so that this file does not name what it forbids.
EVERYWHERE = {
    r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b": "work left undone",
    r"(?<![\w.~])/(ro" r"ot|ho" r"me|wo" r"rk|opt/wh" r"eels)/": "a path of one machine",
    r"/tmp/[a-z]": "a path of one machine",
    r"\bpy" r"pi\.org|pythonho" r"sted|\bdeb\.deb" r"ian\.org|proxy\.gol" r"ang": "a registry's host name",
    r"(?i)\biss" r"ues? #?\d|\bassis" r"tant\b|\bAI ag" r"ent|\blanguage mo" r"del": "who worked on it does not belong here",
}
CPP_ONLY = {
    r"\.det" r"ach\(\)": "a thread must be joined",
    r"throw (duckdb::)?Internal" r"Exception": "it would invalidate the database for every client",
    r"\busing namespace std\b": "names of std are written out",
    r"\b(s?rand|gets|strcpy|strcat|sprintf|system)\(": "an unsafe call",
}
PYTHON_ONLY = {
    r"\bpk" r"ill\b|\bkill" r"all\b": "processes are ended by their id",
    r"\b88" r"15\b.*\b(host|port)=": "ports are chosen by the system",
}
# Where a rule's word is the subject.
EXEMPT = {"LICENSE", "CHANGELOG.md"}


def hits(paths, rules):
    found = []
    for path in paths:
        if tree.name(path) in EXEMPT:
            continue
        for number, line in enumerate(tree.lines(path), 1):
            for expression, reason in rules.items():
                if re.search(expression, line):
                    found.append(f"{tree.name(path)}:{number}: {reason}: {line.strip()[:100]}")
    return found


def test_everywhere():
    found = hits(tree.text_files(), EVERYWHERE)
    assert not found, "\n".join(found)


def test_cpp():
    found = hits([path for path in tree.cpp_files() if tree.name(path).startswith("src/")], CPP_ONLY)
    assert not found, "\n".join(found)


def test_python():
    found = hits([path for path in tree.files() if path.suffix == ".py"], PYTHON_ONLY)
    assert not found, "\n".join(found)
