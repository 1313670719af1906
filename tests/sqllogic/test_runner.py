"""The runner proves itself: every planted mistake is found at its line, and what ends badly is told apart."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.sqllogic import compare, modes, results
from tests.sqllogic.pool import Pool

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
PLANTED = sorted((FOLDER / "planted").glob("*.test"))
SECONDS = 60


def planted_line(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    above = [number for number, line in enumerate(lines, 1) if line == "# planted"]
    assert len(above) == 1
    # A condition stands before the record that it belongs to.
    line = above[0] + 1
    return line + 1 if lines[line - 1].startswith(("onlyif", "skipif")) else line


def run_pytest(*arguments):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.sqllogic.plugin", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def planted_run(tmp_path_factory):
    """One run of the plugin over a copy of all planted files: its output and its records."""
    folder = tmp_path_factory.mktemp("planted")
    shutil.copytree(FOLDER / "planted", folder / "test" / "planted")
    kept = folder / "results.jsonl"
    outcome = run_pytest(folder / "test", "--sqllogic-results", kept, "--sqllogic-workers", 2)
    return outcome, results.read(kept)


def test_twenty_are_planted(planted_run):
    outcome, records = planted_run
    assert len(PLANTED) >= 20
    assert outcome.returncode == 1
    assert f"0 of {len(PLANTED)} files pass" in outcome.stdout
    assert len(records) == len(PLANTED)


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_planted_mistake_is_found(planted_run, path):
    outcome, records = planted_run
    record = records[f"test/planted/{path.name}"]
    assert (record["status"], record["line"]) == ("failed", planted_line(path)), record
    assert f"test/planted/{path.name}:{record['line']}: {results.first_line(record)}" in outcome.stdout


@pytest.fixture(scope="module")
def pools(tmp_path_factory):
    """pools(**mode): a pool of one worker for each mode, shared by the tests of this file."""
    folder, known = tmp_path_factory.mktemp("pools"), {}

    def get(**content):
        key = json.dumps(content, sort_keys=True)
        if key not in known:
            known[key] = Pool(modes.Mode("own", content), folder, 1)
        return known[key]

    yield get
    for pool in known.values():
        pool.close()


@pytest.fixture
def run_text(pools, tmp_path):
    """run(text, seconds=..., **mode): the record of one file with that text."""

    def run(text, seconds=SECONDS, **content):
        path = tmp_path / "one.test"
        path.write_text(text)
        return pools(**content).submit(path, "one.test", seconds).result()

    return run


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_file_that_hangs_ends_at_its_limit(run_text):
    record = run_text("statement ok\nSELECT count(*) FROM range(1000000000) a, range(1000000000) b\n", seconds=1)
    assert (record["status"], record["line"]) == ("timeout", 1)


def test_a_crash_is_one_file_s_failure(pools, run_text, tmp_path):
    path = tmp_path / "crash.test"
    path.write_text("statement ok\nCOPY (SELECT 1) TO '{TEST_DIR}/../started.csv'\n\nsleep 60 seconds\n")
    pool = pools()
    future = pool.submit(path, "crash.test", SECONDS)
    started = pathlib.Path(pool.temporary.name) / "started.csv"
    while not started.exists() and not future.done():
        time.sleep(0.01)
    (child,) = children_of(pool.processes[0].process.pid)
    os.kill(child, signal.SIGSEGV)
    record = future.result()
    assert (record["status"], record["reason"]) == ("crashed", "the process ended by signal SIGSEGV")
    assert record["line"] in (1, 4)
    assert run_text("statement ok\nSELECT 1\n")["status"] == "passed"


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("statement ok\nSELECT 1\n\nstatment ok\nSELECT 1\n", 4, "no such command"),
        ("query\nSELECT 1\n", 1, "query takes"),
        ("query IX\nSELECT 1\n", 1, "query takes"),
        ("statement error\nSELECT x\n", 3, "expected error"),
        ("statement ok\nSELECT 1\n----\n1\n", 3, "expected error"),
        ("loop i 0 2\n\nstatement ok\nSELECT 1\n", 5, "endloop"),
        ("endloop\n", 1, "without a loop"),
        ("halt\nstatement ok\nSELECT 1\n", 1, "empty line"),
        ("continue\n", 1, "outside of a loop"),
        ("mode quick\n", 1, "no mode"),
        ("require\n", 1, "require takes"),
        ("include none.test\n", 1, "cannot read"),
        ("reset label none\n", 1, "no label"),
        ("sleep 1 year\n", 1, "sleep takes"),
        ("concurrentloop i 0 2\n\nrestart\n\nendloop\n", 1, "cannot run in parallel"),
    ],
)
def test_a_file_that_breaks_the_format_fails(run_text, text, line, part):
    record = run_text(text)
    assert (record["status"], record["line"]) == ("failed", line), record
    assert part in record["reason"]


def test_a_file_without_remote_statements_fails(run_text):
    assert run_text("statement ok\nSELECT 1\n", remote_statements="SELECT 0")["reason"] == "no statement was remote"
    # What was counted before the file began is not its own.
    assert run_text("statement ok\nSELECT 1\n", remote_statements="SELECT 7")["status"] == "failed"
    counted = run_text("statement ok\nCREATE TABLE t (i INTEGER)\n", remote_statements="SELECT count(*) FROM duckdb_tables()")
    assert (counted["status"], counted["remote_statements"]) == ("passed", 1)


def test_requirements_and_modes_skip_whole_files(run_text):
    assert run_text("require ram 1000tb\n")["reason"] == "require ram 1000tb"
    assert run_text("require-env NO_SUCH_NAME\n")["status"] == "skipped"
    assert run_text("statement ok\nFROM nowhere\n", skip_error_messages=["nowhere"])["status"] == "skipped"
    assert run_text("load {TEST_DIR}/x.db\n", on_load="skip")["status"] == "skipped"


def test_a_mode_prepares_every_connection(run_text):
    text = "query T\nSELECT current_catalog()\n----\nother\n\nquery T con1\nSELECT current_catalog()\n----\nother\n"
    text += "\nconcurrentloop i 0 2\n\nquery T\nSELECT current_catalog()\n----\nother\n\nendloop\n\nrestart\n\nquery T\nSELECT current_catalog()\n----\nother\n"
    record = run_text(text, on_init="ATTACH ':memory:' AS other", on_new_connection="USE other")
    assert record["status"] == "passed", record


def test_a_run_goes_on_where_it_ended_and_leaves_out_what_a_list_names(tmp_path):
    folder = tmp_path / "test"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.test").write_text("statement ok\nSELECT 1\n")
    (folder / "c.test").write_text("statement ok\nFROM nowhere\n")
    skips = tmp_path / "skips.json"
    skips.write_text(json.dumps({"skip_tests": [{"reason": "a reason", "paths": ["test/c.test"]}]}))
    kept = tmp_path / "results.jsonl"
    kept.write_text(json.dumps({"name": "test/a.test", "status": "failed", "line": 1, "reason": "as before"}) + '\n{"name": "test/b')
    outcome = run_pytest(folder, "--sqllogic-results", kept, "--sqllogic-resume", "--sqllogic-skips", skips)
    assert "test/a.test:1: as before" in outcome.stdout
    assert "1 of 2 files pass (50.00 %), 1 skipped" in outcome.stdout
    assert "a reason" in outcome.stdout


def test_a_skip_needs_a_reason():
    with pytest.raises(ValueError, match="has no reason"):
        modes.Mode("own", {"skip_tests": [{"paths": ["test/a.test"]}]})
    with pytest.raises(ValueError, match="unknown keys"):
        modes.Mode("own", {"skip": []})


def test_a_mode_names_lists():
    name = "duckdb_2026_08_20_plans.json"
    content = json.loads((modes.SKIPS / name).read_text())["skip_tests"][0]
    mode = modes.Mode("own", {"skip_tests": [{"reason": "own", "paths": ["test/a.test"]}], "skip_lists": [name]})
    assert mode.skip_reason(content["paths"][0]) == content["reason"]
    assert (mode.skip_reason("test/a.test"), mode.skip_reason("test/b.test")) == ("own", None)
    assert modes.load("attached").skip_reason(content["paths"][0]) is None
    assert modes.load("attached_scored").skip_reason(content["paths"][0]) == content["reason"]


@pytest.mark.parametrize("path", sorted(modes.FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_mode_can_be_read(path):
    assert modes.load(path.stem).description


@pytest.mark.parametrize("path", sorted((FOLDER / "skips").glob("*.json")), ids=lambda path: path.stem)
def test_every_list_of_skips_can_be_read(path):
    assert modes.load("local").with_skips(path).skipped


def test_compare_lists_what_only_passes_locally(tmp_path, capsys):
    def write(name, **statuses):
        lines = [json.dumps({"name": f"test/{file}.test", "status": status, "reason": f"no table 'x{file}'"}) for file, status in statuses.items()]
        (tmp_path / name).write_text("\n".join(lines))
        return str(tmp_path / name)

    local = write("local", a="passed", b="passed", c="passed", d="failed", e="passed")
    attached = write("attached", a="passed", b="failed", c="failed", d="failed", e="failed")
    yardstick = write("yardstick", a="passed", b="passed", c="passed", e="failed")
    assert compare.main([local, attached]) == 1
    output = capsys.readouterr().out
    assert "1 of 4 (25.00 %)" in output
    assert "3  failed: no table" in output
    compare.main([local, attached, "--yardstick", yardstick])
    output = capsys.readouterr().out
    assert "1 of 3 (33.33 %)" in output
    assert "2  failed: no table" in output
