"""Runs the real distributed_server for tests, demo and benchmarks: on a free port, stopped by its process id."""

import os
import pathlib
import re
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# How long anything may take before it counts as hung. Never a measure of speed.
HANG_SECONDS = 120

START_LINE = re.compile(r"listening.*?(?P<uri>grpc(?:\+tls|\+unix)?://[^\s\"]+)")


def build_dir() -> pathlib.Path:
    return pathlib.Path(os.environ.get("SKEIN_BUILD_DIR", ROOT / "build" / "release")).resolve()


def compat_dir() -> pathlib.Path:
    """The extension directory whose motherduck is a link to skein."""
    own = build_dir() / "compat"
    return own if own.exists() else build_dir().parent / "compat"


def extension_path() -> pathlib.Path:
    """The build's own; SKEIN_EXTENSION names another, for a server under a sanitizer that Python cannot hold."""
    return pathlib.Path(os.environ.get("SKEIN_EXTENSION") or build_dir() / "skein.duckdb_extension")


def clean_environment(**changes) -> dict:
    """The environment without the server's own variables, so that a developer's shell cannot change a test."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SKEIN_")}
    # What a sanitizer needs in Python is not what it needs in the server.
    environment.pop("LD_PRELOAD", None)
    if "SKEIN_SERVER_ASAN_OPTIONS" in os.environ:
        environment["ASAN_OPTIONS"] = os.environ["SKEIN_SERVER_ASAN_OPTIONS"]
    environment.update({key: str(value) for key, value in changes.items()})
    return environment


class Server:
    """A running distributed_server. Use as a context manager, or call stop() or kill()."""

    def __init__(self, *options, host="127.0.0.1", port=0, environment=None, wait=True, cwd=None, prefix=()):
        command = [*map(str, prefix), str(build_dir() / "distributed_server"), *map(str, options), host, str(port)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=clean_environment(**(environment or {})),
            cwd=cwd,
            text=True,
            errors="replace",
        )
        self.lines = []
        self.listen_uri = None
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if wait:
            try:
                self.wait_until_listening()
            except BaseException:
                self.kill()
                raise

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                match = START_LINE.search(line)
                if match and not self.listen_uri:
                    self.listen_uri = match["uri"].rstrip(".,;")
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def _wait_for(self, condition, what):
        deadline = time.monotonic() + HANG_SECONDS
        with self._changed:
            while not condition():
                if self.process.poll() is not None and not self._reader.is_alive():
                    if condition():
                        break
                    raise RuntimeError(f"the server ended with {self.process.returncode} before {what}:\n{self.log}")
                if time.monotonic() > deadline:
                    raise TimeoutError(f"no {what} from the server within {HANG_SECONDS} s:\n{self.log}")
                self._changed.wait(0.1)

    def wait_until_listening(self):
        self._wait_for(lambda: self.listen_uri, "it listened")

    def wait_for_line(self, pattern):
        """Waits for a line of the log that matches, and returns the match."""
        expression = re.compile(pattern)
        found = []

        def condition():
            found[:] = [match for match in map(expression.search, self.lines) if match]
            return found

        self._wait_for(condition, f"a line matching {pattern!r}")
        return found[0]

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def port(self) -> int:
        return int(self.listen_uri.rsplit(":", 1)[1].strip("/"))

    @property
    def scheme(self) -> str:
        return self.listen_uri.split("://")[0]

    @property
    def uri(self) -> str:
        """Where a client of this machine reaches it."""
        if self.scheme == "grpc+unix":
            return self.listen_uri
        return f"{self.scheme}://localhost:{self.port}"

    def memory_bytes(self) -> int:
        """Resident memory."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the server is gone")

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=HANG_SECONDS) -> int:
        """Waits for the process to end by itself and returns its exit code."""
        code = self.process.wait(timeout)
        self._reader.join(timeout)
        return code

    def stop(self) -> int:
        """SIGTERM, and the exit code; kills a server that does not drain in time, and says so."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise TimeoutError(f"the server did not end within {HANG_SECONDS} s of SIGTERM:\n{self.log}") from None

    def kill(self):
        if self.process.poll() is None:
            # A stopped process takes SIGKILL, too.
            self.process.kill()
        self.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind is not None:
            self.kill()
            return
        died = self.process.poll()
        code = self.stop()
        assert died is None, f"the server died with {died}:\n{self.log}"
        assert code == 0, f"the server ended with {code}:\n{self.log}"
