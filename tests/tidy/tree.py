"""The files the house rules speak about."""

import functools
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SKIPPED_FOLDERS = {".git", "build", "__pycache__", ".pytest_cache", ".hypothesis"}
CPP = {".cpp", ".hpp"}
# What holds text that people read or machines run.
TEXT = CPP | {".py", ".sh", ".cmake", ".md", ".txt", ".json", ".ini", ".proto", ".yml", ".toml", ".sql", ".supp", ""}


@functools.cache
def files():
    """Every file of the project: what git would commit, or what is there where this is no clone."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listing.returncode == 0:
        paths = [ROOT / line for line in listing.stdout.splitlines()]
    else:
        paths = [path for path in ROOT.rglob("*") if not SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts)]
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def text_files():
    return [path for path in files() if path.suffix in TEXT and not name(path).startswith("tests/fuzz/corpus/")]


def cpp_files():
    return [path for path in files() if path.suffix in CPP]


def name(path):
    return path.relative_to(ROOT).as_posix()


def lines(path):
    return path.read_text(encoding="utf-8").splitlines()
