"""Where processor time goes: `perf` on server and client while whole tables are scanned and inserted."""

import contextlib
import re
import shutil
import signal
import subprocess
import time

import bulk_rows
import context as contexts
import sides
import source_data

WORK = {"scan": bulk_rows.SCAN, "insert": bulk_rows.INSERT}
SAMPLES_A_SECOND = 499
SYMBOLS = 20
START_SECONDS = 30
LINE = re.compile(r"^\s*(?P<share>[\d.]+)%\s+(?P<object>\S+)\s+\[(?P<kind>.)\]\s+(?P<symbol>.+?)\s*$")


class Recorder:
    """`perf record` of one process, until it is stopped."""

    def __init__(self, pid, path):
        self.path = path
        path.unlink(missing_ok=True)
        command = ["perf", "record", "-e", "cpu-clock", "-F", str(SAMPLES_A_SECOND), "-o", str(path), "-p", str(pid)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        # Its file is there once it has begun.
        deadline = time.monotonic() + START_SECONDS
        while not path.exists() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        _, errors = self.process.communicate(timeout=120)
        if not self.path.exists():
            raise contexts.Skipped(f"perf record: {errors.strip()[-200:]}")

    def shares(self):
        """[[percent, object, symbol], ...], the largest first."""
        command = ["perf", "report", "--stdio", "--no-inline", "--no-children", "--sort", "dso,symbol", "-i", str(self.path)]
        printed = subprocess.run(command, capture_output=True, text=True).stdout
        found = {}
        for match in filter(None, map(LINE.match, printed.splitlines())):
            # More columns may follow, after blanks.
            symbol = re.split(r"\s{2,}", match["symbol"])[0]
            symbol = "(no symbols)" if symbol.startswith("0x") else symbol
            key = ("kernel" if match["kind"] == "k" else match["object"], symbol)
            found[key] = found.get(key, 0) + float(match["share"])
        return [[round(share, 1), *key] for key, share in sorted(found.items(), key=lambda item: -item[1])]


def check():
    """Skips where perf does not count processor time."""
    if not shutil.which("perf"):
        raise contexts.Skipped("perf is not installed (Debian's linux-perf)")
    tried = subprocess.run(["perf", "record", "-e", "cpu-clock", "-o", "/dev/null", "true"], capture_output=True, text=True)
    if tried.returncode:
        raise contexts.Skipped(f"perf does not work here: {tried.stderr.strip().splitlines()[0]}")


def profile(context, name, work):
    rows = source_data.count(context.source)
    with contextlib.ExitStack() as stack:
        (side,) = sides.of(context.place, ("skein",))
        one = bulk_rows.SideUnderWork(stack, context.place, side, work, context.source)
        one.once(rows)
        recorders = {process: Recorder(meter.pid, context.out / f"{name}-{process}.perf") for process, meter in one.meters.items()}
        try:
            for _ in range(context.runs):
                one.once(rows)
        finally:
            for recorder in recorders.values():
                recorder.stop()
    found = {process: recorder.shares() for process, recorder in recorders.items()}
    if not all(found.values()):
        raise contexts.Skipped(f"too few samples of {name} at {context.scale}")
    return found


def measure(context):
    """{work: {process: shares}}."""
    check()
    return {name: profile(context, name, work) for name, work in WORK.items()}


def object_shares(shares):
    """Percent of each program and library."""
    found = {}
    for share, where, _ in shares:
        found[where] = found.get(where, 0) + share
    return sorted(found.items(), key=lambda item: -item[1])


def markdown(profiles):
    parts = []
    for work, processes in profiles.items():
        for process, shares in sorted(processes.items(), reverse=True):
            total = ", ".join(f"{where} {share:.0f} %" for where, share in object_shares(shares) if share >= 1)
            lines = [f"{work}, {process}: {total}.", "", "| % | in | symbol |", "|--:|---|---|"]
            lines += [f"| {share:.1f} | {where} | `{shortened(symbol)}` |" for share, where, symbol in shares[:SYMBOLS]]
            parts.append("\n".join(lines))
    return parts


def shortened(symbol, most=110):
    """C++ names without their arguments where those are long."""
    symbol = symbol.replace("|", "\\|").replace("`", "'")
    return symbol if len(symbol) <= most else symbol[: most - 1] + "…"
