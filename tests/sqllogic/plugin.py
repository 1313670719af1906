"""The pytest plugin: collects test files, runs them in workers, reports each as one test.

    python -m pytest -p tests.sqllogic.plugin FOLDER --sqllogic-mode attached --sqllogic-workers 2
"""

import os
import pathlib

import pytest

from . import modes, results
from .pool import Pool

SUFFIXES = {".test", ".test_slow", ".test_coverage"}
SLOW_FACTOR = 5
OWN_TREE = pathlib.Path(__file__).resolve().parent.parent.parent


def pytest_addoption(parser):
    group = parser.getgroup("sqllogic", "test files in the sqllogictest format")
    group.addoption("--sqllogic-mode", default="local", help="a mode's name, or the path of a JSON file")
    group.addoption("--sqllogic-skips", action="append", default=[], help="a JSON file with skip_tests, on top of the mode's")
    group.addoption("--sqllogic-root", help="the folder that files name their data from; default: above the folder `test`")
    group.addoption("--sqllogic-workers", type=int, default=os.cpu_count(), help="how many files run at the same time")
    group.addoption("--sqllogic-seconds", type=int, default=120, help="the time limit of a file; five times as much for .test_slow")
    group.addoption("--sqllogic-results", help="a file to which every record is appended as a line of JSON")
    group.addoption("--sqllogic-resume", action="store_true", help="files that the results already hold do not run again")
    group.addoption("--sqllogic-slow", action="store_true", help="collect .test_slow, too")


def pytest_configure(config):
    try:
        mode = modes.load(config.getoption("sqllogic_mode"))
        for path in config.getoption("sqllogic_skips"):
            mode = mode.with_skips(path)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(Session(config, mode), "sqllogic-session")


def root_of(path, option):
    """The folder that a file's own name and its data paths start from."""
    if option:
        return pathlib.Path(option).resolve()
    above = [parent for parent in path.parents if parent.name == "test"]
    if above:
        return above[-1].parent
    return OWN_TREE if path.is_relative_to(OWN_TREE) else path.parent


def pytest_ignore_collect(collection_path):
    """Python files in the tree of another project are not run."""
    if collection_path.suffix == ".py" and not collection_path.resolve().is_relative_to(OWN_TREE):
        return True
    return None


class Session:
    def __init__(self, config, mode):
        self.config, self.mode = config, mode
        self.pools, self.futures, self.records = {}, {}, []
        self.store = None
        self.named = {pathlib.Path(argument.split("::")[0]).resolve() for argument in config.args}

    def pytest_collect_file(self, file_path, parent):
        if file_path.suffix not in SUFFIXES:
            return None
        if file_path.suffix != ".test" and not self.config.getoption("sqllogic_slow") and file_path not in self.named:
            return None
        return TestFile.from_parent(parent, path=file_path)

    def pytest_runtestloop(self, session):
        """Hands out all files before the first is waited for."""
        items = [item for item in session.items if isinstance(item, TestItem)]
        if session.config.option.collectonly or not items:
            return
        self.store = results.Store(self.config.getoption("sqllogic_results"), self.config.getoption("sqllogic_resume"))
        for item in items:
            root = root_of(item.path, self.config.getoption("sqllogic_root"))
            item.sqllogic_name = item.path.relative_to(root).as_posix() if item.path.is_relative_to(root) else str(item.path)
            if item.sqllogic_name in self.store.known or self.mode.skip_reason(item.sqllogic_name):
                continue
            if root not in self.pools:
                self.pools[root] = Pool(self.mode, root, self.config.getoption("sqllogic_workers"), self.store.keep)
            seconds = self.mode.seconds or self.config.getoption("sqllogic_seconds")
            seconds *= SLOW_FACTOR if item.path.suffix == ".test_slow" else 1
            self.futures[item] = self.pools[root].submit(item.path, item.sqllogic_name, seconds)

    def record_of(self, item):
        reason = self.mode.skip_reason(item.sqllogic_name)
        if reason:
            record = {"name": item.sqllogic_name, "mode": self.mode.name, "status": "skipped", "reason": reason}
        elif item in self.futures:
            record = self.futures[item].result()
        else:
            record = self.store.known[item.sqllogic_name]
        self.records.append(record)
        return record

    def pytest_sessionfinish(self, session):
        for pool in self.pools.values():
            pool.close()
        if self.store:
            self.store.close()

    def pytest_terminal_summary(self, terminalreporter):
        if not self.records:
            return
        terminalreporter.section(f"test files, mode {self.mode.name}")
        width = max(len(folder) for folder, *_ in results.folder_scores(self.records))
        for folder, passed, failed, skipped in results.folder_scores(self.records):
            score = f"{100 * passed / (passed + failed):5.1f} %" if passed + failed else "      -"
            terminalreporter.write_line(f"{folder:{width}}  {score}  {passed} passed, {failed} failed, {skipped} skipped")
        for reason, count in results.skip_reasons(self.records):
            terminalreporter.write_line(f"{count} skipped: {reason}")
        bad = [record for record in self.records if record["status"] in results.BAD]
        for record in bad:
            terminalreporter.write_line(f"{results.place(record)}: {results.first_line(record)}")
        passed = sum(record["status"] == "passed" for record in self.records)
        run = passed + len(bad)
        share = f"{100 * passed / run:.2f} %" if run else "-"
        terminalreporter.write_line(f"{passed} of {run} files pass ({share}), {len(self.records) - run} skipped")


class TestFile(pytest.File):
    def collect(self):
        yield TestItem.from_parent(self, name=self.path.name)


class FileFailed(Exception):
    pass


class TestItem(pytest.Item):
    def runtest(self):
        record = self.config.pluginmanager.get_plugin("sqllogic-session").record_of(self)
        if record["status"] == "skipped":
            pytest.skip(record["reason"])
        if record["status"] in results.BAD:
            raise FileFailed(record)

    def repr_failure(self, excinfo):
        if not isinstance(excinfo.value, FileFailed):
            return super().repr_failure(excinfo)
        record = excinfo.value.args[0]
        parts = [f"{results.place(record)}: {record['status']}", record.get("sql", ""), record["reason"], record.get("noise", "")]
        return "\n".join(part for part in parts if part)

    def reportinfo(self):
        return self.path, None, self.nodeid
