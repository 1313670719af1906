"""Several workers, and the records of what they ran."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

WORKER = pathlib.Path(__file__).resolve().parent / "worker.py"
# What a worker may need on top of a file's own limit: to start and to stop a server.
PATIENCE_SECONDS = 300


def environment():
    """The worker goes to another folder: paths in variables must not be relative."""
    found = dict(os.environ)
    for name in ("SKEIN_BUILD_DIR", "SKEIN_EXTENSION"):
        if name in found:
            found[name] = os.path.abspath(found[name])
    return found


class WorkerProcess:
    def __init__(self, setup):
        command = [sys.executable, str(WORKER), json.dumps(setup)]
        self.process = subprocess.Popen(command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, request):
        """None where the worker itself came to an end."""
        watch = threading.Timer(request["seconds"] + PATIENCE_SECONDS, self.process.kill)
        watch.start()
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            return json.loads(line) if line else None
        except (BrokenPipeError, json.JSONDecodeError):
            return None
        finally:
            watch.cancel()

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Pool:
    """submit() gives a future of a record. close() ends the workers and what they started."""

    def __init__(self, mode, root, workers, keep=lambda record: None):
        self.temporary = tempfile.TemporaryDirectory(prefix="sqllogic_", ignore_cleanup_errors=True)
        self.setup = {
            "mode": mode.name,
            "content": mode.content,
            "root": str(root),
            "temporary": self.temporary.name,
        }
        self.keep = keep
        self.lock = threading.Lock()
        self.own = threading.local()
        self.processes = []
        self.threads = concurrent.futures.ThreadPoolExecutor(workers)

    def submit(self, path, name, seconds):
        return self.threads.submit(self._run, {"path": str(path), "name": name, "seconds": seconds})

    def _run(self, request):
        if getattr(self.own, "process", None) is None:
            self.own.process = WorkerProcess(self.setup)
            with self.lock:
                self.processes.append(self.own.process)
        record = self.own.process.run(request)
        if record is None:
            record = {"name": request["name"], "mode": self.setup["mode"], "status": "crashed", "line": 0, "reason": "the worker ended"}
            self.own.process.stop()
            self.own.process = None
        with self.lock:
            self.keep(record)
        return record

    def close(self):
        self.threads.shutdown(cancel_futures=True)
        for process in self.processes:
            if process.process.poll() is None:
                process.stop()
        self.temporary.cleanup()
