#!/usr/bin/env python3
"""Reads what sanitizers reported during a run, and says what of it counts.

    sanitizer_reports.py FOLDER      prints the reports that count; the exit code is 1 where there are any

AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer: every report counts; a note that more memory was asked for
than there is does not: the program is told so, as by any malloc. ThreadSanitizer: DuckDB and Arrow are
not instrumented, so what they synchronize by atomic operations is invisible and much of what is reported beneath them
never happens. A report about two threads (a data race, for example) therefore counts only where both stacks hold a
frame of ours, that is of the namespace skein, and not where the memory is of an allocator inside DuckDB, which gives it from
one thread to the next unseen. All others count wherever they come from: a mutex used after its end, an
inversion of locks, a thread that was never joined.
"""

import pathlib
import re
import sys

BEGIN = re.compile(r"^WARNING: ThreadSanitizer: (?P<kind>.+?) \(pid=\d+\)")
FRAME = re.compile(r"^\s*#\d+ (?P<function>.*)$")
# "Write of size 8 at 0x7b04 by thread T5 (mutexes: write M1):", "Previous atomic read of size 1 at ... by main thread:".
ACCESS = re.compile(r"^  (?:Previous )?(?:[Aa]tomic )?(?:[Rr]ead|[Ww]rite) of size \d+ at 0x(?P<address>[0-9a-f]+) by ")
# Above the heap of ThreadSanitizer's malloc: mapped memory.
MAPPED = 0x7C0000000000
# Arrow asks for what a malformed message says; drivers of the fuzz tests let it.
REFUSED_MEMORY = re.compile(r"^==\d+==WARNING: AddressSanitizer failed to allocate 0x[0-9a-f]+ bytes\n?", re.MULTILINE)
OURS = re.compile(r"(?:^|[^\w:])skein::")


def stacks(lines):
    """[(heading, [frames])] of one report, in order."""
    found = []
    for line in lines:
        frame = FRAME.match(line)
        if frame and found:
            found[-1][1].append(frame["function"])
        elif line.startswith("  ") and line.rstrip().endswith(":"):
            found.append((line.rstrip(), []))
    return found


def is_ours(frames):
    return any(OURS.search(frame) for frame in frames)


def is_of_foreign_allocator(lines):
    """Mapped memory that is no block, stack or global of ours."""
    accesses = [access for access in map(ACCESS.match, lines) if access]
    return (
        bool(accesses)
        and all(int(access["address"], 16) >= MAPPED for access in accesses)
        and not any(line.startswith("  Location is") for line in lines)
    )


def thread_reports(text):
    """[(kind, lines)] of a log of ThreadSanitizer's."""
    found = []
    lines = None
    for line in text.splitlines():
        begin = BEGIN.match(line)
        if begin:
            lines = []
            found.append((begin["kind"], lines))
        elif line.startswith("SUMMARY: ThreadSanitizer") or line.startswith("=================="):
            lines = None
        elif lines is not None:
            lines.append(line)
    return found


def counts(kind, lines):
    """Whether a report of ThreadSanitizer's is a finding of ours."""
    if is_of_foreign_allocator(lines):
        return False
    accesses = [frames for heading, frames in stacks(lines) if ACCESS.match(heading)]
    if len(accesses) == 2:
        return all(map(is_ours, accesses))
    # One stack could not be restored, or the report has no two sides.
    return kind not in ("data race", "heap-use-after-free") or any(map(is_ours, accesses))


def findings(text):
    """The reports in one log that count, as texts."""
    text = REFUSED_MEMORY.sub("", text)
    if "ThreadSanitizer" not in text:
        return [text] if text.strip() else []
    parts = [f"{kind}\n" + "\n".join(lines) for kind, lines in thread_reports(text) if counts(kind, lines)]
    if "FATAL: ThreadSanitizer" in text or "ThreadSanitizer:DEADLYSIGNAL" in text:
        parts.append(text)
    return parts


def findings_of_folder(folder):
    """[(file, report)] of all logs in it."""
    return [(path, report) for path in sorted(pathlib.Path(folder).glob("report*")) for report in findings(path.read_text(errors="replace"))]


def main():
    found = findings_of_folder(sys.argv[1])
    for path, report in found:
        print(f"==== {path.name}\n{report}\n")
    print(f"{len(found)} reports that count in {len(list(pathlib.Path(sys.argv[1]).glob('report*')))} logs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
