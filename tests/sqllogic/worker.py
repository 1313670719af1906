"""A process that runs test files one after the other, each in a child of its own, so that a crash or a hang is one file's.

Reads one request a line from its input, {"path", "name", "seconds"}, and writes one record a line: what came of it.
Started by pool.py; argv holds the mode and the places as JSON.
"""

import contextlib
import json
import mmap
import os
import pathlib
import re
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import skein_server  # noqa: E402
from tests.sqllogic import capi, modes  # noqa: E402
from tests.sqllogic.commands import Failure, Skipped  # noqa: E402
from tests.sqllogic.runner import FileRunner  # noqa: E402

NOISE_BYTES = 4000
# Every file leaves its databases behind; a new server has none.
FILES_PER_SERVER = 100
NOTHING_REMOTE = "no statement was remote"


def test_id(name):
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


class ServerBox:
    """The worker's server: started when first needed, and again when it died or a file failed on it."""

    def __init__(self, options, folder):
        self.options, self.folder, self.server, self.files = options, folder, None, 0

    def environment(self):
        if self.options is None:
            return {}
        if self.server is None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            options = [option.replace("{SERVER_DIR}", str(self.folder)) for option in self.options]
            self.server, self.files = skein_server.Server(*options), 0
        self.files += 1
        return {"SERVER_PORT": str(self.server.port), "SKEIN_EXTENSION": str(skein_server.extension_path())}

    def end_of_file(self, record):
        """A server that died is the failure of the file that it served."""
        if self.server is None:
            return
        code = self.server.process.poll()
        if code is not None:
            record.update(status="failed", reason=f"the server died with {code}", noise=self.server.log[-NOISE_BYTES:])
        untouched = record.get("reason") == NOTHING_REMOTE
        if record["status"] not in ("passed", "skipped") and not untouched or self.files >= FILES_PER_SERVER:
            self.stop()

    def stop(self):
        server, self.server = self.server, None
        if server is not None and server.process.poll() is None:
            try:
                server.stop()
            except TimeoutError:
                server.kill()


class Worker:
    def __init__(self, setup):
        self.mode = modes.Mode(setup["mode"], setup["content"])
        self.root, self.temporary = setup["root"], pathlib.Path(setup["temporary"])
        self.line = mmap.mmap(-1, 8)
        self.servers = ServerBox(self.mode.server, self.temporary / f"server_{os.getpid()}")
        os.chdir(self.root)
        os.environ["HOME"] = str(self.temporary / "home")
        pathlib.Path(os.environ["HOME"]).mkdir(parents=True, exist_ok=True)
        capi.library()

    def environment(self, name, folder):
        """What {NAME} stands for, as DuckDB's runner promises it."""
        home = str(self.root)
        return {
            **self.servers.environment(),
            "TEST_NAME__NO_SLASH": name.replace("/", "_"),
            "BASE_TEST_NAME": name.replace("/", "_"),
            "TEST_NAME": name,
            "TEST_ID": test_id(name),
            "TEST_UUID": str(uuid.uuid4()),
            "RUN_ID": self.temporary.name,
            "WORKING_DIR": home,
            "WORKING_DIRECTORY": home,
            "BUILD_DIR": home + "/build/release",
            "BUILD_DIRECTORY": home + "/build/release",
            "DATA_DIR": home + "/data",
            "LOCAL_DATA_DIR": home + "/data",
            "TEMP_DIR_ROOT": str(self.temporary),
            "TEMP_DIR": str(folder),
            "TEST_DIR": str(folder),
            "TEMP_DIR_ABSOLUTE": str(folder),
            "LOCAL_TEMP_DIR": str(folder),
            "CATALOG_DIR": str(folder / "catalog"),
        }

    def run(self, request):
        """The record of one file."""
        started = time.monotonic()
        folder = self.temporary / test_id(request["name"])
        folder.mkdir(parents=True, exist_ok=True)
        record = {"name": request["name"], "mode": self.mode.name}
        try:
            environment = self.environment(request["name"], folder)
        except Exception as error:
            record.update(status="failed", line=0, reason=f"no server: {error}")
            return record
        with tempfile.TemporaryFile() as noise:
            record.update(self.run_child(request, environment, noise))
            if record["status"] == "crashed":
                noise.seek(0)
                record["noise"] = noise.read()[-NOISE_BYTES:].decode("utf-8", "replace")
        self.servers.end_of_file(record)
        shutil.rmtree(folder, ignore_errors=True)
        record["seconds"] = round(time.monotonic() - started, 3)
        return record

    def run_child(self, request, environment, noise):
        self.line[:] = bytes(8)
        source, target = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(source)
            self.child(request, environment, noise, target)
        os.close(target)
        try:
            outcome = self.answer_of(source, request["seconds"])
        finally:
            os.close(source)
        if outcome is None:
            # Only the group that the child made for itself.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        line = int.from_bytes(self.line[:], "little")
        if outcome is None:
            return {"status": "timeout", "line": line, "reason": f"no end after {request['seconds']} s"}
        if not outcome:
            cause = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit code {status}"
            return {"status": "crashed", "line": line, "reason": f"the process ended by {cause}"}
        return json.loads(outcome)

    def answer_of(self, source, seconds):
        """What the child wrote before it ended, None where it did not end in time."""
        deadline, parts = time.monotonic() + seconds, []
        while True:
            ready, _, _ = select.select([source], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                return None
            part = os.read(source, 65536)
            if not part:
                return b"".join(parts)
            parts.append(part)

    def child(self, request, environment, noise, target):
        """Never returns."""
        try:
            os.setpgid(0, 0)
            os.dup2(noise.fileno(), 1)
            os.dup2(noise.fileno(), 2)
            text = json.dumps(self.outcome(request, environment)).encode()
            while text:
                text = text[os.write(target, text) :]
        finally:
            os._exit(0)

    def outcome(self, request, environment):
        def at(line):
            self.line[:] = line.to_bytes(8, "little")

        remote = 0
        try:
            runner = FileRunner(request["path"], request["name"], self.mode, environment, at)
            remote = runner.run()
        except Failure as failure:
            return {"status": "failed", "line": failure.line, "reason": failure.reason, "sql": failure.sql[:2000]}
        except Skipped as skipped:
            return {"status": "skipped", "reason": str(skipped)}
        except Exception:
            return {"status": "failed", "line": int.from_bytes(self.line[:], "little"), "reason": traceback.format_exc()}
        if self.mode.remote_statements and remote == 0:
            return {"status": "failed", "line": 0, "reason": NOTHING_REMOTE}
        return {"status": "passed", "remote_statements": remote}


def main():
    worker = Worker(json.loads(sys.argv[1]))
    try:
        for line in sys.stdin:
            print(json.dumps(worker.run(json.loads(line))), flush=True)
    finally:
        worker.servers.stop()


if __name__ == "__main__":
    main()
