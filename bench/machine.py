"""What a figure needs to mean something: the machine and the versions."""

import os
import pathlib
import platform
import re
import subprocess
import sys

import duckdb
import pyarrow

ROOT = pathlib.Path(__file__).resolve().parent.parent


def _first(pattern, path):
    match = re.search(pattern, pathlib.Path(path).read_text(), re.MULTILINE)
    return match[1].strip() if match else "unknown"


def describe() -> str:
    memory = int(_first(r"^MemTotal:\s+(\d+)", "/proc/meminfo")) / 1e6
    return (
        f"{_first(r'^model name.*: (.*)', '/proc/cpuinfo')}, {os.cpu_count()} processors for server and client together, "
        f"{memory:.0f} GB of memory, Linux {platform.release()}"
    )


def versions() -> str:
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return f"Skein {commit or 'without git'}, DuckDB {duckdb.__version__}, Arrow {pyarrow.__version__}, Python {sys.version.split()[0]}"


def busy() -> float:
    """Processors in use just before: more than a little, and the figures are no good."""
    return os.getloadavg()[0]
