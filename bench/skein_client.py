"""Through the extension: a stock DuckDB with a registered remote table."""

import pathlib
import sys

import duckdb

import source_data

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))

import skein_server  # noqa: E402


class SkeinClient:
    def open(self, uri, source, target, columns, memory_limit=None):
        self.uri = uri
        self.columns = columns
        self.connection = duckdb.connect(config=source_data.SETTINGS)
        self.connection.execute(f"LOAD '{skein_server.extension_path()}'")
        if memory_limit:
            self.connection.execute(f"SET memory_limit = '{memory_limit}'")
        if target:
            self.connection.execute(f"ATTACH '{source}' AS source (READ_ONLY)")
            self.prepare()
        else:
            self.connection.execute(f"CALL register_remote_table('lineitem', '{uri}', 'lineitem')")
        # Connected, with everything that a first statement loads.
        self.connection.execute("SELECT * FROM lineitem WHERE l_orderkey < 0").fetchall()

    def prepare(self):
        definitions = ", ".join(f"{name} {kind}" for name, kind in self.columns)
        self.connection.execute(f"CALL skein_drop_table('{self.uri}', 'lineitem', if_exists := true)")
        self.connection.execute(f"CALL skein_execute('{self.uri}', 'CHECKPOINT')")
        self.connection.execute(f"CALL skein_create_table('{self.uri}', 'lineitem', '{definitions}')")
        self.connection.execute(f"CALL register_remote_table('lineitem', '{self.uri}', 'lineitem', replace := true)")

    def _counters(self):
        sums = "SELECT sum(bytes_sent + bytes_received)::BIGINT, sum(rows_sent + rows_received)::BIGINT FROM skein_statistics() WHERE side = 'client'"
        return [value or 0 for value in self.connection.execute(sums).fetchone()]

    def scan(self, select, where=""):
        bytes_before, rows_before = self._counters()
        rows = self.connection.execute(f"SELECT {select} FROM lineitem {where}").fetchall()
        bytes_after, rows_after = self._counters()
        return {"answer": rows, "wire_bytes": bytes_after - bytes_before, "wire_rows": rows_after - rows_before}

    def insert(self):
        bytes_before, rows_before = self._counters()
        (count,) = self.connection.execute("INSERT INTO lineitem FROM source.lineitem").fetchone()
        bytes_after, rows_after = self._counters()
        return {"answer": count, "wire_bytes": bytes_after - bytes_before, "wire_rows": rows_after - rows_before}

    def statements(self, count):
        """Small statements one after the other."""
        for number in range(count):
            rows = self.connection.execute(f"FROM skein_query('{self.uri}', 'SELECT {number}')").fetchall()
            assert rows == [(number,)]
        return {"answer": count, "wire_bytes": 0}

    def check(self, select):
        return self.connection.execute(f"FROM skein_query('{self.uri}', 'SELECT {select} FROM lineitem')").fetchall()
