#!/usr/bin/env python3
"""Runs the checks of a sanitized build, which `make asan` and `make tsan` have made: build/asan, build/tsan.

    run_sanitized.py asan    unit tests, fuzz drivers (100,000 inputs each), all end-to-end tests, extension included
    run_sanitized.py tsan    unit tests, the end-to-end tests in which threads meet, with the released extension

Every process writes its reports into build/<name>/test-results/reports, also one that a test kills. A report fails the
run; which reports of ThreadSanitizer count is said in sanitizer_reports.py.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FUZZ_RUNS = 100_000

# Concurrent scans and uploads, transactions, interrupts, ends, several databases.
TSAN_E2E = ["test_many_clients.py", "test_kill.py", "test_interrupt.py", "test_server_streams.py", "test_server_signals.py",
            "test_service_transactions.py", "test_transactions.py", "test_snapshot.py", "test_insert_order.py", "test_counters.py",
            "test_attach.py", "test_databases.py", "test_concurrent_transactions.py"]


def preload(*names):
    """Libraries that a program linked without them starts with."""
    found = []
    for name in names:
        command = ["g++", f"-print-file-name=lib{name}.so"]
        found.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
        if not os.path.isabs(found[-1]):
            raise SystemExit(f"the compiler has no lib{name}.so")
    return " ".join(found)


# Arrow's own allocator would hide from a sanitizer where a buffer ends, and when it passes to another thread.
SYSTEM_ALLOCATOR = {"ARROW_DEFAULT_MEMORY_POOL": "system"}


def asan_environment(reports):
    common = f"log_path={reports}/report:abort_on_error=1:detect_stack_use_after_return=1"
    return {
        # Python and the tools that tests start give their memory back by ending.
        "ASAN_OPTIONS": f"{common}:detect_leaks=0",
        "SKEIN_SERVER_ASAN_OPTIONS": f"{common}:detect_leaks=1",
        "UBSAN_OPTIONS": f"log_path={reports}/report:print_stacktrace=1",
        **SYSTEM_ALLOCATOR,
    }


def tsan_environment(reports):
    # What DuckDB and Arrow do by way of malloc, free and memcpy is left out: they order it by atomic operations, which are
    # invisible. Locks are seen wherever they are taken, and so is every access our own code makes itself.
    options = f"ignore_interceptors_accesses=1:suppressions={ROOT}/tests/tsan.supp:history_size=7:second_deadlock_stack=1"
    # Reports alone must not change how a program ends: which of them count is decided afterwards.
    return {
        "TSAN_OPTIONS": f"{options}:exitcode=0:log_path={reports}/report",
        **SYSTEM_ALLOCATOR,
        "SKEIN_EXTENSION": os.environ.get("SKEIN_EXTENSION", str(ROOT / "build" / "release" / "skein.duckdb_extension")),
    }


def prepare(name):
    """Sets this process' environment, which all others inherit, and returns the folder of reports."""
    build = pathlib.Path(os.environ.setdefault("SKEIN_BUILD_DIR", str(ROOT / "build" / name))).resolve()
    if not (build / "distributed_server").exists():
        raise SystemExit(f"{build} holds no build: run `make {name}`")
    reports = build / "test-results" / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    os.environ["SKEIN_SANITIZER"] = name
    os.environ.update(asan_environment(reports) if name == "asan" else tsan_environment(reports))
    return build, reports


def run_asan(tests, build):
    for program in sorted((build / "unit").glob("unit_*")):
        yield program.name, tests.run_unit(program)
    for program in sorted((build / "fuzz").glob("fuzz_*")):
        yield program.name, tests.run_fuzz(program, FUZZ_RUNS)
    # Its wrapper of `throw` is made at its start, and needs the one it wraps by then: Python itself has no C++.
    os.environ["LD_PRELOAD"] = preload("asan", "stdc++")
    yield "end-to-end tests", tests.run_pytest("e2e", "tests/e2e")


def run_planted_race(build):
    """The proof that a race would be seen: two planted ones, with the options of this run, must both count."""
    import sanitizer_reports

    program = build / "planted_race"
    subprocess.run(
        ["g++", "-std=c++20", "-O1", "-g1", "-fsanitize=thread", ROOT / "tests" / "planted_race.cpp", "-o", program], check=True
    )
    with tempfile.TemporaryDirectory() as folder:
        options = f"{os.environ['TSAN_OPTIONS']}:log_path={folder}/report"
        subprocess.run([program], env={**os.environ, "TSAN_OPTIONS": options}, check=True, timeout=60)
        found = len(sanitizer_reports.findings_of_folder(folder))
    return (1, 0) if found == 2 else (0, 1)


def run_tsan(tests, build):
    yield "planted races", run_planted_race(build)
    for program in sorted((build / "unit").glob("unit_*")):
        yield program.name, tests.run_unit(program)
    yield "end-to-end tests", tests.run_pytest("e2e", *(f"tests/e2e/{name}" for name in TSAN_E2E))


def main():
    name = sys.argv[1]
    if name not in ("asan", "tsan"):
        raise SystemExit(__doc__)
    build, reports = prepare(name)
    sys.path.insert(0, str(ROOT / "scripts"))
    import run_tests
    import sanitizer_reports

    run_tests.RESULTS.mkdir(parents=True, exist_ok=True)
    passed = failed = 0
    for step, (step_passed, step_failed) in (run_asan if name == "asan" else run_tsan)(run_tests, build):
        run_tests.say(f"{step}: {step_passed} passed, {step_failed} failed")
        passed += step_passed
        failed += step_failed
    found = sanitizer_reports.findings_of_folder(reports)
    for path, report in found:
        print(f"==== {path}\n{report}\n")
    logs = len(list(reports.glob("report*")))
    print(f"{passed} passed, {failed} failed, {len(found)} reports that count in {logs} logs", flush=True)
    return 1 if failed or found or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
