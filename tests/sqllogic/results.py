"""Records of runs: kept as lines of JSON, so that a run can go on where it ended; counted and grouped."""

import collections
import json
import pathlib
import re

BAD = ("failed", "crashed", "timeout")


class Store:
    """Appends every record to a file as soon as it is there. Without a path nothing is kept."""

    def __init__(self, path, resume):
        self.known = read(path) if path and resume and pathlib.Path(path).exists() else {}
        self.file = open(path, "w", encoding="utf-8") if path else None
        for record in self.known.values():
            self.keep(record)

    def keep(self, record):
        if self.file:
            self.file.write(json.dumps(record) + "\n")
            self.file.flush()

    def close(self):
        if self.file:
            self.file.close()


def read(path):
    """{name: record}; the last record of a name counts. A line that a killed run left half written is passed over."""
    found = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        found[record["name"]] = record
    return found


def folder_of(name, depth):
    return "/".join(name.split("/")[:-1][:depth]) or "."


def folder_scores(records, depth=3):
    """[(folder, passed, failed, skipped)], sorted."""
    scores = collections.defaultdict(collections.Counter)
    for record in records:
        kind = "failed" if record["status"] in BAD else record["status"]
        scores[folder_of(record["name"], depth)][kind] += 1
    return [(folder, count["passed"], count["failed"], count["skipped"]) for folder, count in sorted(scores.items())]


def skip_reasons(records):
    return collections.Counter(first_line(record) for record in records if record["status"] == "skipped").most_common()


def first_line(record):
    return (record.get("reason") or "").strip().split("\n")[0]


def place(record):
    return f"{record['name']}:{record['line']}" if record.get("line") else record["name"]


def shape(record):
    """The first line of a reason without what differs from file to file: names, numbers, values."""
    text = first_line(record)
    if re.match(r"row \d+, column \d+ \(explain_value\)", text):
        return "another plan"
    text = re.sub(r"row \d+, column \d+ .*", "a wrong value", text)
    text = re.sub(r'"[^"]*"|\'[^\']*\'|`[^`]*`', "'…'", text)
    text = re.sub(r"/[\w./-]+", "/…", text)
    text = re.sub(r"\b[0-9a-f]{8,}\b|\d+(\.\d+)?", "#", text)
    return text[:160]


def groups(records):
    """[(shape, records)], the largest group first."""
    found = collections.defaultdict(list)
    for record in records:
        found[f"{record['status']}: {shape(record)}"].append(record)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
