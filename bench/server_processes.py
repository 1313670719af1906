"""The servers that cases talk to, each a process of its own with a file database."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import skein_server  # noqa: E402


class SkeinServer(skein_server.Server):
    """distributed_server on a free port."""

    def __init__(self, database, read_only, memory_limit=None):
        options = ["--database", database]
        options += ["--read-only"] if read_only else []
        options += ["--memory-limit", memory_limit] if memory_limit else []
        super().__init__(*options)


class JsonServer:
    """bench_json_server on a free port: rows as NDJSON over HTTP."""

    def __init__(self, database, read_only, memory_limit=None):
        program = skein_server.build_dir() / "bench" / "bench_json_server"
        if not program.exists():
            raise SystemExit(f"no {program}; run `make bench`, or build the target bench_programs")
        mode = "read-only" if read_only else "read-write"
        command = [str(program), str(database), mode, memory_limit or "80%"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        match = re.search(r"http://\S+", self.process.stdout.readline())
        if not match:
            raise RuntimeError(f"the JSON server ended with {self.process.wait()}")
        self.uri = match[0]

    @property
    def pid(self) -> int:
        return self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # It ends with its standard input.
        self.process.stdin.close()
        self.process.wait(skein_server.HANG_SECONDS)


class NoServer:
    """What a case without a server has in its place."""

    uri = None
    pid = None

    def __init__(self, database, read_only, memory_limit=None):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass
