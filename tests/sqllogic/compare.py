"""What passes in one run and not in another, grouped by the first line of the reason.

python -m tests.sqllogic.compare LOCAL ATTACHED [--yardstick FILE] [--files N]
"""

import argparse
import sys

from . import results


def compare(local, other, yardstick=None):
    """(names that count, the records of those that fail in the other run)."""
    names = [name for name, record in local.items() if record["status"] == "passed"]
    names = [name for name in names if name in other and other[name]["status"] != "skipped"]
    if yardstick is not None:
        names = [name for name in names if yardstick.get(name, {}).get("status") == "passed"]
    return names, [other[name] for name in names if other[name]["status"] in results.BAD]


def main(arguments=None):
    parser = argparse.ArgumentParser(description="what passes in one run and fails in another")
    parser.add_argument("local", help="the results of the run to measure against")
    parser.add_argument("other", help="the results to look at")
    parser.add_argument("--yardstick", help="results of a mode that need not be beaten: only files that pass there count")
    parser.add_argument("--files", type=int, default=5, help="how many files of a group to name; 0 means all")
    options = parser.parse_args(arguments)
    local, other = results.read(options.local), results.read(options.other)
    names, failed = compare(local, other, results.read(options.yardstick) if options.yardstick else None)
    passed = len(names) - len(failed)
    share = f"{100 * passed / len(names):.2f} %" if names else "-"
    for shape, records in results.groups(failed):
        print(f"{len(records):5}  {shape}")
        for record in sorted(records, key=lambda record: record["name"])[: options.files or None]:
            print(f"       {results.place(record)}: {results.first_line(record)[:150]}")
    skipped = sum(record["status"] == "passed" and other.get(name, {}).get("status") == "skipped" for name, record in local.items())
    print(f"{passed} of {len(names)} ({share}) of what passes in {options.local} also passes in {options.other}; {skipped} skipped there")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
