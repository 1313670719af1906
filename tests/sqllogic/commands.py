"""What a record does when it runs. Commands are made while a file is read, and run at once or as part of a loop."""

import dataclasses
import gzip
import pathlib
import random
import shutil
import threading
import time

from . import capi
from .checking import Mismatch, QueryCheck, check_statement
from .collections_of_types import expand

SECONDS = {
    "second": 1,
    "seconds": 1,
    "sec": 1,
    "millisecond": 1e-3,
    "milliseconds": 1e-3,
    "milli": 1e-3,
    "microsecond": 1e-6,
    "microseconds": 1e-6,
    "micro": 1e-6,
    "nanosecond": 1e-9,
    "nanoseconds": 1e-9,
    "nano": 1e-9,
}


class Failure(Exception):
    """The file fails at a line, for a reason, with a statement where there was one."""

    def __init__(self, line, reason, sql=""):
        super().__init__(reason)
        self.line, self.reason, self.sql = line, reason, sql


class Skipped(Exception):
    """The file does not run here, for a reason."""


@dataclasses.dataclass
class Loop:
    """A running loop: the variable's name and its value now."""

    name: str
    value: str
    parallel: bool
    left: bool = False


@dataclasses.dataclass
class Context:
    loops: list
    connection: object = None


@dataclasses.dataclass
class Command:
    line: int
    conditions: list = dataclasses.field(default_factory=list, kw_only=True)

    concurrent = True

    def excluded(self, context):
        """Whether a condition over a loop's variable leaves this command out."""
        for condition in self.conditions:
            loop = next((loop for loop in reversed(context.loops) if loop.name.lower() == condition.name), None)
            if loop is None:
                raise Failure(self.line, f"skipif or onlyif over {condition.name!r}, which is no loop's variable")
            if condition.holds(loop.value) == condition.skip_if:
                return True
        return False

    def execute(self, runner, context):
        if runner.finished or self.excluded(context):
            return
        runner.at(self.line)
        try:
            self.run(runner, context)
        except (capi.EngineError, Mismatch, ValueError, OSError) as error:
            raise Failure(self.line, str(error)) from None


@dataclasses.dataclass
class Statement(Command):
    sql: str
    outcome: str
    expected_error: str
    connection_name: str

    def run(self, runner, context):
        sql = runner.replace_loops(self.sql, context.loops)
        connection = runner.connection(self.connection_name, context)
        with connection.query(sql) as result:
            error = result.error
        if error is not None and self.outcome == "ok":
            runner.skip_on(error)
        try:
            check_statement(runner, self, error)
        except Mismatch as mismatch:
            if error is not None:
                runner.skip_on(error)
            raise Failure(self.line, str(mismatch), sql) from None


@dataclasses.dataclass
class Query(Command):
    sql: str
    expected: list
    column_count: int
    sort_style: str
    label: str
    connection_name: str

    def run(self, runner, context):
        sql = runner.replace_loops(self.sql, context.loops)
        connection = runner.connection(self.connection_name, context)
        with connection.query(sql) as result:
            try:
                if result.error is not None:
                    runner.skip_on(result.error)
                    raise Mismatch(result.error)
                QueryCheck(runner, self, result, connection, context.loops).run()
            except Mismatch as mismatch:
                raise Failure(self.line, str(mismatch), sql) from None


@dataclasses.dataclass
class LoopCommand(Command):
    """loop and foreach, and their concurrent forms."""

    name: str
    start: int
    end: int
    tokens: list
    parallel: bool
    commands: list = dataclasses.field(default_factory=list)

    @property
    def concurrent(self):
        return all(command.concurrent for command in self.commands)

    def values(self, runner):
        if self.tokens is None:
            # A loop runs at least once.
            return [str(number) for number in range(self.start, max(self.end, self.start + 1))]
        return expand(runner, self.tokens)

    def run(self, runner, context):
        values = self.values(runner)
        if self.parallel:
            self.run_parallel(runner, context, values)
            return
        for value in values:
            loop = Loop(self.name, value, False)
            inner = Context(context.loops + [loop], context.connection)
            for command in self.commands:
                command.execute(runner, inner)
                if loop.left:
                    break
            if runner.finished:
                break

    def run_parallel(self, runner, context, values):
        """One thread and one connection for every value, in random order."""
        if any(loop.parallel for loop in context.loops):
            raise ValueError("a concurrent loop in a concurrent loop")
        if not self.concurrent:
            raise ValueError("a concurrent loop holds a command that cannot run in parallel")
        failures = []

        def work(value):
            connection = None
            try:
                connection = runner.instances.parallel()
                inner = Context(context.loops + [Loop(self.name, value, True)], connection)
                for command in self.commands:
                    command.execute(runner, inner)
            except Failure as failure:
                runner.finished = True
                failures.append(failure)
            except Skipped as skipped:
                runner.finished = True
                failures.append(skipped)
            except Exception as error:
                failures.append(Failure(self.line, f"{type(error).__name__}: {error}"))
            finally:
                if connection:
                    connection.close()

        random.shuffle(values)
        threads = [threading.Thread(target=work, args=(value,)) for value in values]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]


@dataclasses.dataclass
class Serial(Command):
    """A command that is no part of a concurrent loop, given as a function of the runner and the context."""

    action: object
    concurrent = False

    def run(self, runner, context):
        if context.connection:
            raise ValueError("this cannot run in a concurrent loop")
        self.action(runner, context)


@dataclasses.dataclass
class Anywhere(Command):
    """A command that runs anywhere, given as a function of the runner and the context."""

    action: object

    def run(self, runner, context):
        self.action(runner, context)


def leave(runner, context):
    context.loops[-1].left = True


def pause(amount, unit):
    if unit not in SECONDS:
        raise ValueError(f"sleep takes one of {', '.join(SECONDS)}, not {unit!r}")
    seconds = int(amount) * SECONDS[unit]
    return lambda runner, context: time.sleep(seconds)


def forget_label(label):
    def action(runner, context):
        with runner.lock:
            if runner.labels.pop(label, None) is None:
                raise ValueError(f"no label {label!r} to reset")

    return action


def unzip(source, target):
    def action(runner, context):
        pathlib.Path(target).parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(source) as compressed, open(target, "wb") as plain:
            shutil.copyfileobj(compressed, plain)

    return action


def load(path, read_only, version):
    def action(runner, context):
        runner.load(runner.replace_loops(path, context.loops), read_only, version)

    return action
