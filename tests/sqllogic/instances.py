"""The databases and connections of one test file: opened, restarted, reconnected, and ended."""

import pathlib

from . import capi
from .rendering import literal

SETTINGS = {
    "allow_unsigned_extensions": "true",
    "allow_unredacted_secrets": "true",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "checkpoint_threshold": "0b",
    "duckdb_api": "sqllogic",
}
# A restart takes these from the file, not from what was set before.
NOT_KEPT = {"access_mode", "duckdb_api", "schema", "secret_directory"}


class Instances:
    """Not safe to use from several threads, but for parallel(): every thread asks for its own connection there."""

    def __init__(self, runner):
        self.runner = runner
        self.path = ""
        self.read_only = False
        self.version = ""
        self.main = None
        self.connection = None
        self.named_connections = {}
        self.named_databases = {}
        self.defaults = {}
        self.remote_statements = 0
        self.remote_before = 0
        self.option_names = []

    def settings(self):
        found = {**SETTINGS, **self.runner.mode.settings}
        if self.read_only:
            found["access_mode"] = "READ_ONLY"
        elif not self.path:
            found["temp_directory"] = str(pathlib.Path(self.runner.environment["TEMP_DIR"]) / "sqllogic_temp")
        if self.version:
            found["storage_compatibility_version"] = self.version
        return found

    def open(self, kept=None):
        """Opens the main database; `kept` are the options that a restart takes over, {name: (value, of a connection)}."""
        self.close()
        settings = self.settings()
        shared = {name: value for name, (value, own) in (kept or {}).items() if not own}
        try:
            self.main = capi.Database(self.path, {**settings, **shared})
        except capi.EngineError:
            if not shared:
                raise
            self.main = capi.Database(self.path, settings)
            self.main.refused = shared
        self.connection = self.prepare(self.main)
        for name, value in self.main.refused.items():
            self.set_again(name, value)
        for extension in sorted(self.runner.extensions):
            self.connection.query(f"LOAD {extension}").close()
        for name, (value, own) in (kept or {}).items():
            if own:
                self.set_again(name, value)
        self.remote_before = self.count_remote()
        if not self.option_names:
            rows = self.runner.renderer.connection.texts("SELECT name FROM duckdb_settings(include_all := true)")
            self.option_names = [row[0] for row in rows]
        if kept is None:
            self.defaults = self.connection.options(self.option_names)

    def set_version(self):
        """The storage version that was set, for a file that is loaded without one; empty where none was set."""
        name = "storage_compatibility_version"
        now = self.connection.options([name]).get(name) if self.connection else None
        return now[0] if now and now != self.defaults.get(name) else ""

    def set_again(self, name, value):
        """What cannot be set at this point stays as it is, as in DuckDB's runner."""
        self.connection.query(f'SET "{name}" = {literal(value)}').close()

    def prepare(self, database):
        """A main connection of a database."""
        connection = database.connect()
        if self.runner.sqlite_rules:
            connection.run("SET integer_division = true")
        secrets = str(pathlib.Path(self.runner.environment["TEMP_DIR"]) / "test_secret_dir")
        connection.run(f"SET secret_directory = {literal(secrets)}")
        connection.run("SET enable_progress_bar = true")
        connection.run("SET enable_progress_bar_print = false")
        self.greet(connection, self.runner.mode.on_init + ";" + self.runner.mode.on_new_connection)
        return connection

    def greet(self, connection, sql):
        if not sql.strip(";"):
            return
        try:
            connection.run(self.runner.replace_keywords(sql))
        except capi.EngineError as error:
            raise capi.EngineError(f"the mode's own statements failed: {error}") from None

    def restart(self, load_extensions):
        kept = {
            name: value
            for name, value in self.connection.options(self.option_names).items()
            if name not in NOT_KEPT and self.defaults.get(name) != value
        }
        if not load_extensions:
            self.runner.extensions.clear()
        self.open(kept)

    def reconnect(self):
        self.connection.close()
        self.connection = self.prepare(self.main)

    def get(self, name):
        """The connection of that name, made when first used; database:connection names one of another instance."""
        if not name:
            return self.connection
        if name in self.named_connections:
            return self.named_connections[name]
        database, _, own = name.rpartition(":")
        if not database:
            self.named_connections[name] = self.parallel()
        elif database in self.named_databases:
            self.named_connections[name] = self.parallel(self.named_databases[database])
        else:
            instance = capi.Database(":memory:", {**SETTINGS, **self.runner.mode.settings})
            self.named_databases[database] = instance
            self.named_connections[name] = self.prepare(instance)
        self.named_connections[own] = self.named_connections[name]
        return self.named_connections[name]

    def parallel(self, database=None):
        """A new connection of the main database, or of another."""
        connection = (database or self.main).connect()
        self.greet(connection, self.runner.mode.on_new_connection)
        return connection

    def count_remote(self):
        """How many remote statements this instance has sent, where the mode can tell."""
        query = self.runner.mode.remote_statements
        if not query or not self.main:
            return 0
        with self.main.connection() as connection:
            return int(connection.texts(f"SELECT ({query})::VARCHAR")[0][0] or 0)

    def close(self):
        if not self.main:
            return
        self.remote_statements += self.count_remote() - self.remote_before
        self.remote_before = 0
        for connection in {id(known): known for known in self.named_connections.values()}.values():
            connection.close()
        self.named_connections.clear()
        if self.connection:
            self.connection.close()
        self.connection = None
        main, self.main = self.main, None
        main.close()

    def close_all(self):
        self.close()
        for database in self.named_databases.values():
            database.close()
        self.named_databases.clear()
