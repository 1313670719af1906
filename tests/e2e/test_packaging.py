"""The artefacts: where they are, that they can be moved and installed, and what they need."""

import os
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

import skein_server

ARROW = ("libarrow.so.2600", "libarrow_flight.so.2600")
PROLOGUE = """
import duckdb, sys
def database(**settings):
    return duckdb.connect(config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false", **settings})
def arrow_libraries():
    maps = open("/proc/self/maps").read().split("\\n")
    return sorted({line.split(None, 5)[-1] for line in maps if "libarrow.so" in line or "libarrow_flight.so" in line})
def works(connection):
    assert connection.execute("SELECT count(*) FROM remote_tables()").fetchall() == [(0,)]
"""


def python(code, **named):
    """Runs code in a process of its own and returns what it prints."""
    result = subprocess.run(
        [sys.executable, "-c", PROLOGUE + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=skein_server.HANG_SECONDS,
        **named,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def dynamic_section(path):
    return subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout


def test_places():
    build = skein_server.build_dir()
    for name in ("distributed_server", "skein.duckdb_extension"):
        assert (build / name).is_file()
    links = list(skein_server.compat_dir().glob("v2.0.0/linux_*/motherduck.duckdb_extension"))
    assert len(links) == 1
    assert not os.path.isabs(os.readlink(links[0]))
    assert links[0].resolve() == build / "skein.duckdb_extension"


def test_extension_shows_only_its_entry_points():
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", skein_server.extension_path()], capture_output=True, text=True, check=True
    ).stdout
    names = sorted(line.split()[-1] for line in listing.splitlines())
    assert names == ["motherduck_duckdb_cpp_init", "skein_duckdb_cpp_init"]


@pytest.mark.parametrize("artefact", ["distributed_server", "skein.duckdb_extension"])
def test_artefacts_name_no_folder_of_the_machine_that_built_them(artefact):
    section = dynamic_section(skein_server.build_dir() / artefact)
    runpath = re.search(r"RUNPATH.*\[(.*)\]", section)[1]
    assert all(entry.startswith("$ORIGIN") for entry in runpath.split(":")), runpath


@pytest.mark.parametrize("artefact", ["distributed_server", "skein.duckdb_extension"])
def test_artefacts_need_only_the_c_runtime_and_arrow(artefact):
    needed = re.findall(r"NEEDED.*\[(.*)\]", dynamic_section(skein_server.build_dir() / artefact))
    allowed = r"lib(c|m|gcc_s|stdc\+\+|pthread|dl|rt)\.so\.\d+|ld-linux.*|libarrow(_flight)?\.so\.2600"
    assert [name for name in needed if not re.fullmatch(allowed, name)] == []


def test_footer_names_version_and_platform():
    data = skein_server.extension_path().read_bytes()[-512:]
    fields = [data[i * 32 : (i + 1) * 32].rstrip(b"\0").decode() for i in reversed(range(8))]
    assert fields[0] == "4"
    assert fields[1].startswith("linux_")
    assert fields[2] == "v2.0.0"
    assert fields[4] == "CPP"


def test_moved_folder(tmp_path):
    build = skein_server.build_dir()
    moved = tmp_path / "elsewhere" / "release"
    moved.mkdir(parents=True)
    for name in ("distributed_server", "skein.duckdb_extension", *ARROW):
        shutil.copy2(build / name, moved / name)
    compat = moved / os.path.relpath(skein_server.compat_dir(), build)
    shutil.copytree(skein_server.compat_dir(), compat, symlinks=True)
    version = subprocess.run([moved / "distributed_server", "--version"], capture_output=True, text=True)
    assert version.returncode == 0 and "duckdb=v2.0.0" in version.stdout, version.stdout + version.stderr
    output = python(
        f"""
        connection = database(extension_directory="{compat}")
        connection.execute("LOAD 'motherduck'")
        connection.execute("LOAD '{moved}/skein.duckdb_extension'")
        works(connection)
        print(arrow_libraries())
        """
    )
    assert all(entry.startswith(f"'{moved.parent}") for entry in output.strip().strip("[]").split(", ")), output


def cached_prefix(build):
    return re.search(r"^CMAKE_INSTALL_PREFIX:PATH=(.*)$", (build / "CMakeCache.txt").read_text(), re.MULTILINE)[1]


@pytest.fixture
def installed(tmp_path):
    """A prefix as `make install PREFIX=...` fills it."""
    build = skein_server.build_dir()
    before = cached_prefix(build)
    prefix = tmp_path / "a prefix"

    def configure(folder):
        command = ["cmake", "-S", skein_server.ROOT, "-B", build, f"-DCMAKE_INSTALL_PREFIX={folder}"]
        subprocess.run(command, check=True, capture_output=True)

    configure(prefix)
    try:
        subprocess.run(["cmake", "--build", build, "--target", "skein_extension_installed"], check=True, capture_output=True)
        subprocess.run(["cmake", "--install", build], check=True, capture_output=True)
    finally:
        configure(before)
    return prefix


def test_install(installed, tmp_path):
    assert (installed / "bin" / "distributed_server").is_file()
    version = subprocess.run([installed / "bin" / "distributed_server", "--version"], capture_output=True, text=True)
    assert version.returncode == 0, version.stderr
    # One process installs: DuckDB copies the extension alone. Another one loads it by its name.
    directory = tmp_path / "extensions"
    source = installed / "lib" / "skein" / "skein.duckdb_extension"
    python(f"""database(extension_directory="{directory}").execute("INSTALL '{source}'")""")
    copies = list(directory.rglob("*.duckdb_extension"))
    assert len(copies) == 1 and not list(directory.rglob("libarrow*"))
    output = python(
        f"""
        connection = database(extension_directory="{directory}")
        connection.execute("LOAD skein")
        works(connection)
        print(arrow_libraries())
        """
    )
    assert str(installed / "lib" / "skein") in output


@pytest.mark.parametrize("order", ["skein motherduck", "motherduck skein", "motherduck motherduck", "skein skein"])
@pytest.mark.parametrize("pyarrow", ["before", "after", "never"])
def test_both_names_in_two_databases_of_one_process(order, pyarrow):
    python(
        f"""
        if "{pyarrow}" == "before":
            import pyarrow.flight
        def load(connection, name):
            connection.execute("LOAD 'motherduck'" if name == "motherduck" else "LOAD '{skein_server.extension_path()}'")
        databases = [database(extension_directory="{skein_server.compat_dir()}") for _ in range(2)]
        for name in "{order}".split():
            load(databases[0], name)
            works(databases[0])
        for name in reversed("{order}".split()):
            load(databases[1], name)
            works(databases[1])
        if "{pyarrow}" == "after":
            import pyarrow.flight
        if "{pyarrow}" != "never":
            import pyarrow
            assert pyarrow.table({{"a": [1, 2]}}).num_rows == 2
            assert pyarrow.flight.Location.for_grpc_tcp("localhost", 1)
        for connection in databases:
            works(connection)
        databases[0].close()
        works(databases[1])
        """
    )


def test_loads_while_a_cursor_reads(tmp_path):
    """A second load of the same database changes nothing for what is under way."""
    python(
        f"""
        connection = database(extension_directory="{skein_server.compat_dir()}")
        connection.execute("LOAD 'motherduck'")
        reader = connection.cursor()
        reader.execute("SELECT range FROM range(1000000)")
        assert reader.fetchone() == (0,)
        connection.execute("LOAD '{skein_server.extension_path()}'")
        assert len(reader.fetchall()) == 999999
        """
    )
