"""Through pyarrow.flight, as any Arrow client can: batches are received and counted, nothing is computed of them."""

import pathlib
import sys

import duckdb
import pyarrow as pa
import pyarrow.flight as flight

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "e2e"))

import wire  # noqa: E402

BATCH_ROWS = 16384


class FlightClient:
    def open(self, uri, source, target, columns, memory_limit=None):
        self.columns = columns
        self.client = flight.FlightClient(uri)
        if target:
            self.connection = duckdb.connect(str(source), read_only=True)
            if memory_limit:
                self.connection.execute(f"SET memory_limit = '{memory_limit}'")

    def _act(self, kind, **fields):
        action = flight.Action(kind, wire.request(kind, **fields).SerializeToString())
        (result,) = self.client.do_action(action)
        return wire.response(result.body)

    def prepare(self):
        definitions = ", ".join(f"{name} {kind}" for name, kind in self.columns)
        self._act("DROP_TABLE", table_name="lineitem", if_exists=True)
        self._act("EXECUTE_SQL", sql="CHECKPOINT")
        self._act("EXECUTE_SQL", sql=f"CREATE TABLE lineitem ({definitions})")

    def scan(self, select, where=""):
        del select, where
        reader = self.client.do_get(flight.Ticket(wire.request("SCAN_TABLE", table_name="lineitem").SerializeToString()))
        rows = wire_bytes = 0
        for chunk in reader:
            rows += chunk.data.num_rows
            wire_bytes += pa.ipc.get_record_batch_size(chunk.data)
        return {"answer": None, "wire_bytes": wire_bytes, "wire_rows": rows}

    def insert(self):
        batches = self.connection.sql("FROM lineitem").to_arrow_reader(BATCH_ROWS)
        descriptor = flight.FlightDescriptor.for_command(wire.request("INSERT_DATA", table_name="lineitem").SerializeToString())
        writer, answers = self.client.do_put(descriptor, batches.schema)
        rows = wire_bytes = number = 0
        for batch in batches:
            writer.write_with_metadata(batch, number.to_bytes(8, "little"))
            number += 1
            rows += batch.num_rows
            wire_bytes += pa.ipc.get_record_batch_size(batch)
        writer.write_metadata(number.to_bytes(8, "little"))
        writer.done_writing()
        response = wire.response(answers.read())
        writer.close()
        return {"answer": response.rows_affected, "wire_bytes": wire_bytes, "wire_rows": rows}

    def check(self, select):
        ticket = flight.Ticket(wire.request("EXECUTE_SQL", sql=f"SELECT {select} FROM lineitem").SerializeToString())
        return [list(row.values()) for row in self.client.do_get(ticket).read_all().to_pylist()]
