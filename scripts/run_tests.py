#!/usr/bin/env python3
"""Runs every check: unit tests, fuzz drivers over their seeds, end-to-end tests with the examples, and the house rules.

Ends with the sum, one line: "N passed, M failed". Writes the same line into the file SKEIN_TEST_SUMMARY names.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("SKEIN_BUILD_DIR", ROOT / "build" / "release")).resolve()
RESULTS = BUILD / "test-results"
# A program that takes this long hangs.
PROGRAM_SECONDS = 900
FUZZ_RUNS = 100_000
# Drivers that ask the engine take a tenth of a millisecond for each input.
FUZZ_OF_ENGINE = {"frame", "record_batch", "service", "startup_files", "type_text"}
FUZZ_RUNS_OF_ENGINE = 20_000
CORPUS = ROOT / "tests" / "fuzz" / "corpus"


def say(text):
    print(f"[skein] {text}", flush=True)


def run_program(command, **named):
    """The exit code, or a text where the program hung."""
    try:
        return subprocess.run(command, timeout=PROGRAM_SECONDS, **named).returncode
    except subprocess.TimeoutExpired:
        return f"no end after {PROGRAM_SECONDS} s"


def run_unit(program):
    report = RESULTS / f"{program.name}.json"
    report.unlink(missing_ok=True)
    code = run_program([program, "--gtest_brief=1", f"--gtest_output=json:{report}"])
    if not report.exists():
        say(f"{program.name} ended with {code} and without a report")
        return 0, 1
    counts = json.loads(report.read_text())
    failed = counts["failures"] + counts.get("errors", 0)
    passed = counts["tests"] - failed - counts.get("disabled", 0)
    if counts["tests"] == 0:
        say(f"{program.name} holds no tests")
        failed = 1
    elif code != 0 and failed == 0:
        say(f"{program.name} ended with {code}")
        failed = 1
    return passed, failed


def run_fuzz(program, runs=None):
    """The corpus and a fixed number of seeded mutations of it: the same inputs each time."""
    name = program.name.removeprefix("fuzz_")
    if name.startswith("planted_"):
        return run_planted(program, name)
    if runs is None:
        runs = FUZZ_RUNS_OF_ENGINE if name in FUZZ_OF_ENGINE else FUZZ_RUNS
    code = run_program([program, f"-runs={runs}", "-seed=1", CORPUS / name], cwd=RESULTS, stdout=subprocess.DEVNULL)
    if code != 0:
        say(f"{program.name} ended with {code}; its input is in {RESULTS}")
    return (1, 0) if code == 0 else (0, 1)


def without_logs():
    """The environment of a program whose findings are planted: none of them counts as one."""
    environment = dict(os.environ)
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        environment.pop(name, None)
    return environment


def run_planted(program, name):
    """The proof of the harness: a planted mistake must end the run, and the input kept must do so alone. Overflow is one
    that only a sanitizer sees."""
    sanitized = os.environ.get("SKEIN_SANITIZER") == "asan"
    expected = name == "planted_overread" or sanitized
    with tempfile.TemporaryDirectory(dir=RESULTS) as folder:

        def run(*arguments):
            return run_program(
                [program, *arguments], cwd=folder, env=without_logs(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )

        found = run(f"-runs={FUZZ_RUNS_OF_ENGINE}", "-seed=1", CORPUS / name) not in (0, None)
        kept = sorted(pathlib.Path(folder).glob("crash-*"))
        alone = bool(kept) and run("-runs=0", kept[0]) != 0
    good = found and alone if expected else not found
    if not good:
        say(f"{program.name}: found {found}, input kept {len(kept)}, found by it alone {alone}; expected a finding: {expected}")
    return (1, 0) if good else (0, 1)


def run_pytest(name, *places):
    report = RESULTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    code = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--durations=5", f"--junitxml={report}", *places], cwd=ROOT
    ).returncode
    if not report.exists():
        say(f"pytest ended with {code} and without a report")
        return 0, 1
    passed = failed = 0
    for suite in xml.etree.ElementTree.parse(report).getroot().iter("testsuite"):
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        passed += int(suite.get("tests", 0)) - bad - int(suite.get("skipped", 0))
        failed += bad
    if code != 0 and failed == 0:
        failed = 1
    return passed, failed


def steps():
    for program in sorted((BUILD / "unit").glob("unit_*")):
        yield f"unit tests: {program.name}", lambda program=program: run_unit(program)
    for program in sorted((BUILD / "fuzz").glob("fuzz_*")):
        yield f"fuzz driver: {program.name}", lambda program=program: run_fuzz(program)
    yield "house rules", lambda: run_pytest("tidy", "tests/tidy")
    yield "scripts", lambda: run_pytest("scripts", "tests/scripts")
    yield "test files", lambda: run_pytest("sqllogic", "-p", "tests.sqllogic.plugin", "tests/sqllogic", "test/sql")
    attached = ("-p", "tests.sqllogic.plugin", "test/sql", "--sqllogic-mode")
    yield "test files, attached", lambda: run_pytest("sqllogic_attached", *attached, "attached")
    yield "test files, attached, in pieces", lambda: run_pytest("sqllogic_scans", *attached, "attached_scans")
    yield "end-to-end tests", lambda: run_pytest("e2e", "tests/e2e")


def main():
    RESULTS.mkdir(parents=True, exist_ok=True)
    total_passed = total_failed = 0
    rows = []
    for name, step in steps():
        say(name)
        started = time.monotonic()
        passed, failed = step()
        rows.append((name, passed, failed, time.monotonic() - started))
        total_passed += passed
        total_failed += failed
    for name, passed, failed, seconds in rows:
        say(f"{name}: {passed} passed, {failed} failed, {seconds:.0f} s")
    summary = f"{total_passed} passed, {total_failed} failed"
    if "SKEIN_TEST_SUMMARY" in os.environ:
        pathlib.Path(os.environ["SKEIN_TEST_SUMMARY"]).write_text(summary + "\n")
    print(summary, flush=True)
    return 1 if total_failed or not total_passed else 0


if __name__ == "__main__":
    sys.exit(main())
