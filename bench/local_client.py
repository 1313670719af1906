"""The same work in one DuckDB, without a server."""

import duckdb

import source_data


class LocalClient:
    def open(self, uri, source, target, columns, memory_limit=None):
        del uri
        self.columns = columns
        self.connection = duckdb.connect(config=source_data.SETTINGS)
        if memory_limit:
            self.connection.execute(f"SET memory_limit = '{memory_limit}'")
        self.connection.execute(f"ATTACH '{source}' AS source (READ_ONLY)")
        self.connection.execute("USE source")
        if target:
            self.connection.execute(f"ATTACH '{target}' AS target")

    def prepare(self):
        definitions = ", ".join(f"{name} {kind}" for name, kind in self.columns)
        self.connection.execute("DROP TABLE IF EXISTS target.lineitem")
        self.connection.execute("CHECKPOINT target")
        self.connection.execute(f"CREATE TABLE target.lineitem ({definitions})")

    def scan(self, select, where=""):
        rows = self.connection.execute(f"SELECT {select} FROM source.lineitem {where}").fetchall()
        return {"answer": rows, "wire_bytes": 0}

    def insert(self):
        (count,) = self.connection.execute("INSERT INTO target.lineitem FROM source.lineitem").fetchone()
        return {"answer": count, "wire_bytes": 0}

    def check(self, select):
        """What arrived in the target."""
        return self.connection.execute(f"SELECT {select} FROM target.lineitem").fetchall()
