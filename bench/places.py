"""Where the programs of a comparison run: in a lab with DuckDB's CLI and Quack, or here with the stock wheel."""

import os
import pathlib
import shutil
import sys

import client_process
import shell_session

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

import skein_server  # noqa: E402

#: Names the folder of a lab, made by scripts/peer_lab.sh.
VARIABLE = "PEER_LAB"


class WheelSession(client_process.ClientProcess):
    """A stock wheel in a process of its own. Rows that are discarded are received as Arrow batches."""

    def __init__(self, prefix=()):
        super().__init__("statements", prefix=(*prefix, sys.executable), file=HERE / "client_process.py")

    def run(self, sql):
        """Runs a statement; its rows as text."""
        return self.ask("run", sql=sql)

    def prepare_to_discard(self):
        """Nothing to do."""

    def discard(self, sql):
        """Runs a statement; what it yields is received and counted."""
        return self.ask("discard", sql=sql)


class Host:
    """This machine as it is, with the wheel of the tests' Python."""

    client = "the stock wheel, which receives discarded rows as Arrow batches"
    sides = ("skein", "local")
    server_prefix = ()
    #: How a client process in Python is started.
    python = {}

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.extension = str(skein_server.extension_path())

    def inside(self, path):
        """A path as programs of this place see it."""
        return str(path)

    def session(self, prefix=()):
        """A client with a database in memory. `prefix`: what starts its program, on another host for example."""
        return WheelSession(prefix)


class Lab:
    """A folder to chroot into, with DuckDB's CLI, its wheel, and Quack. Files lie in its folder `lab`."""

    client = "DuckDB's CLI, which drops discarded rows by `.mode trash`"
    sides = ("skein", "quack", "local")

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.folder = self.root / "lab"
        if not (self.root / "usr/bin/duckdb").exists() or not self.folder.is_dir():
            raise SystemExit(f"{VARIABLE}={root} is no lab; `scripts/peer_lab.sh setup {root}` makes one")
        if os.geteuid() != 0:
            raise SystemExit(f"{VARIABLE} takes root: its programs run by chroot")
        self._install()
        enter = ("chroot", str(self.root), "env", "DUCKDB_AGENT_MODE=0")
        self.extension = "/lab/skein/skein.duckdb_extension"
        # The server's own command line follows, its path here being the shell's name.
        self.server_prefix = (*enter, "sh", "-c", 'exec /lab/skein/distributed_server "$@"')
        self.python = {"prefix": (*enter, "PYTHONPATH=/opt/py", "python3"), "file": "/lab/client_process.py"}
        self.shell = (*enter, "duckdb", "-unsigned", "-no-init", "-batch")

    def _install(self):
        """Today's build, and what clients in Python need."""
        target = self.folder / "skein"
        target.mkdir(exist_ok=True)
        build = skein_server.build_dir()
        for path in (build / "distributed_server", skein_server.extension_path(), *build.glob("libarrow*.so.*")):
            # A program that still runs keeps its file.
            (target / path.name).unlink(missing_ok=True)
            shutil.copy2(path, target / path.name)
        for name in ("client_process.py", "small_client.py"):
            shutil.copy2(HERE / name, self.folder / name)

    def inside(self, path):
        return "/" + str(pathlib.Path(path).relative_to(self.root))

    def session(self, prefix=()):
        return shell_session.ShellSession((*prefix, *self.shell))

    def serving_session(self, database, read_only, prefix=()):
        """A CLI with a database file, which may serve it."""
        arguments = [*(["-readonly"] if read_only else []), self.inside(database)]
        return shell_session.ShellSession((*prefix, *self.shell, *arguments))


def here(folder):
    """The lab that the environment names, or this machine."""
    return Lab(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else Host(folder)
