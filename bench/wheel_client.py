"""Statements for a stock wheel, as they come."""

import duckdb

import source_data

BATCH_ROWS = 122_880


class WheelClient:
    def open(self):
        self.connection = duckdb.connect(config=source_data.SETTINGS)
        # The Arrow reader's library is loaded now, not when the clock runs.
        self.discard("SELECT 1")

    def run(self, sql):
        return [[str(value) for value in row] for row in self.connection.execute(sql).fetchall()]

    def discard(self, sql):
        return {"wire_rows": sum(batch.num_rows for batch in self.connection.sql(sql).to_arrow_reader(BATCH_ROWS))}
