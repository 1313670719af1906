"""Runs one test file, record by record, in this process."""

import os
import pathlib
import re
import threading
import uuid

from . import capi, commands, requirements
from .collections_of_types import VARIABLE, variable_text
from .commands import Context, Failure, LoopCommand, Query, Serial, Skipped, Statement
from .instances import Instances
from .rendering import Renderer, literal
from .script import SORT_STYLES, Script, ScriptError, conditions

SQLITE_FOLDERS = ("test/sqlite/select", "third_party/sqllogictest")
OUTCOMES = {"ok": "ok", "error": "error", "maybe": "maybe", "debug": "any", "debug_skip": "any"}
OLD_KEYWORDS = {"__TEST_DIR__": "TEST_DIR", "__WORKING_DIRECTORY__": "WORKING_DIRECTORY", "__BUILD_DIRECTORY__": "BUILD_DIRECTORY"}


class FileRunner:
    """One file. `environment` is what {NAME} stands for; `at` is called with the line of each command before it runs."""

    def __init__(self, path, name, mode, environment, at=lambda line: None):
        self.path, self.name, self.mode, self.at = str(path), name, mode, at
        self.environment = {**environment, **mode.test_env}
        self.sqlite_rules = any(part in self.path for part in SQLITE_FOLDERS)
        self.renderer = Renderer()
        self.instances = Instances(self)
        self.lock = threading.Lock()
        self.labels = {}
        self.extensions = set()
        self.hash_threshold = 0
        self.output_hash = False
        self.skipped_messages = list(mode.skip_error_messages)
        self.fatal_messages = ["INTERNAL"]
        self.finished = False
        self.skip_depth = 0
        self.open_loops = []
        self.seen_tests = self.seen_tags = False
        self.loads = {}
        self.next_database("")

    def next_database(self, path):
        """Every path that a file loads stands for a remote database of its own; a new one when it is written anew."""
        self.loads[path] = f"t{self.environment['TEST_ID'][-40:].lower()}_{uuid.uuid4().hex[:12]}".replace("-", "_")
        self.environment["DATABASE"] = self.loads[path]

    def run(self):
        """Returns the number of remote statements. Raises Failure, Skipped."""
        script = Script(self.path)
        try:
            try:
                self.instances.open()
                while not self.finished and script.next_record():
                    self.record(script)
                if self.open_loops:
                    script.fail("a loop has no endloop")
                self.clean_up(script)
            except ScriptError as error:
                raise Failure(error.line, str(error)) from None
            except (capi.EngineError, ValueError, OSError) as error:
                raise Failure(script.line, str(error)) from None
        finally:
            self.instances.close_all()
            self.renderer.close()
        return self.instances.remote_statements

    def clean_up(self, script):
        if self.mode.on_cleanup:
            self.at(script.line)
            self.instances.connection.run(self.replace_keywords(self.mode.on_cleanup))

    def record(self, script):
        kind, parameters = script.tokens()
        found = []
        while kind in ("skipif", "onlyif"):
            if not parameters:
                script.fail(f"{kind} takes a system or a condition")
            text, skip_if = parameters[0].lower(), kind == "skipif"
            more = [] if self.sqlite_rules else conditions(script, text, skip_if)
            ours = text in (("duckdb", "postgresql") if self.sqlite_rules else ("duckdb",))
            if not more and ours == skip_if:
                return
            found += more
            script.next_line()
            kind, parameters = script.tokens()
        if self.skip_depth and kind != "mode":
            return
        handler = getattr(self, "on_" + kind.replace("-", "_"))
        if kind in ("statement", "query", "continue"):
            handler(script, parameters, found)
        else:
            handler(script, parameters)

    # What commands use.

    def connection(self, name, context):
        if context.connection is None:
            return self.instances.get(name)
        if name:
            raise ValueError("a named connection in a concurrent loop")
        return context.connection

    def skip_on(self, error):
        for message in self.skipped_messages:
            if message in error:
                self.finished = True
                raise Skipped(f"the error holds {message!r}")

    def replace_keywords(self, text):
        for old, name in OLD_KEYWORDS.items():
            text = text.replace(old, self.environment[name])
        if "{" not in text:
            return text
        for name, value in self.environment.items():
            text = text.replace("${" + name + "}", value).replace("{" + name + "}", value)
        if "{UUID}" in text:
            text = text.replace("{UUID}", str(uuid.uuid4()))
        return text

    def replace_loops(self, text, loops):
        for loop in loops:
            value = self.replace_keywords(loop.value)
            names = loop.name.split(",")
            values = value.split(",") if len(names) > 1 else [value]
            if len(names) != len(values):
                raise ValueError(f"foreach over {loop.name!r}: {value!r} does not hold as many values")
            for name, part in zip(names, values):
                text = text.replace("${" + name + "}", part).replace("{" + name + "}", part)
        return text

    def load(self, path, read_only, version):
        if not read_only and path:
            for leftover in (path, path + ".wal"):
                pathlib.Path(leftover).unlink(missing_ok=True)
        if read_only and path in self.loads:
            self.environment["DATABASE"] = self.loads[path]
        else:
            self.next_database(path)
        self.instances.path, self.instances.read_only = path, read_only
        self.instances.version = version or self.instances.set_version() or self.instances.version
        self.instances.open()

    def submit(self, command):
        """Runs a command, or adds it to the loop that is being read."""
        if self.open_loops:
            self.open_loops[-1].commands.append(command)
        else:
            command.execute(self, Context([]))

    # Statements and queries.

    def on_statement(self, script, parameters, found):
        if not parameters or parameters[0] not in OUTCOMES:
            script.fail(f"statement takes one of {', '.join(OUTCOMES)}")
        outcome = OUTCOMES[parameters[0]]
        if parameters[0] == "debug_skip":
            self.skip_depth += 1
        self.seen_tests = True
        line = script.line
        script.next_line()
        sql = script.statement()
        if not sql:
            script.fail("a statement without text")
        takes_error = outcome in ("error", "maybe")
        if script.at_expectation() and not takes_error:
            script.fail("only statement error and statement maybe take an expected error")
        if takes_error and not script.at_expectation() and not self.sqlite_rules:
            script.fail("statement error and statement maybe take an expected error after ----")
        expected = "\n".join(script.expectation()) if script.at_expectation() else ""
        name = parameters[1] if len(parameters) > 1 else ""
        self.submit(Statement(line, self.replace_keywords(sql), outcome, expected, name, conditions=found))

    def on_query(self, script, parameters, found):
        if not parameters or not re.fullmatch("[TIR]+", parameters[0]):
            script.fail("query takes one of T, I and R for every column")
        self.seen_tests = True
        line = script.line
        script.next_line()
        sql = self.replace_keywords(script.statement())
        expected = script.expectation()
        second = parameters[1] if len(parameters) > 1 else "none"
        style = SORT_STYLES.get(second, "none")
        name = "" if second in SORT_STYLES else second
        label = parameters[2] if len(parameters) > 2 else ""
        self.submit(Query(line, sql, expected, len(parameters[0]), style, label, name, conditions=found))

    # Loops.

    def start_loop(self, command):
        if self.open_loops:
            self.open_loops[-1].commands.append(command)
        self.open_loops.append(command)

    def numbered_loop(self, script, parameters, parallel):
        if len(parameters) != 3 or not all(re.fullmatch("-?[0-9]+", number) for number in parameters[1:]):
            script.fail("a loop takes a name, a first number and the number after the last")
        self.start_loop(LoopCommand(script.line, parameters[0], int(parameters[1]), int(parameters[2]), None, parallel))

    def listed_loop(self, script, parameters, parallel):
        if len(parameters) < 2:
            script.fail("foreach takes a name and values")
        self.start_loop(LoopCommand(script.line, parameters[0], 0, 0, parameters[1:], parallel))

    def on_loop(self, script, parameters):
        self.numbered_loop(script, parameters, False)

    def on_concurrentloop(self, script, parameters):
        self.numbered_loop(script, parameters, True)

    def on_foreach(self, script, parameters):
        self.listed_loop(script, parameters, False)

    def on_concurrentforeach(self, script, parameters):
        self.listed_loop(script, parameters, True)

    def on_endloop(self, script, parameters):
        if not self.open_loops:
            script.fail("endloop without a loop")
        loop = self.open_loops.pop()
        if not self.open_loops:
            loop.execute(self, Context([]))

    def on_continue(self, script, parameters, found):
        if not self.open_loops:
            script.fail("continue outside of a loop")
        self.submit(Serial(script.line, commands.leave, conditions=found))

    # Everything else.

    def on_halt(self, script, parameters):
        self.finished = True

    def on_hash_threshold(self, script, parameters):
        if len(parameters) != 1 or not parameters[0].isdigit():
            script.fail("hash-threshold takes a number")
        self.hash_threshold = int(parameters[0])

    def on_mode(self, script, parameters):
        if not parameters:
            script.fail("mode takes a parameter")
        if parameters[0] == "skip":
            self.skip_depth += 1
        elif parameters[0] == "unskip":
            self.skip_depth -= 1
        elif parameters[0] in ("output_hash", "no_output"):
            self.submit(Serial(script.line, lambda runner, context: setattr(runner, "output_hash", parameters[0] == "output_hash")))
        elif parameters[0] not in ("output_result", "debug"):
            script.fail(f"no mode {parameters[0]!r}")

    def on_set(self, script, parameters):
        if parameters and parameters[0] in ("ignore_error_messages", "always_fail_error_messages"):
            messages = [part.strip() for part in " ".join(parameters[1:]).split(",")]
            name = "skipped_messages" if parameters[0] == "ignore_error_messages" else "fatal_messages"
            setattr(self, name, [message for message in messages if message])
        elif len(parameters) == 2 and parameters[0] == "seed":
            self.instances.connection.run(f"SELECT setseed({literal(parameters[1])}::DOUBLE)")
        elif len(parameters) == 3 and parameters[0] == "variable":
            value = parameters[2]
            self.environment[parameters[1]] = variable_text(self, value) if value.startswith(VARIABLE) else value
        else:
            script.fail("set takes ignore_error_messages, always_fail_error_messages, seed or variable")

    def on_reset(self, script, parameters):
        if len(parameters) != 2 or parameters[0].lower() != "label":
            script.fail("reset takes the word label and a name")
        self.submit(commands.Anywhere(script.line, commands.forget_label(parameters[1])))

    def on_require(self, script, parameters):
        if not parameters:
            script.fail("require takes a parameter")
        if not requirements.is_met(parameters, self.instances.connection):
            raise Skipped("require " + " ".join(parameters))

    def on_test_env(self, script, parameters):
        if len(parameters) != 2 or self.open_loops:
            script.fail("test-env takes a name and a value, outside of loops")
        self.environment[parameters[0]] = self.mode.test_env.get(parameters[0], parameters[1])

    def on_require_env(self, script, parameters):
        if len(parameters) not in (1, 2) or self.open_loops:
            script.fail("require-env takes a name and perhaps a value, outside of loops")
        name = parameters[0]
        value = self.mode.test_env.get(name, os.environ.get(name))
        if value is None or len(parameters) == 2 and value != parameters[1]:
            raise Skipped("require-env " + " ".join(parameters))
        self.environment[name] = value

    def on_load(self, script, parameters):
        if self.mode.on_load == "skip":
            raise Skipped("the mode takes no load")
        access = parameters[1].lower() if len(parameters) > 1 else "readwrite"
        if access not in ("readonly", "readwrite"):
            script.fail(f"load takes readonly or readwrite, not {access!r}")
        path = self.replace_keywords(parameters[0]) if parameters else ""
        version = parameters[2] if len(parameters) > 2 else ""
        self.submit(Serial(script.line, commands.load(path, access == "readonly", version)))

    def on_restart(self, script, parameters):
        load_extensions = parameters != ["no_extension_load"]
        self.submit(Serial(script.line, lambda runner, context: runner.instances.restart(load_extensions)))

    def on_reconnect(self, script, parameters):
        self.submit(Serial(script.line, lambda runner, context: runner.instances.reconnect()))

    def on_sleep(self, script, parameters):
        if len(parameters) != 2 or not parameters[0].isdigit():
            script.fail("sleep takes a number and a unit")
        self.submit(commands.Anywhere(script.line, commands.pause(*parameters)))

    def on_unzip(self, script, parameters):
        if len(parameters) not in (1, 2) or not parameters[0].endswith(".gz"):
            script.fail("unzip takes a .gz file and perhaps a target")
        source = self.replace_keywords(parameters[0])
        target = str(pathlib.Path(self.environment["TEST_DIR"]) / pathlib.Path(source).stem)
        if len(parameters) == 2 and parameters[1] != "NULL":
            target = self.replace_keywords(parameters[1])
        self.submit(Serial(script.line, commands.unzip(source, target)))

    def on_tags(self, script, parameters):
        if self.seen_tests or self.seen_tags or not parameters:
            script.fail("tags come once, with one at least, before statements and queries")
        self.seen_tags = True

    def on_include(self, script, parameters):
        if len(parameters) != 1:
            script.fail("include takes a path")
        script.include(parameters[0])
