"""NDJSON over HTTP: read by read_json with given columns, written by to_json. Both ends are DuckDB; the rest is copying.

The response has no framing but its end, so the kernel moves it from the socket into the pipe that read_json reads,
without a copy in this process. For uploads, DuckDB's Arrow export of `to_json(row) || newline` is one contiguous buffer
of NDJSON a batch, and goes to the socket as it is.
"""

import fcntl
import os
import socket
import threading
import urllib.parse

import duckdb

import source_data

PIPE_BYTES = 1 << 20
BATCH_ROWS = 16384


class JsonClient:
    def open(self, uri, source, target, columns, memory_limit=None):
        address = urllib.parse.urlparse(uri)
        self.address = (address.hostname, address.port)
        self.columns = columns
        self.connection = duckdb.connect(config=source_data.SETTINGS)
        if memory_limit:
            self.connection.execute(f"SET memory_limit = '{memory_limit}'")
        if target:
            self.connection.execute(f"ATTACH '{source}' AS source (READ_ONLY)")

    def _request(self, method, path, *headers):
        connection = socket.create_connection(self.address)
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode())
        return connection

    @staticmethod
    def _read_head(connection):
        """The response's head, byte by byte so that nothing of the body is taken."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            if not byte:
                raise RuntimeError(f"the answer broke off: {head!r}")
            head += byte
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(f"{head.decode()}{connection.recv(4096).decode()}")

    def _post(self, path, body):
        with self._request("POST", path, f"Content-Length: {len(body)}") as connection:
            connection.sendall(body.encode())
            self._read_head(connection)
            return b"".join(iter(lambda: connection.recv(4096), b"")).decode()

    def prepare(self):
        definitions = ", ".join(f"{name} {kind}" for name, kind in self.columns)
        for sql in ("DROP TABLE IF EXISTS lineitem", "CHECKPOINT", f"CREATE TABLE lineitem ({definitions})"):
            self._post("/sql", sql)

    def scan(self, select, where=""):
        moved = []
        read_end, write_end = os.pipe()
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

        def move():
            total = 0
            try:
                with self._request("GET", "/lineitem") as connection:
                    self._read_head(connection)
                    while count := os.splice(connection.fileno(), write_end, PIPE_BYTES):
                        total += count
            finally:
                os.close(write_end)
                moved.append(total)

        mover = threading.Thread(target=move)
        mover.start()
        kinds = ", ".join(f"'{name}': '{kind}'" for name, kind in self.columns)
        source = f"read_json('/dev/fd/{read_end}', columns = {{{kinds}}}, format = 'newline_delimited')"
        try:
            rows = self.connection.execute(f"SELECT {select} FROM {source} {where}").fetchall()
        finally:
            os.close(read_end)
            mover.join()
        return {"answer": rows, "wire_bytes": moved[0]}

    def insert(self):
        batches = self.connection.sql("SELECT to_json(lineitem) || chr(10) FROM source.lineitem").to_arrow_reader(BATCH_ROWS)
        wire_bytes = 0
        with self._request("POST", "/lineitem", "Transfer-Encoding: chunked") as connection:
            for batch in batches:
                column = batch.column(0)
                end = memoryview(column.buffers()[1]).cast("i")[len(column)]
                data = memoryview(column.buffers()[2])[:end]
                connection.sendall(b"%x\r\n" % len(data), socket.MSG_MORE)
                connection.sendall(data, socket.MSG_MORE)
                connection.sendall(b"\r\n")
                wire_bytes += len(data)
            connection.sendall(b"0\r\n\r\n")
            self._read_head(connection)
            count = b"".join(iter(lambda: connection.recv(4096), b""))
        return {"answer": int(count), "wire_bytes": wire_bytes}

    def check(self, select):
        """The server has no other way out: its rows are read back."""
        return self.scan(select)["answer"]
